"""The statuses of a case and the steps between them, as data."""

from __future__ import annotations

import datetime as dt

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account
from portal.cases import reach, timeline
from portal.cases.errors import Conflict, Refused
from portal.cases.models import CaseFile, Task
from portal.cases.words import REASONS
from portal.referrals.models import Transfer

STEPS: dict[str, dict[str, tuple[str, ...]]] = {  # from: {to: guards}
    "new": {"active": ()},
    "active": {"waiting": (), "done": ("decided", "tasks")},
    "waiting": {"active": ()},
    "done": {"closed": ("decided", "tasks", "reason"), "active": ()},
    "closed": {"active": ()},
}
OPEN = ("new", "active", "waiting")


async def move(
    session: AsyncSession, account: Account, number: str, to: str, version: int, moment: dt.datetime, reason: str = ""
) -> CaseFile:
    """Take a step. Raises NotHere, Changed, Conflict("no_step" | "pending" | "open_tasks"), Refused("why")."""
    case = await reach.own(session, account, number, open_=False)
    await timeline.unchanged(session, case, version)
    guards = STEPS[case.status].get(to)
    if guards is None:
        raise Conflict("no_step")
    if "reason" in guards and reason not in REASONS:
        raise Refused("why", "reason")
    if "decided" in guards and await pending(session, case):
        raise Conflict("pending")
    if "tasks" in guards and await open_tasks(session, case):
        raise Conflict("open_tasks")
    was, case.status = case.status, to
    case.closed_at, case.close_reason = (moment, reason) if to == "closed" else (None, None)
    timeline.changed(session, case, "status", moment, account, was=was, now=to)
    return case


async def pending(session: AsyncSession, case: CaseFile) -> bool:
    """Is a transfer of the case not decided yet?"""
    query = select(Transfer.id).where(Transfer.case_id == case.id, Transfer.status == "sent")
    return (await session.exec(query)).first() is not None


async def open_tasks(session: AsyncSession, case: CaseFile) -> bool:
    """Has the responsible organisation something left to do?"""
    query = select(Task.id).where(
        Task.case_id == case.id, Task.organisation_id == case.organisation_id,
        col(Task.done_at).is_(None), col(Task.cancelled_at).is_(None),
    )  # fmt: skip
    return (await session.exec(query)).first() is not None
