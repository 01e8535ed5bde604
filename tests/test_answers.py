"""People's questions and the answers they get, through the chat's interface with real Rasa."""

from __future__ import annotations

import pytest

from tests.conftest import topics


@pytest.mark.parametrize(
    ("language", "question", "expected"),
    [
        ("de", "Wie läuft das beschleunigte Fachkräfteverfahren ab und was kostet es?", ["fasttrack.steps", "fasttrack.cost"]),
        ("en", "how long does recognition as a nurse take", ["recognition.duration"]),
        ("bs", "Mogu li raditi kao vozač bez priznavanja diplome", ["recognition.experience"]),
        ("ar", "كم تكلفة معادلة الشهادة", ["recognition.cost"]),
    ],
)  # fmt: skip
async def test_the_first_questions(chat, language, question, expected):
    said = await (await chat(language))(question)
    assert topics(said) == expected
    answers = [m for m in said if m["kind"] == "answer"]
    assert all(m["sources"] and m["sources"][0]["checked_on"] for m in answers)
    assert answers[0]["language"] == (language if language in ("de", "en") else "en")
    notes = [m for m in said if m["kind"] == "notice"]
    assert bool(notes) == (language not in ("de", "en")), "a reader of another language is told why it is English"


async def test_a_question_in_another_language_than_the_page(chat):
    said = await (await chat("de"))("Mogu li raditi kao vozač bez priznavanja diplome")
    assert topics(said) == ["recognition.experience"]
    assert [m["language"] for m in said if m["kind"] == "answer"] == ["en"]


async def test_figures_are_written_as_the_language_writes_them(chat):
    german = await (await chat("de"))("Was kostet das beschleunigte Fachkräfteverfahren?")
    english = await (await chat("en"))("What does the fast-track procedure cost?")
    assert "411\xa0€" in german[0]["text"]
    assert "€411" in english[0]["text"]


async def test_cost_after_the_steps_means_their_cost(chat):
    talk = await chat("de")
    assert topics(await talk("Welche Schritte hat das beschleunigte Fachkräfteverfahren?")) == ["fasttrack.steps"]
    assert topics(await talk("und was kostet das?")) == ["fasttrack.cost"]


async def test_a_state_is_an_answer_not_a_new_question(chat):
    talk = await chat("de", "employer")
    said = await talk("Welche Ausländerbehörde ist für das beschleunigte Fachkräfteverfahren zuständig?")
    assert topics(said) == ["fasttrack.authority"]
    assert said[-1]["kind"] == "ask"
    said = await talk("nrw")
    assert topics(said) == ["fasttrack.authority"]
    assert "Bonn" in said[0]["text"]


async def test_a_state_by_button(chat):
    talk = await chat("en")
    said = await talk("which immigration authority does the fast-track procedure?")
    button = next(c for c in said[-1]["choices"] if c["label"].startswith(("Bayern", "Bavaria")))
    said = await talk.choose(button["id"])
    assert topics(said) == ["fasttrack.authority"]
    assert "Nürnberg" in said[0]["text"]


async def test_a_town_names_its_state(chat):
    said = await (await chat("de"))("Wer macht das beschleunigte Fachkräfteverfahren in Köln, welche Behörde?")
    assert topics(said) == ["fasttrack.authority"]
    assert "Nordrhein-Westfalen" in said[0]["text"]


async def test_the_occupation_is_used_and_remembered(chat):
    talk = await chat("de")
    said = await talk("Wie lange dauert die Anerkennung als Krankenschwester?")
    assert "Zum Beruf Pflegefachfrau / Pflegefachmann: Er ist reglementiert" in said[0]["text"]
    said = await talk("und was kostet das?")
    assert topics(said) == ["recognition.cost"] and "Pflegefachfrau" in said[0]["text"]
    said = await (await chat("en"))("Mogu li raditi kao vozač bez priznavanja diplome")
    assert any("§ 24a BeschV" in m["text"] and "Berufskraftfahrer" in m["text"] for m in said)
    said = await (await chat("en"))("how long does recognition take")
    assert "About the occupation" not in said[0]["text"]


@pytest.mark.parametrize(
    ("language", "text"),
    [("de", "Ich möchte mit einem Menschen sprechen"), ("en", "can i talk to a real person please"),
     ("tr", "gerçek bir insanla konuşmak istiyorum"), ("ru", "соедините меня с человеком")],
)  # fmt: skip
async def test_a_person_is_asked_for(chat, language, text):
    said = await (await chat(language))(text)
    assert said[-1]["kind"] == "handover"
    assert "+49 30 1815-1111" in said[-1]["text"]


@pytest.mark.parametrize("text", ["Wie wird das Wetter morgen in Berlin?", "write me a poem about cats", "2+2=?"])
async def test_what_is_not_covered_is_said(chat, text):
    said = await (await chat("en"))(text)
    assert not topics(said)


async def test_greeting_thanks_and_identity(chat):
    talk = await chat("de")
    assert (await talk("Hallo"))[0]["kind"] == "text"
    assert (await talk("bist du ein roboter?"))[0]["topic"] == "service.assistant"
    assert (await talk("vielen Dank!"))[0]["kind"] == "text"


async def test_start_over_forgets(chat):
    talk = await chat("de")
    await talk("Welche Schritte hat das beschleunigte Fachkräfteverfahren?")
    await talk("nochmal von vorne bitte, alles vergessen")
    said = await talk("nrw")
    assert topics(said) != ["fasttrack.steps"]


async def test_a_bot_session_is_capped_and_the_chat_goes_on(chat):
    talk = await chat("en")
    for i in range(62):
        said = await talk("hello" if i % 2 else "thanks")
        assert said and said[-1]["final"]


async def test_a_question_without_javascript(wegweiser):
    answer = await wegweiser.post("/de/ask", data={"q": "Was ist die Chancenkarte?"})
    assert answer.status_code == 200 and "/de/topics/visa.opportunity_card" not in answer.text
    assert "§ 20a" in answer.text and "set-cookie" not in answer.headers
    asked = await wegweiser.post("/de/ask", data={"q": "Welche Behörde macht das beschleunigte Fachkräfteverfahren?"})
    assert 'name="state" value="Bayern"' in asked.text
    said = await wegweiser.post(
        "/de/ask", data={"q": "Welche Behörde macht das beschleunigte Fachkräfteverfahren?", "state": "Bayern"}
    )
    assert "Nürnberg" in said.text
    empty = await wegweiser.post("/de/ask", data={"q": "  \x00 "})
    assert empty.status_code == 200 and 'role="alert"' in empty.text
