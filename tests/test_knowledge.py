"""The knowledge files, their check, publishing and exporting."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.check import check, figures_in
from knowledge.encoder import Vectors, encoder
from knowledge.figures import say
from knowledge.library import Library, read_folder
from knowledge.paragraphs import Paragraphs
from knowledge.schema import Figure, KnowledgeError
from portal import migrations
from portal.chat.text import clean
from portal.database import Database
from portal.editing.live import Live
from portal.editing.models import KnowledgeFile, KnowledgeRelease
from portal.editing.service import newest, publish, published
from portal.guides.guides import GUIDES


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return read_folder()


@pytest.fixture(scope="module")
def library(files) -> Library:
    return Library.from_files(files)


def test_the_knowledge_has_no_problem(files):
    problems, _ = check(files)
    assert problems == []


@pytest.mark.parametrize("text", ["It costs 411 euro.", "within two months", "bis zum 30.6.2027", "drei Wochen"])
def test_the_guard_sees_a_figure_in_a_sentence(text):
    assert figures_in(text)


@pytest.mark.parametrize("text", ["§ 81a AufenthG, German B2", "{fast_track_fee} a person", "Abs. 3 Nr. 2"])
def test_the_guard_lets_law_and_levels_pass(text):
    assert figures_in(text) == []


def test_all_topics_in_both_languages(library):
    assert len(library.topics) >= 79
    for topic in library.topics:
        for language in ("de", "en"):
            article = library.article(topic, language)
            assert article.language == language
            assert "{" not in article.answer + "".join(article.details)


def test_a_figure_is_the_one_of_the_day():
    figure = Figure.model_validate(
        {"unit": "EUR_hour", "law": "MiLoV5", "checked_on": "2026-11-21",
         "values": [{"from": "2026-01-01", "value": 13.9}, {"from": "2027-01-01", "value": 14.6}]}
    )  # fmt: skip
    assert say(figure, dt.date(2026, 12, 31), "de") == "13,90\xa0€ pro Stunde"
    assert say(figure, dt.date(2027, 1, 1), "de") == "14,60\xa0€ pro Stunde"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("audience: [worker\nlaw: []", 2, ""),
        ("audience: [martian]\nlaw: []\nlinks: []\nchecked_on: 2026-11-21\n", 1, "audience"),
        ("audience: [worker]\nlaw: []\nlinks:\n- {title: x, url: 'ftp://x'}\nchecked_on: 2026-11-21\n", 4, "url"),
        ("audience: [worker]\nlaw: []\nlinks: []\nchecked_on: soon\n", 4, "checked_on"),
        ("audience: [worker]\nlaw: []\nlinks: []\nchecked_on: 2026-11-21\nfee: 411\n", 5, "fee"),
    ],
)
async def test_flt_34_a_broken_file_is_refused_whole(files, tmp_path, text, line, reason):
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/k.db")
    await migrations.upgrade(database)
    async with database.write() as session:
        await publish(session, files)
        await session.commit()
    async with database.write() as session:
        with pytest.raises(KnowledgeError) as caught:
            await publish(session, {**files, "topics/fasttrack.cost/topic.yml": text})
    assert caught.value.file == "topics/fasttrack.cost/topic.yml"
    assert caught.value.line == line
    assert reason in caught.value.reason
    async with database.read() as session:
        assert (await newest(session)).id == 1
        assert await published(session) == files, "export gives back what was imported, byte for byte"
    await database.close()


@given(st.text(max_size=300))
def test_con_11_cleaning_is_stable_and_safe(text):
    once = clean(text)
    assert clean(once) == once
    assert not set(once) & {chr(c) for c in [0, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]}
    once.encode("utf-8")


@pytest.fixture(scope="module")
def paragraphs(library) -> Paragraphs:
    return Paragraphs(library)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("81a", ["fasttrack.what"]),
        ("§ 18g AufenthG", ["visa.blue_card"]),
        ("was regelt § 81a Abs. 4?", ["fasttrack.family"]),
        ("16d (3)", ["recognition.partnership"]),
        ("18a oder 18b", ["visa.skilled_vocational", "visa.skilled_academic"]),
        ("bqfg 14a", ["recognition.duration", "fasttrack.duration"]),
        ("81a kosten", []),  # more is said: the search decides
        ("24", []),
        ("ich bin 24", []),
    ],
)
def test_a_paragraph_alone_asks_for_its_topic(paragraphs, text, topics):
    assert paragraphs.find(text) == topics


def test_the_procedures_of_the_sources_are_there(library):
    assert set(library.procedures) == {"recognition", "fast_track", "placement", "aftercare"}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("to: approval", "to: power_of_attorney", "no later step"),
        ("documents: [licence]", "documents: [license]", "license is used and not named"),
        ("topic: fasttrack.problems", "topic: fasttrack.trouble", "no topic fasttrack.trouble"),
        ("{visa_fee}", "75 Euro", "a figure in a sentence"),
    ],
)
def test_the_check_sees_a_wrong_procedure(files, old, new, problem):
    name = "procedures/fast_track.yml"
    problems, _ = check({**files, name: files[name].replace(old, new)})
    assert any(problem in p for p in problems)


async def test_a_release_from_before_the_guides_gets_them(files, tmp_path, ready):
    """An update of the program brings whole new folders; what editors changed stays."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/old.db")
    await migrations.upgrade(database)
    old = {path: text for path, text in files.items() if not path.startswith("guides/")}
    old["bodies.yml"] = old["bodies.yml"] + "edited: {de: Neu, en: New}\n"
    async with database.write() as session:
        for path, text in old.items():
            session.add(KnowledgeFile(path=path, text=text))
        session.add(KnowledgeRelease(digest="before", files=len(old)))
        await session.commit()
    settings, _ = ready
    live = Live(database, Vectors(settings.vectors_file, encoder(settings.encoder)))
    await live.start()
    assert set(live.edition.library.guides) >= set(GUIDES)
    assert "edited" in live.edition.library.other["bodies.yml"]
    with pytest.raises(KnowledgeError, match="words of this guide"):
        async with database.write() as session:
            await publish(session, old)
    await database.close()
