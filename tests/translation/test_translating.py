"""Translation between the desk and the visitor over LibreTranslate's protocol (scenario 18), and a server that fails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from knowledge.schema import Term
from portal import house as houses
from portal.desk import translating
from portal.desk.marks import mark, shipped, unmark, words
from portal.desk.translating import Translated, Translator, Untranslated
from portal.settings import Settings
from tests.standins import Mood, libretranslate

TERMS = words(shipped())


@pytest_asyncio.fixture(loop_scope="session")
async def there() -> AsyncIterator[SimpleNamespace]:
    port, mood = houses.free_port(), Mood({"Anerkennung": "recognition", "Bescheid": "notice"})
    async with libretranslate(port, mood) as calls:
        s = Settings(translate_url=f"http://127.0.0.1:{port}/", translate_key="", demo=False)
        yield SimpleNamespace(translator=Translator(s), calls=calls, mood=mood, settings=s)


async def refused(translator: Translator, *args: Any) -> str:
    with pytest.raises(Untranslated) as error:
        await translator.translate(*(args or ("Hallo", "de", "en")))
    return error.value.reason


async def test_scenario_18_each_reads_their_own_language(there):
    assert await there.translator.translate("How are you?", "en", "ar") == Translated("[ar] How are you?", "en")
    assert await there.translator.translate("مرحبا", "ar", "de") == Translated("[de] مرحبا", "ar")
    assert there.calls[0] == {"q": "How are you?", "source": "en", "target": "ar", "format": "text"}


async def test_scenario_18_the_server_finds_out_an_unknown_language(there):
    assert await there.translator.translate("مرحبا", None, "en") == Translated("[en] مرحبا", "ar")
    assert await there.translator.translate("Good day", None, "en") == Translated("Good day", "en")
    assert there.calls[0]["source"] == "auto"


async def test_scenario_18_nothing_is_sent_for_the_same_language(there):
    assert await there.translator.translate("Hallo", "de", "de") == Translated("Hallo", "de")
    assert await there.translator.translate("  ", "de", "en") == Translated("  ", "de")
    assert there.calls == []


async def test_figures_paragraphs_addresses_come_back_as_they_were(there):
    text = (
        "Ab 53.500 Euro, § 18g Abs. 1 AufenthG, bis 12.03.2026 um 10:30 mit B2: https://a.example/b?c=1&d=2 x@y.example"
    )
    got = await there.translator.translate(text, "de", "ar")
    assert got == Translated(f"[ar] {text}", "de")
    assert all(
        secret not in there.calls[0]["q"] for secret in ("53.500", "18g", "2026", "10:30", "B2", "a.example", "x@y")
    )


async def test_a_law_term_keeps_its_german_word_behind_its_first_use(there):
    got = await there.translator.translate("Die Anerkennung kostet 600 Euro. Die Anerkennung dauert.", "de", "en")
    assert got.text == "[en] Die recognition (Anerkennung) kostet 600 Euro. Die recognition dauert."
    kept = await there.translator.translate("Das Visum kommt.", "de", "en")
    assert kept.text == "[en] Das Visum kommt."  # the server left the word: no brackets
    other = await there.translator.translate("The Anerkennung", "en", "ar")
    assert other.text == "[ar] The recognition"


@pytest.mark.parametrize("text, brackets", [
    ("im beschleunigten Fachkräfteverfahren", ["(beschleunigtes Fachkräfteverfahren)"]),
    ("die volle Gleichwertigkeit und die Gleichwertigkeit", ["(volle Gleichwertigkeit)", "(Gleichwertigkeit)"]),
    ("des Bescheids, die Bescheide", ["(Bescheid)"]),
    ("Er geht zur ABH", ["(ABH)"]),
    ("Bescheidenheit", []),
    ("Vorabzustimmung zum Visum", ["(Vorabzustimmung zum Visum)"]),
])  # fmt: skip
def test_terms_are_known_with_their_endings(text, brackets):
    assert mark(text, TERMS)[1] == brackets


async def test_the_served_glossary_counts(there):
    own = {"x": Term(term="Prüfstück", law="X § 1", de="x", en="x")}
    there.mood.words = {"Prüfstück": "piece"}
    translator = Translator(there.settings, own)
    assert (await translator.translate("Das Prüfstück", "de", "en")).text == "[en] Das piece (Prüfstück)"


async def test_a_server_that_mangles_marks_gets_the_plain_text(there):
    there.mood.how = "mangles"
    got = await there.translator.translate("Die Anerkennung kostet 600 Euro.", "de", "en")
    assert got == Translated("[en] Die recognition kostet 600 Euro. (Anerkennung)", "de")
    assert [c["q"] for c in there.calls][1] == "Die Anerkennung kostet 600 Euro."
    there.mood.words |= {"600": "six hundred"}
    assert (await there.translator.translate("600 Euro", "de", "en")).missing == ("600",)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(alphabet="aQqZz0123 §.,-/:()AufenthG\u0661\u200dÄß\n", max_size=60))
def test_marks_lose_nothing(text):
    marked, marks = mark(text, ())
    assert unmark(marked, marks) in (text, None)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(
        st.sampled_from(["Die Anerkennung", "600", "§ 81a AufenthG", "Bescheid,", "der Fachkräfte", "x", "\n", "bFV"])
    )
)
def test_a_server_that_leaves_german_words_changes_only_brackets(parts):
    text = " ".join(parts)
    marked, marks = mark(text, TERMS)
    whole = unmark(marked, marks)
    assert whole is not None
    for bracket in [m for m in marks if m.startswith("(")]:
        whole = whole.replace(f" {bracket}", "")
    assert whole == text


async def test_it_says_which_pairs_work(there):
    pairs = await there.translator.languages()
    assert "ar" in pairs["de"] and "de" in pairs["zh"] and "zh" in pairs["de"]
    assert "de" not in pairs["de"] and "sq" not in pairs and "tl" not in pairs["de"]
    assert (await there.translator.translate("Hi", "en", "zh")).text == "[zh-Hans] Hi"
    assert await refused(there.translator, "Hi", "en", "sq") == "not_offered"
    assert await refused(there.translator, "Hi", "en", "tl") == "not_offered"


async def test_without_a_server_the_desk_can_say_so():
    translator = Translator(Settings(translate_url="", demo=False))
    assert not translator.on and await refused(translator) == "off"
    with pytest.raises(Untranslated):
        await translator.languages()


async def test_the_key_is_sent_and_a_wrong_one_is_a_failure(there):
    there.mood.key = "secret"
    assert await refused(there.translator) == "failed"
    with_key = Settings(translate_url=there.settings.translate_url, translate_key="secret", demo=False)
    assert (await Translator(with_key).translate("Hallo", "de", "en")).text == "[en] Hallo"


async def test_flt_36_a_text_that_is_too_long_is_not_sent(there):
    assert await refused(there.translator, "x" * 10_001, "de", "en") == "too_long"
    assert there.calls == []


@pytest.mark.parametrize("how", ["500", "html", "large", "deep", "list", "hangs"])
async def test_flt_04_a_mad_translation_server_is_a_clear_failure(there, monkeypatch, how):
    monkeypatch.setattr(translating, "TIMEOUT", 0.3)
    there.mood.how = how
    begun = time.monotonic()
    with capture_logs() as lines:
        assert await refused(there.translator, "Geheim 4711", "de", "en") == "failed"
    assert time.monotonic() - begun < 3
    assert "Geheim" not in str(lines) and "4711" not in str(lines)
    there.mood.how = "well"
    assert (await there.translator.translate("Hallo", "de", "en")).text == "[en] Hallo"


async def test_flt_04_a_server_that_drips_is_cut_off(monkeypatch):
    monkeypatch.setattr(translating, "TIMEOUT", 0.4)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        try:
            for _ in range(100):
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        finally:
            writer.close()

    port = houses.free_port()
    server = await asyncio.start_server(drip, "127.0.0.1", port)
    begun = time.monotonic()
    assert await refused(Translator(Settings(translate_url=f"http://127.0.0.1:{port}", demo=False))) == "failed"
    assert time.monotonic() - begun < 2
    server.close()


async def test_flt_04_a_server_that_keeps_failing_is_left_alone_for_a_while(there, monkeypatch):
    await there.translator.languages()
    there.mood.how = "500"
    for _ in range(translating.FAILURES):
        assert await refused(there.translator) == "failed"
    tried = len(there.calls)
    assert tried == translating.FAILURES * translating.TRIES
    there.mood.how = "well"
    assert await refused(Translator(there.settings)) == "failed"  # at once, and for every request of this process
    assert len(there.calls) == tried
    rested = time.monotonic() + translating.REST + 1
    monkeypatch.setattr(translating, "time", SimpleNamespace(monotonic=lambda: rested))
    assert (await there.translator.translate("Hallo", "de", "en")).text == "[en] Hallo"


async def test_flt_04_nobody_is_there():
    translator = Translator(Settings(translate_url=f"http://127.0.0.1:{houses.free_port()}", demo=False))
    assert await refused(translator) == "failed"


def test_sec_c06_there_is_no_way_for_a_note_into_translation():
    """Scenario 17: what translates knows neither notes nor the database."""
    assert not {"Note", "AsyncSession", "session"} & set(vars(translating))
