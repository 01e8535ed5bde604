"""What time does to a hand-over, every few seconds."""

from __future__ import annotations

import time
from typing import Any

import structlog
from sqlmodel import col, select

from portal.accounts.models import Account
from portal.clock import now
from portal.handover.models import Handover
from portal.handover.steady import Steady
from portal.handover.sweeping import sweep
from portal.handover.telling import overdue
from portal.settings import Settings

log = structlog.get_logger("handover")


async def tick(state: Any, settings: Settings) -> None:
    """Silent counsellors, visitors who left, desks that closed. Takes the writer only where somebody waits or is served."""
    if not hasattr(state, "steady"):
        state.steady = Steady(now(), time.monotonic())
    moment = state.steady.at(now(), time.monotonic())
    async with state.database.look() as session:
        waits = select(Handover.id).where(Handover.status != "ended").limit(1)
        serves = select(Account.id).where(col(Account.on_duty)).limit(1)
        if (await session.exec(waits)).first() is None and (await session.exec(serves)).first() is None:
            return
    async with state.database.write() as session:
        woken = await sweep(session, moment)
        await overdue(session, moment, settings.address)
        await session.commit()
    if woken:
        state.bus.wake(*woken)
        log.info("handover_swept", woken=len(woken))
