"""The timeline of a case: what happened, who did it; no names and no texts in it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account
from portal.cases.errors import Changed
from portal.cases.models import CaseEvent, CaseFile


def tell(
    session: AsyncSession, case: CaseFile, what: str, moment: dt.datetime, account: Account | None, **values: Any
) -> None:
    """A line. Without an account it was the program, or the person by their consent."""
    session.add(
        CaseEvent(
            case_id=case.id or 0,
            at=moment,
            what=what,
            values=values,
            account_id=account.id if account else None,
            organisation_id=account.organisation_id if account else None,
        )  # fmt: skip
    )


def changed(
    session: AsyncSession, case: CaseFile, what: str, moment: dt.datetime, account: Account | None, **values: Any
) -> None:
    """A line about a change of the case itself: its version rises, so that a form from before is recognised."""
    case.version += 1
    session.add(case)
    tell(session, case, what, moment, account, version=case.version, **values)


async def unchanged(session: AsyncSession, case: CaseFile, version: int) -> None:
    """Raises Changed with what was done since, if the (locked) case is no longer at the version."""
    if case.version == version:
        return
    events = await session.exec(
        select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(col(CaseEvent.id).desc()).limit(50)
    )
    raise Changed([e for e in events if e.values.get("version", 0) > version])


async def events(session: AsyncSession, case: CaseFile) -> list[CaseEvent]:
    """The newest first."""
    query = select(CaseEvent).where(CaseEvent.case_id == case.id)
    return list(await session.exec(query.order_by(col(CaseEvent.at).desc(), col(CaseEvent.id).desc()).limit(500)))
