"""Numbers of cases (Aktenzeichen): W-2026-000123, one after the other in a year."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import text
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.cases.models import CaseCounter
from portal.clock import german_day

SEARCHED = re.compile(r"^(?:w-?)?(?:(\d{4})-)?0*(\d{1,6})$", re.IGNORECASE)


async def next_number(session: AsyncSession, moment: dt.datetime) -> str:
    """The next number of the year; its row is locked until the transaction ends, so parallel cases get different ones."""
    year = german_day(moment).year
    await session.exec(
        text("INSERT INTO case_counter (year, last) VALUES (:year, 0) ON CONFLICT DO NOTHING").bindparams(year=year)  # type: ignore[call-overload]
    )
    await session.exec(update(CaseCounter).where(col(CaseCounter.year) == year).values(last=CaseCounter.last + 1))
    last = (await session.exec(select(CaseCounter.last).where(CaseCounter.year == year))).one()
    return f"W-{year}-{last:06d}"


def searched(words: str, moment: dt.datetime) -> str | None:
    """The number somebody means by "123", "2026-123" or "w-2026-000123"; None: no number."""
    found = SEARCHED.match(words.strip())
    return f"W-{found[1] or german_day(moment).year}-{int(found[2]):06d}" if found else None
