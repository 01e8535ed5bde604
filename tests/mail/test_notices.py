"""Notices to staff: in their language, only where wanted, and nothing about a person in them."""

from __future__ import annotations

import re

import pytest
from sqlmodel import select

from portal.accounts.models import Account, Organisation
from portal.clock import german_day
from portal.mail.models import Mail
from portal.mail.notices import MAY_TELL, NOTICES, notify
from portal.mail.outbox import GivenUp, deliver, failed
from tests.mail.ground import Server, at, ground, settings
from tests.mail.test_outbox import START


async def people(session, **fields) -> list[Account]:
    session.add(Organisation(id="alpha", name="Alpha", kind="ag_s"))
    await session.flush()
    made = [
        Account(organisation_id="alpha", email=f"{name}@a.example", name=name, shown_name=name,
                **{"status": "active", "language": "en", **more})
        for name, more in fields.items()
    ]  # fmt: skip
    session.add_all(made)
    await session.flush()
    return made


@pytest.mark.parametrize("kind", NOTICES)
def test_prv_33_no_notice_can_tell_more_than_a_number(kind):
    notice = NOTICES[kind]
    told = set(re.findall(r"%\((\w+)\)s", notice.subject + notice.text))
    assert told <= MAY_TELL and "%" not in re.sub(r"%\(\w+\)s", "", notice.subject + notice.text)
    assert "%" not in notice.name, "it stands in lists, where there is no number"


async def test_prv_33_a_name_is_not_taken(tmp_path):
    async with ground(tmp_path) as database, database.write() as session:
        told = await people(session, anna={})
        with pytest.raises(ValueError, match="name"):
            await notify(
                session, "case_assigned", told, key="1", link="/x", address="", values={"number": "W", "name": "Ali"}
            )


async def test_notices_go_to_those_who_want_them_once_with_a_link_in_their_language(tmp_path):
    async with ground(tmp_path) as database:
        async with database.write() as session:
            told = await people(
                session, anna={}, bert={"language": "de"}, carl={"notices": {"chat_waiting": False, "password_changed": False}},
                dora={"status": "disabled"}, emil={"status": "invited"},
            )  # fmt: skip
            for _ in range(2):
                await notify(session, "chat_waiting", told, key="c1", link="/staff/queue", address="https://w.example")
            await notify(session, "password_changed", told, key="c1", link="/staff", address="https://w.example")
            await notify(
                session, "invitation", told[4:], key="t", link="/staff/invitations/x", address="https://w.example"
            )
            await session.commit()
        async with database.read() as session:
            mails = {m.key: m for m in (await session.exec(select(Mail))).all()}
        kinds = sorted((k.split(":")[0], m.to[:4]) for k, m in mails.items())
        assert kinds == [("chat_waiting", "anna"), ("chat_waiting", "bert"), ("invitation", "emil"),
                         ("password_changed", "anna"), ("password_changed", "bert"), ("password_changed", "carl"),
                         ("password_changed", "emil")]  # fmt: skip
        german = next(m for m in mails.values() if m.to == "bert@a.example")
        assert german.body.rstrip().endswith("https://w.example/de/staff/queue") and german.language == "de"


async def test_flt_32_what_failed_is_seen_by_its_organisation_only(tmp_path):
    async with ground(tmp_path) as database, Server("5xx").running() as server:
        async with database.write() as session:
            await notify(
                session, "reset", await people(session, anna={}), key="1", link="/r/t", address="https://w.example"
            )
            await session.commit()
        later = START.replace(year=START.year + 1)
        await deliver(database, settings(tmp_path, smtp=server.url), at(later))
        async with database.read() as session:
            assert await failed(session, "alpha") == [GivenUp("reset", 1, german_day(later))]
            assert await failed(session, "beta") == []
