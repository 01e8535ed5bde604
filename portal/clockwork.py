"""What happens by time and not by request: each room's `tick`, again and again; a failure is logged and tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from portal.accounts import ticking as accounts
from portal.cases import ticking as cases
from portal.chat import turns
from portal.desk import files
from portal.handover import ticking as handover
from portal.mail import outbox
from portal.referrals import ticking as referrals
from portal.settings import Settings

log = structlog.get_logger("clockwork")
Tick = Callable[[Any, Settings], Awaitable[None]]
TICKS: dict[str, tuple[float, Tick]] = {  # name: seconds between, what to do
    "handover": (5.0, handover.tick),
    "referrals": (20.0, referrals.tick),
    "cases": (60.0, cases.tick),
    "accounts": (3600.0, accounts.tick),
    "turns": (20.0, turns.tick),
    "mail": (2.0, outbox.tick),
    "files": (60.0, files.tick),
}


async def again(name: str, seconds: float, tick: Tick, state: Any, settings: Settings) -> None:
    while True:
        try:
            await tick(state, settings)
        except Exception:
            log.exception("tick_failed", tick=name)
        await asyncio.sleep(seconds)


def start(state: Any, settings: Settings) -> list[asyncio.Task[None]]:
    """The tasks of one portal process; two processes at once do no harm: each tick claims what it does."""
    return [asyncio.create_task(again(name, s, tick, state, settings)) for name, (s, tick) in TICKS.items()]
