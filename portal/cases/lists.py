"""Lists of cases: what an organisation reaches, by date; nobody is ranked (PRV-03)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.access import cases_of
from portal.accounts.models import Account
from portal.cases.models import CaseFile, Task
from portal.cases.numbers import searched

PAGE = 25
WHOSE = ("mine", "ours", "all")
DUE = {"overdue": 0, "week": 7}  # days from today


@dataclass(frozen=True)
class Filter:
    """`whose`: mine (owner or deputy), ours (responsible), all (also where we help). `due`: an open task of ours until then."""

    whose: str = "ours"
    status: str = ""
    topic: str = ""
    state: str = ""
    due: str = ""
    q: str = ""
    page: int = 1


def conditions(account: Account, wanted: Filter, today: dt.date, moment: dt.datetime) -> list[Any]:
    found: list[Any] = [cases_of(account)]
    if wanted.q:
        number = searched(wanted.q, moment)
        return [*found, col(CaseFile.number) == (number or wanted.q)]
    if wanted.whose == "mine":
        found.append(or_(col(CaseFile.account_id) == account.id, col(CaseFile.deputy_id) == account.id))
    elif wanted.whose == "ours":
        found.append(CaseFile.organisation_id == account.organisation_id)
    if wanted.status:
        found.append(CaseFile.status == wanted.status)
    if wanted.topic:
        found.append(CaseFile.topic == wanted.topic)
    if wanted.state:
        found.append(CaseFile.state == wanted.state)
    if wanted.due:
        last = today + dt.timedelta(days=DUE[wanted.due])
        task: Any = select(Task.case_id).where(
            Task.organisation_id == account.organisation_id, col(Task.due_on) <= last if wanted.due == "week" else col(Task.due_on) < last,
            col(Task.done_at).is_(None), col(Task.cancelled_at).is_(None),
        )  # fmt: skip
        found.append(col(CaseFile.id).in_(task))
    return found


async def cases(
    session: AsyncSession, account: Account, wanted: Filter, today: dt.date, moment: dt.datetime
) -> tuple[list[CaseFile], int]:
    """A page of cases, the newest first, and how many there are."""
    where = conditions(account, wanted, today, moment)
    total = (await session.exec(select(func.count()).select_from(CaseFile).where(*where))).one()
    query = select(CaseFile).where(*where).order_by(col(CaseFile.opened_at).desc(), col(CaseFile.id).desc())
    return list(await session.exec(query.offset((wanted.page - 1) * PAGE).limit(PAGE))), total


async def next_due(session: AsyncSession, account: Account, found: list[CaseFile]) -> dict[int, dt.date]:
    """The next due date of the organisation's open tasks, by case."""
    query = (
        select(Task.case_id, func.min(Task.due_on))
        .where(
            col(Task.case_id).in_([c.id for c in found]), Task.organisation_id == account.organisation_id,
            col(Task.due_on).is_not(None), col(Task.done_at).is_(None), col(Task.cancelled_at).is_(None),
        )
        .group_by(col(Task.case_id))
    )  # fmt: skip
    return {case_id: day for case_id, day in await session.exec(query) if day is not None}
