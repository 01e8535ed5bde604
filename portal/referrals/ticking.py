"""What time does to a transfer: one reminder, one escalation (FLT-31)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlmodel import col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.cases import timeline
from portal.cases.models import CaseFile
from portal.clock import now
from portal.referrals.audience import leads, tell, workers
from portal.referrals.models import Transfer
from portal.settings import Settings

AT_ONCE = 200


async def tick(state: Any, settings: Settings) -> None:
    """Reminders and escalations of the 48-hour rule."""
    moment = now()
    async with state.database.write() as session:
        woken = await sweep(session, moment, settings.address)
        await session.commit()
    if woken:
        state.bus.wake(*woken)


async def sweep(session: AsyncSession, moment: dt.datetime, address: str) -> set[str]:
    """Remind and escalate what is due, each once, also after a standstill or with two processes -> the keys to wake."""
    remind = (col(Transfer.remind_at) <= moment) & col(Transfer.reminded_at).is_(None)
    escalate = (col(Transfer.due_at) <= moment) & col(Transfer.escalated_at).is_(None)
    query = (
        select(Transfer, CaseFile)
        .join(CaseFile, col(CaseFile.id) == col(Transfer.case_id))
        .where(Transfer.status == "sent", or_(remind, escalate))
        .order_by(col(Transfer.due_at))
        .limit(AT_ONCE)
    )
    woken: set[str] = set()
    for transfer, case in list(await session.exec(query)):
        if transfer.remind_at <= moment and await claimed(session, transfer, "reminded_at", moment):
            people = await workers(session, transfer.to_id, transfer.to_account_id)
            await tell(session, "transfer_reminder", transfer, case, people, address)
            timeline.tell(session, case, "transfer_reminded", moment, None, to=transfer.to_id)
            woken.add(f"org:{transfer.to_id}")
        if transfer.due_at <= moment and await claimed(session, transfer, "escalated_at", moment):
            people = await leads(session, transfer.to_id) or await workers(session, transfer.to_id, None)
            await tell(session, "transfer_escalation", transfer, case, people, address)
            what = "transfer_escalated" if people else "transfer_escalated_nobody"
            timeline.tell(session, case, what, moment, None, to=transfer.to_id)
            woken |= {f"org:{transfer.to_id}", f"org:{transfer.from_id}"}
    return woken


async def claimed(session: AsyncSession, transfer: Transfer, mark: str, moment: dt.datetime) -> bool:
    """Set a mark that nobody has set yet, on a transfer that is still open; False: somebody was faster."""
    found = await session.exec(
        update(Transfer)
        .where(col(Transfer.id) == transfer.id, getattr(Transfer, mark).is_(None), col(Transfer.status) == "sent")
        .values({mark: moment})
    )
    return bool(found.rowcount)
