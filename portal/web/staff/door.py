"""The door of the staff rooms: who comes in, with which right; and that a form was sent by the desk itself.

A route says `here: Annotated[Here, may("chats.read")]`. Sign-ins are on the server (`SignIn`); idle after 30 minutes, over after
10 hours (SEC-A15). A POST needs the sign-in's token as form field or header `x-csrf`, and no foreign origin (SEC-A20).

Two things come of a request: the sign-in was used, unless a script of the page asked by itself (header `x-live`); and the desk of
the account is alive, which keeps its chats (FLT-20).
"""

from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import Depends, Request
from sqlalchemy import bindparam
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal import access
from portal.accounts.models import Account, Organisation, SignIn
from portal.accounts.sessions import IDLE, LONGEST
from portal.chat.service import hashed
from portal.clock import now
from portal.handover import service

log = structlog.get_logger("door")
COOKIE = "wegweiser_staff"
USED = dt.timedelta(minutes=1)  # between two times that the use of a sign-in is written down
ALIVE = dt.timedelta(seconds=25)  # between two signs of life of a desk; its stream gives one more often
LIVE = "x-live"  # header of what a page asks by itself, without anybody doing something
SAFE = ("GET", "HEAD", "OPTIONS")


class SignedOut(Exception):
    """Nobody is signed in here (any more)."""


class Forged(Exception):
    """A form that did not come from the desk."""


class Stale(Exception):
    """Signed in, but the password must be given again for this (SEC-A18)."""


@dataclass(frozen=True)
class Here:
    """Who is here. `account` and `organisation` as they were when the request came in."""

    account: Account
    organisation: Organisation
    sign_in: SignIn

    @property
    def id(self) -> int:
        assert self.account.id is not None
        return self.account.id

    def may(self, right: str) -> bool:
        return access.may(self.account, right)


WHO = (  # made once: each request of the desk asks
    select(SignIn, Account, Organisation)
    .join(Account, col(Account.id) == col(SignIn.account_id))
    .join(Organisation, col(Organisation.id) == col(Account.organisation_id))
    .where(SignIn.token_hash == bindparam("token"))
)


def good(sign_in: SignIn, account: Account, organisation: Organisation, moment: dt.datetime) -> bool:
    """Does a sign-in let somebody in?"""
    return (
        account.status == "active" and sign_in.stage == "full" and organisation.active
        and moment - sign_in.seen_at <= IDLE and moment - sign_in.made_at <= LONGEST
    )  # fmt: skip


async def signed_in(request: Request) -> Here:
    """The one who is signed in, with both factors. Raises SignedOut."""
    token = request.cookies.get(cookie_name(request), "")
    if not token:
        raise SignedOut
    async with request.app.state.database.look() as session:
        row = (await session.exec(WHO, params={"token": hashed(token)})).first()
    if row is None:
        raise SignedOut
    sign_in, account, organisation = row
    moment = now()
    if not good(sign_in, account, organisation, moment):
        raise SignedOut
    here = Here(account, organisation, sign_in)
    await signs(request, here, moment)
    return here


async def signs(request: Request, here: Here, moment: dt.datetime) -> None:
    """Write down, now and then, that the sign-in is used, and that the desk is alive."""
    live = LIVE in request.headers or request.url.path.endswith("/events")
    used = not live and moment - here.sign_in.seen_at > USED
    seen = here.account.seen_at
    alive = here.may("chats.write") and (seen is None or moment - seen > ALIVE)
    if not used and not alive:
        return
    try:
        async with request.app.state.database.write() as session:
            if used:
                own = col(SignIn.token_hash) == here.sign_in.token_hash
                await session.exec(update(SignIn).where(own).values(seen_at=moment))
            if alive:
                await service.touch(session, here.id, moment, live=live)
            await session.commit()
    except OperationalError as error:  # reading goes on where nothing can be written (FLT-11)
        log.warning("sign_not_kept", kind=type(error).__name__)


def cookie_name(request: Request) -> str:
    """`__Host-` where the portal is reached by https."""
    return f"__Host-{COOKIE}" if request.app.state.settings.address.startswith("https://") else COOKIE


async def still_in(request: Request, here: Here) -> bool:
    """Is this sign-in still good, and may they still read chats? Open streams ask every few seconds (SEC-A16, SEC-A17)."""
    async with request.app.state.database.look() as session:
        row = (await session.exec(WHO, params={"token": here.sign_in.token_hash})).first()
    return row is not None and good(row[0], row[1], row[2], now()) and access.may(row[1], "chats.read")


async def confirmed(session: AsyncSession, here: Here, right: str) -> Account:
    """The one who is here, looked up again within the transaction that acts (SEC-B11). Raises SignedOut, Forbidden."""
    query = select(Account).where(col(Account.id) == here.id).with_for_update(key_share=True)
    account = (await session.exec(query.execution_options(populate_existing=True))).first()
    if account is None or account.status != "active" or account.organisation_id != here.organisation.id:
        raise SignedOut
    if not access.may(account, right):
        raise access.Forbidden
    return account


def from_here(request: Request) -> None:
    """Raises Forged for a form of another site; all there is for forms of people who are not signed in (SEC-A20)."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = request.app.state.settings.address
    if site not in (None, "same-origin", "none") or (site is None and origin not in (None, own)):
        raise Forged


def read_from_here(request: Request) -> None:
    """Raises Forged where the script of another site reads, or listens (SEC-C01); a link of another site may lead here."""
    if request.headers.get("sec-fetch-mode") != "navigate":
        from_here(request)


async def guard(request: Request, csrf: str) -> None:
    """Raises Forged unless the form came from the desk itself."""
    from_here(request)
    given = request.headers.get("x-csrf", "")
    if not given:
        form: Any = await request.form()
        given = str(form.get("csrf", ""))
    if not hmac.compare_digest(given.encode(), csrf.encode()):
        await request.close()  # a file that came with it is not kept open
        raise Forged


def may(right: str) -> Any:
    """A dependency: who is here, if they have the right. Raises SignedOut, Forbidden, Forged."""
    assert right in access.rights(), right

    async def entered(request: Request) -> Here:
        here = await signed_in(request)
        if not here.may(right):
            raise access.Forbidden
        if request.method in SAFE:
            read_from_here(request)
        else:
            await guard(request, here.sign_in.csrf)
        request.state.here = here
        return here

    entered.right = right  # type: ignore[attr-defined]
    return Depends(entered)
