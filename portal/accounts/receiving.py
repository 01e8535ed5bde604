"""Which organisations can be given anything: active ones in which somebody advises; not one that only runs the portal."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal import access
from portal.accounts.models import Account, Organisation

OPERATOR = "portal"  # the kind of the organisation that runs the portal


async def receivers(session: AsyncSession, ids: list[str] | None = None) -> list[Organisation]:
    """They, by name; `ids`: only those of these."""
    staff = select(Account).where(Account.status == "active")
    query = select(Organisation).where(col(Organisation.active), Organisation.kind != OPERATOR)
    if ids is not None:
        staff = staff.where(col(Account.organisation_id).in_(ids))
        query = query.where(col(Organisation.id).in_(ids))
    advising = {account.organisation_id for account in await session.exec(staff) if access.may(account, "chats.write")}
    found = await session.exec(query.order_by(col(Organisation.name), col(Organisation.id)))
    return [organisation for organisation in found if organisation.id in advising]
