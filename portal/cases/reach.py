"""Which case somebody reaches, and what they may do to it; a foreign one does not exist."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.access import Forbidden, cases_of, may
from portal.accounts.models import Account
from portal.cases.errors import Conflict, NotHere
from portal.cases.models import CaseFile, Part


async def get(session: AsyncSession, account: Account, number: str, *, lock: bool = False) -> CaseFile:
    """A case by its number. Raises NotHere for one that is not there or belongs to others."""
    query = select(CaseFile).where(CaseFile.number == number, cases_of(account))
    found = (await session.exec(query.with_for_update(key_share=True) if lock else query)).first()
    if found is None:
        raise NotHere(number)
    return found


async def own(session: AsyncSession, account: Account, number: str, *, open_: bool = True) -> CaseFile:
    """A case for whose organisation the account acts as the responsible one (DOC-05); its row is locked.
    Raises NotHere, Conflict("not_responsible" | "closed" | "erased")."""
    case = await get(session, account, number, lock=True)
    if case.organisation_id != account.organisation_id:
        raise Conflict("not_responsible")
    writable(case, open_)
    return case


async def sees(session: AsyncSession, organisation_id: str, case: CaseFile) -> bool:
    """Is an organisation responsible for a case, or does it have a part in it?"""
    if case.organisation_id == organisation_id:
        return True
    part = select(Part.id).where(
        Part.case_id == case.id, Part.organisation_id == organisation_id, col(Part.until).is_(None)
    )
    return (await session.exec(part)).first() is not None


async def page(session: AsyncSession, organisation_id: str, case: CaseFile) -> str:
    """Where an organisation finds a case, or what it still has to do on one that it does not see (any more)."""
    return f"/staff/cases/{case.number}" if await sees(session, organisation_id, case) else "/staff/transfers"


def writable(case: CaseFile, open_: bool = True) -> None:
    """Raises Conflict for an erased case, and for a closed one where it has to be open (SEC-B07)."""
    if case.erased_at is not None:
        raise Conflict("erased")
    if open_ and case.status == "closed":
        raise Conflict("closed")


async def still(session: AsyncSession, account: Account, right: str) -> Account:
    """The account as it is now, inside the transaction that acts (SEC-B11). Raises Forbidden."""
    query = select(Account).where(col(Account.id) == account.id).execution_options(populate_existing=True)
    now = (await session.exec(query)).first()
    if now is None or now.status != "active" or now.organisation_id != account.organisation_id or not may(now, right):
        raise Forbidden
    return now
