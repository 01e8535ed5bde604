"""A task that is due is told once, in the morning, to the one who has it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlmodel import select

from portal.cases import service, statuses, tasks, ticking
from portal.cases.errors import Conflict
from portal.mail.models import Mail
from tests.cases import people
from tests.cases.people import ADDRESS, NOW

DAY = dt.date(2026, 11, 20)
SEVEN = dt.datetime(2026, 11, 20, 6, 0, tzinfo=dt.UTC)  # 07:00 in Germany


async def told(session, moment: dt.datetime) -> list[int | None]:
    await ticking.due(session, moment, ADDRESS)
    mails = select(Mail).where(Mail.key.startswith("case_task_due:")).order_by(Mail.id)
    return [mail.account_id for mail in await session.exec(mails)]


async def test_who_has_a_task_is_told_in_the_morning_it_is_due_and_only_once(tmp_path: Path):
    async with people.database(tmp_path) as db, db.write() as session:
        anna = await people.staffed(session, "alpha")
        ben = await people.person(session, "alpha")
        case = await people.case(session, anna)
        await tasks.set_task(session, anna, case.number, "Canary title", DAY, ben.id, NOW)
        assert await told(session, SEVEN - dt.timedelta(minutes=1)) == [], "not at night"
        assert await told(session, SEVEN) == [ben.id]
        assert await told(session, SEVEN + dt.timedelta(days=1)) == [ben.id]
        (mail,) = await session.exec(select(Mail).where(Mail.account_id == ben.id))
        assert case.number in mail.subject and f"/staff/cases/{case.number}" in mail.body
        assert "Canary" not in mail.subject + mail.body


async def test_a_task_of_nobody_is_told_to_all_who_work_cases_and_one_that_is_done_to_nobody(tmp_path: Path):
    async with people.database(tmp_path) as db, db.write() as session:
        anna = await people.staffed(session, "alpha")
        ben = await people.person(session, "alpha")
        await people.person(session, "alpha", roles=("editor",))
        await people.staffed(session, "beta")
        case = await people.case(session, anna)
        await tasks.set_task(session, anna, case.number, "for all", DAY, None, NOW)
        for turn in ("done", "cancel"):
            over = await tasks.set_task(session, anna, case.number, turn, DAY, ben.id, NOW)
            await session.flush()
            await tasks.turn_task(session, anna, over.id, turn, NOW)
        await tasks.set_task(session, anna, case.number, "no day", None, ben.id, NOW)
        assert await told(session, SEVEN) == [anna.id, ben.id]


async def test_a_standstill_loses_nothing(tmp_path: Path):
    async with people.database(tmp_path) as db, db.write() as session:
        anna = await people.staffed(session, "alpha")
        case = await people.case(session, anna)
        await tasks.set_task(session, anna, case.number, "late", DAY, anna.id, NOW)
        assert await told(session, SEVEN + dt.timedelta(days=9)) == [anna.id]


async def test_sec_b07_a_closed_case_gets_no_task_back(tmp_path: Path):
    async with people.database(tmp_path) as db, db.write() as session:
        anna = await people.staffed(session, "alpha")
        case = await people.case(session, anna)
        task = await tasks.set_task(session, anna, case.number, "done before", DAY, None, NOW)
        await session.flush()
        await tasks.turn_task(session, anna, task.id, "done", NOW)
        for to in ("active", "done", "closed"):
            await statuses.move(session, anna, case.number, to, case.version, NOW, "solved")
        with pytest.raises(Conflict, match="closed"):
            await tasks.turn_task(session, anna, task.id, "undo", NOW)


async def test_who_is_given_a_case_is_told_and_who_takes_it_is_not(tmp_path: Path):
    async with people.database(tmp_path) as db, db.write() as session:
        anna = await people.staffed(session, "alpha")
        ben = await people.person(session, "alpha")
        case = await people.case(session, anna)
        for owner in (ben.id, anna.id, ben.id):
            await service.assign(session, anna, case.number, owner, None, case.version, NOW, ADDRESS)
        mails = list(await session.exec(select(Mail).where(Mail.key.startswith("case_assigned:"))))
        assert [mail.account_id for mail in mails] == [ben.id, ben.id], "each time it became theirs"
