"""The 48-hour rule in figures: how many transfers an organisation got, and how it kept the rule (S002)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.clock import now
from portal.referrals.models import Transfer


@dataclass(frozen=True)
class Kept:
    """Of `sent`: decided `in_time`, decided `late`, still `open`, of these `overdue`, and `revoked` before a decision. `returned`: of the decided."""

    sent: int
    in_time: int
    late: int
    open: int
    overdue: int
    revoked: int
    returned: int


async def kept(
    session: AsyncSession,
    organisation_id: str | None,
    start: dt.datetime,
    end: dt.datetime,
    moment: dt.datetime | None = None,
) -> Kept:
    """Transfers received by an organisation (None: by all), sent from `start` until before `end`, as they stand at the moment."""
    moment = moment or now()
    decided, open_ = col(Transfer.decided_at).is_not(None), col(Transfer.status) == "sent"
    counted = (
        and_(decided, col(Transfer.decided_at) <= col(Transfer.due_at)),
        and_(decided, col(Transfer.decided_at) > col(Transfer.due_at)),
        open_,
        and_(open_, col(Transfer.due_at) < moment),
        col(Transfer.status) == "revoked",
        col(Transfer.status) == "returned",
    )
    sums: list[Any] = [func.coalesce(func.sum(case((when, 1), else_=0)), 0) for when in counted]
    query: Any = select(func.count(), *sums).where(col(Transfer.sent_at) >= start, col(Transfer.sent_at) < end)
    if organisation_id is not None:
        query = query.where(Transfer.to_id == organisation_id)
    row: Any = (await session.exec(query)).one()
    return Kept(*(int(n) for n in row))
