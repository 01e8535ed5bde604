"""What time does to a case: people are told of a task that is due, once; closed cases lose their contents (RET-03)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.cases import erasing, reach
from portal.cases.models import CaseFile, Task
from portal.clock import german_day, now
from portal.mail.notices import notify
from portal.referrals.audience import workers
from portal.settings import Settings

AT_ONCE = 200
MORNING = dt.timedelta(hours=7)  # into the day a task is due, German time: nobody is told at midnight


async def tick(state: Any, settings: Settings) -> None:
    moment = now()
    async with state.database.write() as session:
        await due(session, moment, settings.address)
        await erasing.sweep(session, moment)
        await session.commit()


async def due(session: AsyncSession, moment: dt.datetime, address: str) -> int:
    """Tell who has a task, else those who work cases, that it is due today; how many tasks. Run again, it changes nothing."""
    today = german_day(moment - MORNING)
    query = (
        select(Task, CaseFile)
        .join(CaseFile, col(CaseFile.id) == col(Task.case_id))
        .where(
            col(Task.due_on) <= today, col(Task.told_at).is_(None), col(Task.done_at).is_(None), col(Task.cancelled_at).is_(None)
        )
        .limit(AT_ONCE)
    )  # fmt: skip
    found = list(await session.exec(query))
    for task, case in found:
        claim = update(Task).where(col(Task.id) == task.id, col(Task.told_at).is_(None)).values(told_at=moment)
        if (await session.exec(claim)).rowcount:
            people = await workers(session, task.organisation_id, task.account_id)
            await notify(
                session, "case_task_due", people, key=str(task.id), address=address,
                link=await reach.page(session, task.organisation_id, case), values={"number": case.number},
            )  # fmt: skip
    return len(found)
