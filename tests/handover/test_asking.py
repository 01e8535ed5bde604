"""Asking for a person, and waiting: scenarios 1 to 5, 8, 9 and 19."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlmodel import select

from portal import house as houses
from portal.chat.models import Turn
from tests.handover.desk import ask, call, events, handovers, id_of, owner, person, take, until, write
from tests.test_faults import serving


async def test_scenario_01_the_assistant_has_the_chat_nobody_is_told(house, office):
    await office.account("anna")
    chat = await office.chat()
    with house.app.state.bus.subscribe(f"org:{office.organisation.id}") as desk:
        said = await chat("What is the opportunity card?")
    assert said[-1]["final"] and not desk.is_set()
    assert await handovers(house, chat) == []
    assert (await chat.state())["owner"] == "assistant" and (await chat.state())["person"] is None


async def test_scenario_02_the_assistant_falls_silent(house, office):
    await office.account("anna")
    chat = await office.chat()
    got = await ask(chat)
    assert (got["owner"], got["person"]["status"], got["person"]["place"]) == ("queue", "waiting", 1)
    await write(chat, "What does recognition cost?")
    await asyncio.sleep(0.3)
    messages = await chat.messages()
    assert [m["author"] for m in messages] == ["system", "visitor", "system"]
    assert messages[-1]["event"] == "kept_for_person"
    await write(chat, "And how long does it take?")
    assert (await events(chat)).count("kept_for_person") == 1, "said once"
    assert "number 1" in messages[0]["text"] and messages[0]["event"] == "forwarded"
    async with house.database.read() as session:
        assert (await session.exec(select(Turn).where(Turn.conversation_id == id_of(chat)))).all() == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Ich möchte mit einem Menschen sprechen"), ("en", "can i talk to a real person please"),
        ("es", "quiero hablar con una persona"), ("tr", "gerçek bir insanla konuşmak istiyorum"),
        ("ru", "соедините меня с человеком"), ("uk", "хочу поговорити з людиною"), ("ar", "أريد التحدث مع إنسان"),
        ("sq", "dua të flas me një njeri"), ("sr", "hoću da razgovaram sa čovekom"), ("fr", "je veux parler à un humain"),
        ("pl", "chcę porozmawiać z człowiekiem"), ("fa", "می‌خواهم با یک انسان صحبت کنم"),
    ],
)  # fmt: skip
async def test_scenario_03_without_rasa_a_person_comes_all_the_same(house, office, language, text):
    await office.account("anna")
    chat = await office.chat(language)
    said = await chat(text)
    assert (said[-1]["kind"], said[-1]["event"]) == ("handover", "forwarded")
    assert await owner(chat) == "queue"
    assert [h.reason for h in await handovers(house, chat)] == ["failure"]


async def test_scenario_03_without_rasa_the_button_works_and_a_question_fails_with_it(house, office):
    await office.account("anna")
    chat = await office.chat()
    said = await chat("What does the visa cost?")
    assert said[-1]["kind"] == "notice" and await owner(chat) == "assistant"
    said = await chat.choose(said[-1]["choices"][-1]["id"])
    assert said[-1]["kind"] == "handover" and await owner(chat) == "queue"


async def test_scenario_04_nobody_on_duty_a_form_and_no_opening_time_since_it_is_open(house, office):
    await office.account("anna", on_duty=False)
    chat = await office.chat("de")
    got = await ask(chat)
    assert (got["owner"], got["person"]["status"]) == ("assistant", "nobody")
    assert got["person"]["opens_at"] is None
    line = (await chat.messages())[-1]
    assert line["event"] == "unavailable_agents" and line["values"]["opens_at"] is None and "00:00" not in line["text"]
    assert "+49 30 1815-1111" in line["text"]
    left = await call(chat, "POST", "person/message", text="Bitte rufen Sie mich an.")
    assert left.status_code == 201 and left.json()["person"]["status"] == "message"
    again = await call(chat, "POST", "person/message", text="Bitte rufen Sie mich an.")
    assert again.json()["message"]["seq"] == left.json()["message"]["seq"]
    assert [(h.status, h.reason) for h in await handovers(house, chat)] == [("message", "message")]
    assert (await call(chat, "DELETE", "person")).json() == {"owner": "assistant"}
    assert (await handovers(house, chat))[0].status == "message", "it stays with staff"


async def test_scenario_05_closed_one_text_and_no_more(house, office):
    closed = await house.organisation("closed", name="Closed", kind="ag_s", hours={})
    await house.account("a@closed.example", closed)
    async with house.database.write() as session:
        one = await session.get(type(office.organisation), office.organisation.id)
        one.active = False
        session.add(one)
        await session.commit()
    chat = await office.chat()
    for _ in range(3):
        got = await ask(chat)
        assert got["owner"] == "assistant" and got["person"]["status"] == "closed"
    assert await events(chat) == ["unavailable_organisation"]
    said = await chat("can i talk to a human")
    assert [m["kind"] for m in said] == ["handover"]


async def test_scenario_08_09_places_move_without_reload(house, office):
    anna = await office.account("anna")
    chats = [await office.chat() for _ in range(3)]
    seen: list[list[int | None]] = [[], [], []]
    listeners = []

    async def listen(n: int) -> None:
        async with chats[n].client.stream("GET", f"{chats[n].path}/events", headers=chats[n].headers) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data:") and "person" in (data := json.loads(line[5:])):
                    seen[n].append(data["person"] and data["person"]["place"])

    for n, chat in enumerate(chats):
        await ask(chat)
        listeners.append(asyncio.create_task(listen(n)))
    try:
        await until(lambda: [s[-1:] for s in seen] == [[1], [2], [3]], 12)
        await take(house, anna, chats[0])
        await until(lambda: [s[-1] for s in seen] == [None, 1, 2], 12)  # 15 s would be a poll
        await call(chats[1], "DELETE", "person")
        await until(lambda: seen[2][-1] == 1, 12)
        assert seen[2] == [3, 2, 1]
    finally:
        for task in listeners:
            task.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)


async def test_scenario_19_the_language_changes_while_waiting_the_place_stays(house, office):
    anna = await office.account("anna")
    chats = [await office.chat("en") for _ in range(2)]
    for chat in chats:
        await ask(chat)
    before = await person(chats[1])
    answer = await chats[1].client.patch(chats[1].path, json={"language": "ar"}, headers=chats[1].headers)
    assert answer.json() == {"language": "ar"}
    assert await person(chats[1]) == before and before["place"] == 2
    assert (await handovers(house, chats[1]))[0].language == "ar"
    await take(house, anna, chats[1])
    assert (await chats[1].messages())[-1]["language"] == "ar", "the next line is in the new language"


async def test_scenario_02_with_rasa_the_topic_and_what_was_understood_come_along(house, office):
    """A stand-in for Rasa that hands over, as action_human does."""
    from fastapi import FastAPI

    from tests.people import portal

    rasa, port = FastAPI(), houses.free_port()
    says = [{"say": "handover", "topic": "placement.request", "state": "ST", "case": None}]

    @rasa.post("/webhooks/portal/webhook")
    async def webhook() -> dict:
        return {"messages": [{"custom": s} for s in says]}

    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        async with serving(rasa, port), portal(Path(folder), bot_port=port) as own:
            await own.account("anna@a.example", await own.organisation("st", name="AG-S Halle", states=["ST"]))
            chat = await own.chat("de", "employer")
            said = await chat("Ich brauche einen Menschen")
            assert [m["kind"] for m in said] == ["handover"], "said once"
            assert said[0]["topic"] == "service.handover" and "AG-S Halle" in said[0]["text"]
            assert "+49 30 1815-1111" in said[0]["text"] and said[0]["values"]["place"] == 1
            assert "AG-S)" not in said[0]["text"], "who waits needs no list of others"
            found = (await handovers(own, chat))[0]
            assert (found.topic, found.state, found.role, found.reason) == (
                "placement.request",
                "ST",
                "employer",
                "asked",
            )
            async with own.database.read() as session:
                from portal.chat.models import Message

                asked = await session.get(Message, (id_of(chat), 1))
            assert asked.hidden["understood"]["topics"] == ["placement.request"]
            assert asked.hidden["understood"]["language"] == "de"


async def test_without_an_organisation_it_is_as_before(house):
    chat = await house.chat("en", "employer")
    said = await chat("can i talk to a human please")
    assert said[-1]["kind"] == "handover" and "event" not in said[-1]
    assert (await ask(chat)) == {"owner": "assistant", "person": None}
    left = await call(chat, "POST", "person/message", text="hello")
    assert (left.status_code, left.json()["error"]) == (409, "no_organisation")
