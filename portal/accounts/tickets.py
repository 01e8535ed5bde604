"""Links that work once: only the newest of its purpose, in its time, for an account that is not disabled (SEC-A08)."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlmodel import col, delete, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account, Ticket
from portal.chat.service import hashed

LASTS = {"invitation": dt.timedelta(days=7), "reset": dt.timedelta(minutes=20)}
STATUS = {"invitation": "invited", "reset": "active"}


class Spent(LookupError):
    """A link that is unknown, used, over, not the newest, or for somebody who may not use it."""


async def issue(session: AsyncSession, account: Account, purpose: str, moment: dt.datetime) -> str:
    """A new link's token, told once; earlier ones of the purpose are worth nothing."""
    assert account.id is not None
    await revoke(session, account.id, purpose)
    token = secrets.token_urlsafe(32)
    session.add(
        Ticket(
            token_hash=hashed(token),
            purpose=purpose,
            account_id=account.id,
            email=account.email,
            made_at=moment,
            ends_at=moment + LASTS[purpose],
        )  # fmt: skip
    )
    return token


async def revoke(session: AsyncSession, account_id: int, purpose: str = "") -> None:
    query = delete(Ticket).where(col(Ticket.account_id) == account_id)
    await session.exec(query.where(col(Ticket.purpose) == purpose) if purpose else query)


async def find(session: AsyncSession, token: str, purpose: str, moment: dt.datetime) -> tuple[Ticket, Account]:
    """The link and whose it is; looking does not use it. Raises Spent."""
    query = (
        select(Ticket, Account)
        .join(Account, col(Account.id) == col(Ticket.account_id))
        .where(
            Ticket.token_hash == hashed(token),
            Ticket.purpose == purpose,
            col(Ticket.used_at).is_(None),
            Ticket.ends_at > moment,
            Account.email == col(Ticket.email),
            Account.status == STATUS[purpose],
        )  # fmt: skip
    )
    found = (await session.exec(query)).first()
    if found is None:
        raise Spent
    return found


async def use(session: AsyncSession, token: str, purpose: str, moment: dt.datetime) -> Account:
    """Use it up. Raises Spent; of two at once one."""
    ticket, account = await find(session, token, purpose, moment)
    used = await session.exec(
        update(Ticket)
        .where(col(Ticket.token_hash) == ticket.token_hash, col(Ticket.used_at).is_(None))
        .values(used_at=moment)
    )
    if not used.rowcount:
        raise Spent
    return account


async def forget(session: AsyncSession, moment: dt.datetime) -> None:
    """Delete those that were used or are over (RET-10)."""
    await session.exec(delete(Ticket).where(or_(col(Ticket.used_at).is_not(None), col(Ticket.ends_at) <= moment)))
