"""Sign-ins on the server: begun with a password, full with the second factor, ended by their owner or for them."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

import pyotp
from sqlalchemy import ColumnElement
from sqlmodel import and_, col, delete, not_, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account, SignIn
from portal.chat.service import hashed
from portal.chat.text import clean

IDLE = dt.timedelta(minutes=30)
LONGEST = dt.timedelta(hours=10)
HALF = dt.timedelta(minutes=15)  # to come with the second factor after the first
FRESH = dt.timedelta(minutes=10)  # a sign-in that may change factors and passwords (SEC-A18)


def lasting(moment: dt.datetime) -> ColumnElement[bool]:
    """Sign-ins that are not over (SEC-A15)."""
    half = or_(col(SignIn.stage) == "full", col(SignIn.made_at) > moment - HALF)
    return and_(half, col(SignIn.seen_at) >= moment - IDLE, col(SignIn.made_at) >= moment - LONGEST)


def challenged() -> str:
    """What a sign-in may prove next: a secret for a new authenticator app, and a question to a passkey; each used once."""
    return f"{pyotp.random_base32()}.{secrets.token_urlsafe(32)}"


async def begin(
    session: AsyncSession, account: Account, moment: dt.datetime, *, stage: str = "password", browser: str = ""
) -> tuple[SignIn, str]:
    """A new sign-in and its token, which is told once (256 random bits; only its hash is stored)."""
    assert account.id is not None
    token = secrets.token_urlsafe(32)
    sign_in = SignIn(
        token_hash=hashed(token), account_id=account.id, stage=stage, csrf=secrets.token_urlsafe(32), made_at=moment,
        seen_at=moment, fresh_at=moment, browser=clean(browser)[:120], challenge=challenged(),
    )  # fmt: skip
    session.add(sign_in)
    return sign_in, token


async def promote(
    session: AsyncSession, sign_in: SignIn, account: Account, moment: dt.datetime
) -> tuple[SignIn, str]:  # fmt: skip
    """The second factor is proved: another token, the old one is worth nothing (SEC-A12). Raises LookupError if it ended."""
    gone = await session.exec(delete(SignIn).where(col(SignIn.token_hash) == sign_in.token_hash))
    if not gone.rowcount:
        raise LookupError
    account.seen_at = moment
    session.add(account)
    return await begin(session, account, moment, stage="full", browser=sign_in.browser)


async def half(session: AsyncSession, token: str, moment: dt.datetime) -> tuple[SignIn, Account] | None:
    """Who gave a password and owes the second factor."""
    query = (
        select(SignIn, Account)
        .join(Account, col(Account.id) == col(SignIn.account_id))
        .where(
            SignIn.token_hash == hashed(token),
            SignIn.stage == "password",
            Account.status == "active",
            lasting(moment),
        )  # fmt: skip
    )
    return (await session.exec(query)).first()


async def end_half(session: AsyncSession, account_id: int) -> None:
    """Who owes the second factor begins anew, with the password."""
    await session.exec(delete(SignIn).where(col(SignIn.account_id) == account_id, col(SignIn.stage) == "password"))


async def rechallenge(session: AsyncSession, sign_in: SignIn) -> None:
    """What was asked was answered, rightly or not: the next question is a new one."""
    sign_in.challenge = challenged()
    values = {"challenge": sign_in.challenge}
    await session.exec(update(SignIn).where(col(SignIn.token_hash) == sign_in.token_hash).values(**values))


async def refresh(session: AsyncSession, sign_in: SignIn, moment: dt.datetime) -> None:
    """The password was given again."""
    values = {"fresh_at": moment, "challenge": challenged()}
    await session.exec(update(SignIn).where(col(SignIn.token_hash) == sign_in.token_hash).values(**values))


def fresh(sign_in: SignIn, moment: dt.datetime) -> bool:
    return moment - sign_in.fresh_at <= FRESH


async def of(session: AsyncSession, account_id: int, moment: dt.datetime) -> Sequence[SignIn]:
    """An account's sign-ins that are not over, newest first."""
    query = select(SignIn).where(SignIn.account_id == account_id, SignIn.stage == "full", lasting(moment))
    return (await session.exec(query.order_by(col(SignIn.seen_at).desc()))).all()


async def end(session: AsyncSession, account_id: int, token_hash: str) -> None:
    """End one's own sign-in. Raises LookupError for another one's."""
    query = delete(SignIn).where(col(SignIn.account_id) == account_id, col(SignIn.token_hash) == token_hash)
    if not (await session.exec(query)).rowcount:
        raise LookupError


async def end_all(session: AsyncSession, account_id: int, but: str = "") -> None:
    """End all sign-ins of an account, but one."""
    query = delete(SignIn).where(col(SignIn.account_id) == account_id, col(SignIn.token_hash) != but)
    await session.exec(query)


async def forget(session: AsyncSession, moment: dt.datetime) -> None:
    """Delete those that are over."""
    await session.exec(delete(SignIn).where(not_(lasting(moment))))
