"""What time does to a hand-over, every few seconds."""

from __future__ import annotations

import time
from typing import Any

import structlog

from portal.clock import now
from portal.handover.steady import Steady
from portal.handover.sweeping import sweep
from portal.settings import Settings

log = structlog.get_logger("handover")


async def tick(state: Any, settings: Settings) -> None:
    """Silent counsellors, visitors who left, desks that closed. Takes the writer only for what is due."""
    if not hasattr(state, "steady"):
        state.steady = Steady(now(), time.monotonic())
    moment = state.steady.at(now(), time.monotonic())
    swept = await sweep(state.database, moment, settings.address)
    if swept.woken:
        state.bus.wake(*swept.woken)
        log.info("handover_swept", woken=len(swept.woken))
    for conversation_id in swept.back:
        await state.turns.take_up(conversation_id)
    if swept.failed:
        raise ExceptionGroup("sweep", swept.failed)
