"""What time does to hand-overs. It may be done twice and does its work once; the moment is an argument."""

from __future__ import annotations

import datetime as dt

from sqlmodel import col, select, update

from portal.accounts.models import Account
from portal.database import Database
from portal.handover import serving, waiting
from portal.handover.desks import SEEN
from portal.handover.timed import Swept, run

RULES = (  # in an order in which one thing does not undo the other
    serving.vanished, serving.silent, serving.idle, waiting.away, waiting.nobody_left, waiting.clock,
)  # fmt: skip


async def sweep(database: Database, moment: dt.datetime, address: str) -> Swept:
    """Everything. `address`: of the portal, for mails to staff. What it returns is for after the commits."""
    swept = Swept()
    await off_duty(database, moment, swept)
    for rule in RULES:
        await run(rule, database, moment, address, swept)
    return swept


async def off_duty(database: Database, moment: dt.datetime, swept: Swept) -> None:
    """Who has no desk is not on duty."""
    gone = (col(Account.on_duty), col(Account.seen_at) < moment - SEEN)
    async with database.look() as session:
        found = (await session.exec(select(Account.id, Account.organisation_id).where(*gone))).all()
    for id_, organisation_id in found:
        async with database.write() as session:
            await session.exec(update(Account).where(col(Account.id) == id_, *gone).values(on_duty=False))
            await session.commit()
        swept.woken.add(f"org:{organisation_id}")
