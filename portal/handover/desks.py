"""Signs of life of a desk. Who has chats and shows none any more loses them to the queue (FLT-20).

A page that stays in touch by itself (its stream, or a script that tells now and then) is missed soon. A desk without JavaScript
shows a sign with each page only: it is given as long as somebody on duty who is not seen.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement
from sqlmodel import col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account
from portal.handover.models import Handover

WATCHED = dt.timedelta(minutes=2)  # a desk that stayed in touch by itself
SEEN = dt.timedelta(minutes=15)  # any other, and an account on duty


async def touch(session: AsyncSession, account_id: int, moment: dt.datetime, *, live: bool = True) -> None:
    """A sign of life; `live`: of a page that stays in touch by itself. From the first of these on `Handover.staff_at` is kept."""
    await session.exec(update(Account).where(col(Account.id) == account_id).values(seen_at=moment))
    taken = (col(Handover.account_id) == account_id) & (col(Handover.status) == "taken")
    watched = taken if live else taken & col(Handover.staff_at).is_not(None)
    await session.exec(update(Handover).where(watched).values(staff_at=moment))


def gone(moment: dt.datetime) -> ColumnElement[bool]:
    """Of a chat that is taken: its desk shows no sign of life any more."""
    unseen = select(Account.id).where(col(Account.seen_at) < moment - SEEN)
    return or_(col(Handover.staff_at) < moment - WATCHED, col(Handover.account_id).in_(unseen))
