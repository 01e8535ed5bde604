"""From a link to a password: invitations accepted, forgotten passwords replaced."""

from __future__ import annotations

import datetime as dt

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts import sessions, tickets, tries
from portal.accounts.auditing import note
from portal.accounts.models import Account
from portal.i18n import N_, gettext, speaking
from portal.mail import notices, outbox

STOPPED = N_("Your sign-in was stopped")
SOMEBODY = N_(
    "Somebody began to sign in as you, and the second step was wrong too often. It is stopped for now. If it was not you, "
    "somebody knows your password: choose a new one with this link. After that you can sign in again at once."
)


async def by_email(session: AsyncSession, email: str) -> Account | None:
    """Whose address it is, whatever the account's status."""
    return (await session.exec(select(Account).where(Account.email == email.strip().lower()[:254]))).first()


async def active(session: AsyncSession, account_id: int) -> Account | None:
    """The account, locked, if it may be used at this moment."""
    query = select(Account).where(col(Account.id) == account_id, Account.status == "active").with_for_update()
    return (await session.exec(query)).first()


async def accept(session: AsyncSession, token: str, password_hash: str, moment: dt.datetime) -> Account:
    """Use an invitation: the account has a password and is active. Raises Spent."""
    account = await tickets.use(session, token, "invitation", moment)
    account.password_hash, account.status = password_hash, "active"
    session.add(account)
    await note(session, account, "invitation_used", f"account:{account.id}")
    return account


async def ask_reset(session: AsyncSession, account: Account | None, moment: dt.datetime, address: str) -> None:
    """A link by mail, where there is an account; nobody who asks learns whether (SEC-A07)."""
    if account is None or account.status != "active" or account.demo:
        return
    token = await tickets.issue(session, account, "reset", moment)
    link = f"/staff/reset/{token}"
    await notices.notify(session, "reset", [account], key=tickets.hashed(token)[:16], link=link, address=address)
    await note(session, account, "reset_asked", f"account:{account.id}")


async def reset(
    session: AsyncSession, token: str, password_hash: str, moment: dt.datetime, address: str
) -> Account:  # fmt: skip
    """Use a reset: all sign-ins end, nobody is signed in by it, the person is told (SEC-A09). Raises Spent."""
    account = await tickets.use(session, token, "reset", moment)
    await set_password(session, account, password_hash, moment, address)
    await note(session, account, "reset_done", f"account:{account.id}")
    return account


async def stop(session: AsyncSession, account: Account, moment: dt.datetime, address: str) -> None:
    """The second step was wrong too often: what the password began ends, the owner is told, once a day."""
    assert account.id is not None
    await sessions.end_half(session, account.id)
    await note(session, account, "second_factor", result="stopped")
    with speaking(account.language) as language:
        subject, body = gettext(STOPPED), f"{gettext(SOMEBODY)}\n\n{address}/{language.tag}/staff/reset\n"
    await outbox.post(
        session, key=f"second_factor:{moment.date()}:{account.id}", to=account.email, language=language.tag,
        subject=subject, body=body, account_id=account.id,
    )  # fmt: skip


async def set_password(
    session: AsyncSession, account: Account, password_hash: str, moment: dt.datetime, address: str, but: str = ""
) -> None:  # fmt: skip
    """Another password; the other sign-ins and open links end, the person is told. Who guessed codes knew the old one."""
    assert account.id is not None
    tries.forget(tries.SECOND, "second", str(account.id))
    account.password_hash = password_hash
    session.add(account)
    await sessions.end_all(session, account.id, but)
    await tickets.revoke(session, account.id, "reset")
    await notices.notify(
        session, "password_changed", [account], key=moment.isoformat(), link="/staff/reset", address=address
    )
