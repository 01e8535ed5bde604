"""What people write is read as they mean it; what cannot be read is not guessed."""

from __future__ import annotations

import builtins
import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.places import Gazetteer
from portal.chat.heard import term_asked
from portal.guides import card as cards
from portal.guides.amounts import date, number
from portal.guides.guides import GUIDES
from portal.guides.interview import COUNTRIES, step, valid
from portal.guides.paper import NoPaper, fetch, paper
from portal.guides.reading import option, read
from tests.guides.table import DAY, library

NAMES = Gazetteer(library())


def value(asked: str, text: str, day: dt.date = DAY) -> str | None:
    return read(asked, text, NAMES.find(text), library(), day).facts.get(asked)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("50.000", 50000), ("50,000", 50000), ("50 000 €", 50000), ("50k", 50000), ("53.500,00 euro", 53500), ("ca. 4.200 brutto", 4200),
     ("45934.20", 45934.20), ("٥٠٠٠٠", 50000), ("sieben", 7), ("seven years", 7), ("keine Zahl", None), ("", None)],
)  # fmt: skip
def test_a_number(text, meant):
    assert number(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [("2027-03-01", "2027-03-01"), ("1.3.2027", "2027-03-01"), ("01/03/27", "2027-03-01"), ("am 1. März 2027", "2027-03-01"),
     ("March 2027", "2027-03-01"), ("15 марта 2027", "2027-03-15"), ("29.2.2028", "2028-02-29"), ("bald", None), ("2027", None)],
)  # fmt: skip
def test_a_day(text, meant):
    found = date(text)
    assert (found and found.isoformat()) == meant


@pytest.mark.parametrize("text", ["29.2.2027", "31.4.2027", "2027-13-01", "0.1.2027"])
def test_a_day_that_does_not_exist(text):
    with pytest.raises(ValueError):
        date(text)


@pytest.mark.parametrize(
    ("asked", "text", "meant"),
    [
        ("recognition", "not recognized", "none"), ("recognition", "nicht voll anerkannt", None), ("recognition", "no, not yet", "none"),
        ("qualification", "no degree", None), ("qualification", "uni abschluss", "degree"), ("qualification", "keinen abschluss", "none"),
        ("job_offer", "kein Stellenangebot", "no"), ("job_offer", "no contract yet", "no"), ("german", "kein deutsch", "none"),
        ("german", "Deutsch B1, Englisch C1", "b1"), ("german", "b 2", "b2"), ("english", "A2", "less"), ("english", "c2", "c1"),
        ("residence", "still in brazil", "abroad"), ("residence", "ich wohne in köln", "germany"), ("residence", "i live in vienna", "abroad"),
        ("experience", "6 months", "less"), ("experience", "18 Monate", "less"), ("experience", "2 yıldan az", "less"), ("experience", "3 jobs in 8 years", "long"),
        ("experience", "b2", None), ("german", "kein B2", None), ("german", "tengo A2, estudio para B1", "a2"), ("german", "noch kein b1", None),
        ("salary", "30 € pro Stunde", None), ("salary", "60 mil euros", "age45"), ("salary", "60 тысяч", "age45"), ("job_offer", "ja, aber noch kein vertrag", None),
        ("recognition", "teilweise anerkannt", "partial"), ("recognition", "yes partially", "partial"), ("concern", "mein chef zahlt mir keinen lohn", "rights"),
        ("residence", "vivo en Chile, mi hermano en Berlín", "abroad"), ("residence", "not in Germany", "abroad"), ("country", "je suis cuisinier", None),
        ("country", "нет, в Гамбурге", None), ("country", "i live in Turkey", None), ("domestic_search", "wir haben niemanden gefunden", "failed"),
        ("state", "keine ahnung", "open"), ("state", "halle", "ST"), ("state", "u Bavarskoj", "BY"), ("state", "Wien", None),
        ("state", "Berlin oder Hamburg", None), ("country", "ich bin schweißer aus albanien", "AL"), ("country", "aus der EU", "eu"),
        ("occupation", "Kfz-Mechatroniker", "motor_vehicle_mechatronics_technician"), ("occupation", "Pflegeheim", None),
        ("salary", "3.000 im Monat", "below"), ("salary", "4.500 monthly", "blue_card"), ("salary", "46k", "shortage"), ("salary", "weiß nicht", "unknown"),
        ("age", "ich bin 36", "to_40"), ("age", "45", "from_45"), ("age", "27", "to_27"), ("age", "8", None), ("age", "250", None),
        ("experience", "14 Jahre", "long"), ("experience", "three years", "short"), ("experience", "1 year", "less"),
        ("domestic_search", "nein, ohne erfolg", None), ("incoming", "weiß ich noch nicht", "undecided"),
    ],
)  # fmt: skip
def test_an_answer(asked, text, meant):
    assert value(asked, text) == meant


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("gestern, am 20.11.2026", "past_date"),
        ("29.2.2027", "no_such_date"),
        ("1.1.2099", "far_date"),
        ("irgendwann", ""),
    ],
)
def test_a_day_that_does_not_serve(text, note):
    got = read("start", text, [], library(), DAY)
    assert got.note == note and "start" not in got.facts


def test_what_is_said_beside_the_answer_counts_too():
    text = "Mechatroniker aus Bosnien, 14 Jahre Erfahrung, Deutsch B1, für unser Werk in Kassel"
    got = read("country", text, NAMES.find(text), library(), DAY)
    wanted = {
        "country": "BA",
        "occupation": "mechatronics_technician",
        "state": "HE",
        "experience": "long",
        "german": "b1",
    }
    assert got.facts == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("Wir suchen Bewerber aus Vietnam", None), ("we have not found anyone yet", "no"), ("wir haben eine Köchin gefunden", "yes"),
     ("haben aber noch niemanden gefunden", "no"), ("We are looking for a candidate from India", None)],
)  # fmt: skip
def test_whether_a_person_was_found(text, wanted):
    assert read(None, text, [], library(), DAY).facts.get("candidate") == wanted


def test_where_somebody_lives_is_no_nationality():
    text = "civil engineer from Syria, I live in Turkey"
    got = read(None, text, NAMES.find(text), library(), DAY).facts
    assert got["country"] == "SY" and got["residence"] == "abroad"


@pytest.mark.parametrize("text", ["bergführer", "Sachen", "im Service", "server", "for our company"])
def test_the_threshold_of_names_is_not_too_low(text):
    assert not [f for f in NAMES.find(text) if f.kind == "state"]


@pytest.mark.parametrize(
    ("text", "key"),
    [("was heißt reglementiert?", "regulated_occupation"), ("what does regulated mean?", "regulated_occupation"),
     ("was bedeutet Vorabzustimmung", "pre_approval"), ("was ist das?", None), ("was kostet das", None), ("nein", None)],
)  # fmt: skip
def test_a_word_is_explained(text, key):
    assert term_asked(text, library()) == key


@given(st.sampled_from(sorted(library().facts)), st.text(max_size=80))
def test_any_text_is_read_without_a_fault(asked, text):
    got = read(asked, text, NAMES.find(text), library(), DAY)
    assert all(valid(f, v, library()) for f, v in got.facts.items())
    found = option(library().facts[asked], text)
    assert found is None or found in library().facts[asked].options


values = st.one_of(
    st.sampled_from(sorted({o for f in library().facts.values() for o in f.options})), st.sampled_from(sorted(library().occupations)),
    st.sampled_from(sorted(COUNTRIES)), st.sampled_from(sorted(library().other["places/states.yml"])), st.dates().map(str), st.text(max_size=8),
)  # fmt: skip


@given(st.sampled_from(sorted(GUIDES)), st.dictionaries(st.sampled_from(sorted(library().facts)), values))
def test_any_facts_lead_to_a_question_or_a_result(guide, facts):
    now = step(guide, facts, library(), DAY)
    assert (now.ask is None) != (now.result is None)
    assert all(valid(f, v, library()) for f, v in now.case.facts.items())
    for language in ("de", "en"):
        assert cards.answers(now.case, language) is not None
        assert cards.question(now.case, now.ask, language)["ask"] if now.ask else cards.card(now, language)["verdict"]
    if now.ask is not None:
        assert now.ask in now.guide.facts and now.ask not in now.case.facts


def test_a_long_text_is_read_fast():
    text = "a " * 1000
    began = time.perf_counter()
    for fact in library().facts:
        read(fact, text, [], library(), DAY)
    assert time.perf_counter() - began < 1, "no reading grows with the square of a text"


@pytest.mark.parametrize(
    "url", ["http://example.org/x", "file:///etc/passwd", "wegweiser:../../settings.py", "wegweiser:/etc/passwd"]
)
def test_paper_reads_nothing_but_our_fonts_sec_d08(url):
    with pytest.raises(ValueError):
        fetch(url)
    assert fetch("wegweiser:fira-sans/FiraSans-Regular.woff2")


def test_without_pango_there_is_an_honest_word(monkeypatch):
    real = builtins.__import__

    def broken(name, *args, **kwargs):
        if name.startswith("weasyprint"):
            raise OSError("cannot load library 'libpango'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", broken)
    with pytest.raises(NoPaper):
        paper("<p>x</p>")
