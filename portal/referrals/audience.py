"""Who is told of a transfer: the one who looks after it and their deputy, else those of the organisation who work cases."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.access import may
from portal.accounts.models import Account
from portal.cases.models import CaseFile
from portal.mail.notices import notify
from portal.referrals.models import Transfer


async def workers(session: AsyncSession, organisation_id: str, owner: int | None) -> list[Account]:
    """The owner and their deputy, where they are still there; else everybody who may decide, and their deputies."""
    staff = await _staff(session, organisation_id)
    first = [a for a in staff if a.id == owner] or [a for a in staff if may(a, "transfers.write")]
    ids = {a.id for a in first} | {a.deputy_id for a in first}
    return [a for a in staff if a.id in ids]


async def leads(session: AsyncSession, organisation_id: str) -> list[Account]:
    """The team leads."""
    return [a for a in await _staff(session, organisation_id) if "team_lead" in a.roles]


async def _staff(session: AsyncSession, organisation_id: str) -> list[Account]:
    query = select(Account).where(Account.organisation_id == organisation_id, Account.status == "active")
    return list(await session.exec(query.order_by(col(Account.id))))


async def tell(
    session: AsyncSession, kind: str, transfer: Transfer, case: CaseFile, people: list[Account], address: str
) -> None:
    """A notice with nothing but the case's number and a link, once for each transfer, kind and person."""
    await notify(
        session, kind, people, key=str(transfer.id), link=f"/staff/transfers/{transfer.id}", address=address,
        values={"number": case.number},
    )  # fmt: skip
