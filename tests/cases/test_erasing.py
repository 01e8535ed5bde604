"""RET-03, RET-06: what a closed case says of people goes after six months, the record of transfers three years later."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account
from portal.cases import erasing, reach, statuses, tasks
from portal.cases import people as persons
from portal.cases.errors import Conflict
from portal.cases.models import CaseEvent, CaseFile, CaseNote, Party, Task
from portal.chat import erasing as chats_erasing
from portal.chat.models import Conversation
from portal.consents.models import Consent
from portal.handover.models import Handover
from portal.referrals import deciding
from portal.referrals.models import Transfer
from tests.cases import people
from tests.cases.people import ADDRESS, NOW

HALF = dt.timedelta(days=184)


async def test_ret_03_contents_go_six_months_after_the_end_and_records_stay(tmp_path: Path):
    async with people.database(tmp_path) as db, db.write() as session:
        anna = await people.staffed(session, "alpha")
        bert = await people.staffed(session, "beta")
        chat = await people.chat(session, anna)
        await people.consent(session, chat, anna, "alpha", purpose="case")
        await people.consent(session, chat, anna, "beta")
        case = await people.case(session, anna, chat, concern="Canary concern", state="ST")
        transfer = await people.forwarded(session, anna, case, "beta", fields=("name",), message="Canary message")
        await deciding.answer(session, bert, transfer.id, "Canary answer", NOW, ADDRESS)
        await tasks.write_note(session, anna, case.number, "Canary note", NOW)
        for to in ("active", "done", "closed"):
            await statuses.move(session, anna, case.number, to, case.version, NOW, "solved")
        await session.flush()
        assert await erasing.sweep(session, NOW + dt.timedelta(days=180)) == 0
        assert await erasing.sweep(session, NOW + HALF) == 1
        assert await erasing.sweep(session, NOW + HALF) == 0
        await session.commit()
        left = ""
        for table in (CaseFile, Party, CaseNote, Task, CaseEvent, Transfer, Consent):
            left += " ".join(
                str(r.model_dump()) for r in await session.exec(select(table).execution_options(populate_existing=True))
            )
        assert "anary" not in left
        [kept] = await people.transfers(session)
        assert (kept.from_id, kept.to_id, kept.fields, kept.status) == ("alpha", "beta", ["name"], "answered")
        with pytest.raises(Conflict, match="erased"):
            await statuses.move(session, anna, case.number, "active", case.version, NOW)
        with pytest.raises(Conflict, match="erased"):
            await reach.own(session, anna, case.number)
        assert await erasing.sweep(session, NOW + HALF + dt.timedelta(days=1200)) == 1
        assert await people.transfers(session) == []


async def test_a_chat_that_goes_leaves_its_consents_to_the_case(tmp_path: Path):
    async with people.database(tmp_path) as db, db.write() as session:
        anna = await people.staffed(session, "alpha")
        chat = await people.chat(session, anna)
        case = await people.case(session, anna, chat)
        consent = await people.consent(session, chat, anna, "alpha", purpose="case")
        await erasing.chat_gone(session, chat.id, NOW)
        await session.flush()
        await session.delete(chat)
        await session.commit()
        await session.refresh(consent)
        await session.refresh(case)
        assert (consent.conversation_id, consent.case_id, case.conversation_id) == (None, case.id, None)


async def of_two(session: AsyncSession) -> tuple[Account, Account, Conversation]:
    """A chat that people of two organisations had, one after the other."""
    anna, bert = await people.staffed(session, "alpha"), await people.staffed(session, "beta")
    chat = await people.chat(session, anna)
    session.add(
        Handover(conversation_id=chat.id, organisation_id="beta", account_id=bert.id, status="ended", language="en")
    )
    return anna, bert, chat


async def test_erasing_one_case_leaves_the_other_of_the_same_chat_its_consents(tmp_path: Path):
    async with people.database(tmp_path) as db, db.write() as session:
        anna, bert, chat = await of_two(session)
        consent = await people.consent(session, chat, anna, "beta")
        first, second = await people.case(session, anna, chat), await people.case(session, bert, chat)
        await erasing.erase(session, first, NOW)
        await session.refresh(consent)
        assert consent.given["name"] and consent.case_id == second.id
        assert (await persons.allowed(session, second, "beta", NOW))["name"] == consent.given["name"]
        await erasing.erase(session, second, NOW)
        await session.refresh(consent)
        assert consent.given == {}


async def test_each_case_of_a_chat_that_goes_keeps_the_consents_its_organisation_asked_for(tmp_path: Path):
    async with people.database(tmp_path) as db, db.write() as session:
        anna, bert, chat = await of_two(session)
        cases = [await people.case(session, who, chat) for who in (anna, bert)]
        asked = [await people.consent(session, chat, who, who.organisation_id, purpose="case") for who in (anna, bert)]
        await erasing.chat_gone(session, chat.id, NOW)
        await session.flush()
        assert [c.case_id for c in asked] == [c.id for c in cases]


async def test_ret_06_consents_go_with_their_case_or_with_the_records_of_a_chat_that_never_was_one(tmp_path: Path):
    async with people.database(tmp_path) as db, db.write() as session:
        anna = await people.staffed(session, "alpha")
        chats = [await people.chat(session, anna) for _ in range(2)]
        for chat in chats:
            await people.consent(session, chat, anna, "alpha", purpose="case")
        case = await people.case(session, anna, chats[0])
        await erasing.erase(session, case, NOW)
        for chat in chats:
            await erasing.chat_gone(session, chat.id, NOW)
        await session.flush()
        await chats_erasing.erase(session, [chat.id for chat in chats], NOW)
        rows = (await session.exec(select(Consent))).all()
        for row in rows:
            await session.refresh(row)
        assert len(rows) == 2 and all(row.given == {} for row in rows)
        assert await erasing.sweep(session, NOW + dt.timedelta(days=900)) == 0
        await erasing.sweep(session, NOW + dt.timedelta(days=1200))
        assert (await session.exec(select(Consent.id))).all() == []
