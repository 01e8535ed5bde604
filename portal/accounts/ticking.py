"""What time does to accounts: sign-ins and links that are over go, and so does what the audit log may not keep any longer."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts import auditing, sessions, tickets
from portal.clock import now
from portal.settings import Settings


async def tick(state: Any, settings: Settings) -> None:
    async with state.database.write() as session:
        await sweep(session, now())
        await session.commit()


async def sweep(session: AsyncSession, moment: dt.datetime) -> None:
    """Run again, it changes nothing."""
    await sessions.forget(session, moment)
    await tickets.forget(session, moment)
    await auditing.forget(session, moment)
