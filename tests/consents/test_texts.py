"""Consent texts: complete or not published, frozen once published, the default for who has none."""

from __future__ import annotations

import asyncio

import pytest
from sqlmodel import select

from portal.accounts.models import Organisation
from portal.clock import now
from portal.consents import texts
from portal.consents.models import ConsentText
from portal.consents.purposes import FIELDS, PURPOSES
from tests.mail.ground import ground


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_prv_06_the_default_texts_are_complete(purpose, language):
    text = texts.default(purpose, language)
    assert texts.lacking(text) == []
    shown = texts.filled(text, "Alpha", ["Beta", "Gamma {from}"], ["Name"], "en")
    assert "Alpha" in shown and "Beta; Gamma {from}" in shown and "Name" in shown and "[" not in shown


@pytest.mark.parametrize("part", texts.PARTS)
async def test_prv_06_a_text_that_lacks_a_part_is_not_published(tmp_path, part):
    async with ground(tmp_path) as database, database.write() as session:
        session.add(Organisation(id="alpha", name="Alpha", kind="ag_s"))
        await session.flush()
        good = texts.default("case", "de")
        bad = texts.joined({**texts.parts(good), part: "Zu kurz."})
        version = await texts.draft(session, "alpha", "case", {"de": good, "en": bad}, now())
        with pytest.raises(texts.Lacking) as error:
            await texts.publish(session, "alpha", "case", version, now())
        assert error.value.what == [("en", part)]
        assert await texts.newest(session, "alpha", "case") == 1


async def test_prv_06_the_german_text_must_be_there_and_name_receiver_and_data(tmp_path):
    async with ground(tmp_path) as database, database.write() as session:
        session.add(Organisation(id="alpha", name="Alpha", kind="ag_s"))
        await session.flush()
        version = await texts.draft(session, "alpha", "case", {"en": texts.default("case", "en")}, now())
        with pytest.raises(texts.Lacking):
            await texts.publish(session, "alpha", "case", version, now())
    assert texts.lacking(texts.default("case", "de").replace("{to}", "irgendwer")) == ["purpose"]


async def test_a_published_text_is_never_changed(tmp_path):
    async with ground(tmp_path) as database, database.write() as session:
        session.add(Organisation(id="alpha", name="Alpha", kind="ag_s"))
        await session.flush()
        first = await texts.current(session, "alpha", "case", now())
        other = texts.default("case", "de").replace("Vorgang", "Fall")
        assert await texts.draft(session, "alpha", "case", {"de": "halb"}, now()) == 2
        assert await texts.draft(session, "alpha", "case", {"de": other}, now()) == 2
        moment = now()
        await texts.publish(session, "alpha", "case", 2, moment)
        await texts.publish(session, "alpha", "case", 2, now())
        assert await texts.draft(session, "alpha", "case", {"de": "nächster"}, now()) == 3
        second = await texts.current(session, "alpha", "case", now())
        assert (second["de"].version, second["de"].text, second["de"].published_at) == (2, other, moment)
        rows = await session.exec(select(ConsentText).where(ConsentText.version == 1))
        assert {r.language: r.text for r in rows.all()} == {t: r.text for t, r in first.items()}
        assert all(row.hash == texts.hash_of(row.text) for row in [*first.values(), *second.values()])


async def test_two_first_uses_make_one_version(tmp_path):
    async with ground(tmp_path) as database:
        async with database.write() as session:
            session.add(Organisation(id="alpha", name="Alpha", kind="ag_s"))
            await session.commit()

        async def use():
            async with database.write() as session:
                await texts.current(session, "alpha", "case", now())
                await session.commit()

        await asyncio.gather(*(use() for _ in range(8)))
        async with database.read() as session:
            assert len((await session.exec(select(ConsentText))).all()) == len(texts.LANGUAGES)


def test_prv_16_no_field_asks_for_what_may_not_be_asked():
    assert set(FIELDS) == {"name", "email", "phone", "country", "occupation", "company", "documents", "concern", "chat"}
    assert all(set(p.fields) <= set(FIELDS) for p in PURPOSES.values())
