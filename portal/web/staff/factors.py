"""Staff: one's own second factor: app, passkeys, recovery codes. Only shortly after the password was given (SEC-A18)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts import factors, passkeys, proving, sessions, tries
from portal.accounts.auditing import note
from portal.accounts.models import Account, SignIn
from portal.clock import now
from portal.i18n import N_, gettext
from portal.mail import notices
from portal.web.staff.door import Here, Stale, confirmed, may
from portal.web.staff.entry import to
from portal.web.staff.pages import staff_page

router = APIRouter()
Own = Annotated[Here, may("own.write")]
Text = Annotated[str, Form(max_length=8000)]
LAST = N_("This is your only second factor. Add another one first.")


def fresh(here: Here) -> None:
    """Raises Stale, or HTTPException for demo people, who have no factors."""
    if here.account.demo:
        raise HTTPException(403)
    if not sessions.fresh(here.sign_in, now()):
        raise Stale


async def factors_page(request: Request, here: Here, status: int = 200, error: str = "") -> Response:
    address = request.app.state.settings.address
    async with request.app.state.database.read() as session:
        account = await session.get_one(Account, here.id)
        have = await factors.of(session, account)
        sign_in = await session.get(SignIn, here.sign_in.token_hash)
    secret, _, challenge = (sign_in.challenge if sign_in else "").partition(".")
    keys = passkeys.possible(address) and bool(challenge)
    options = passkeys.to_make(account, have.passkeys, challenge, address) if keys else ""
    picture = factors.picture(account, secret) if secret else ""
    return staff_page(
        request, "staff/account_factors.html", here, status, have=have, secret=secret, picture=picture, options=options,
        error=error,
    )  # fmt: skip


@router.get("/account/factors")
async def show(request: Request, here: Own) -> Response:
    fresh(here)
    return await factors_page(request, here)


async def tell(request: Request, session: AsyncSession, account: Account) -> None:
    await notices.notify(
        session, "factor_changed", [account], key=now().isoformat(), link="/staff/account",
        address=request.app.state.settings.address,
    )  # fmt: skip


@router.post("/account/factors")
async def add(
    request: Request, here: Own, how: Text = "", code: Text = "", credential: Text = "", name: Text = ""
) -> Response:  # fmt: skip
    """Another app in place of the one there is, or one more passkey."""
    fresh(here)
    tries.count(tries.FACTOR, "factor", str(here.id))
    moment, address = now(), request.app.state.settings.address
    async with request.app.state.database.write() as session:
        account = await confirmed(session, here, "own.write")
        sign_in = await session.get_one(SignIn, here.sign_in.token_hash)
        answer = proving.Answer(how, code, credential, name)
        error = await proving.enrol(session, sign_in, account, answer, address, moment)
        if not error:
            await tell(request, session, account)
        if not error or how == "key":
            await sessions.rechallenge(session, sign_in)
        await session.commit()
    if error:
        return await factors_page(request, here, 422, gettext(error))
    tries.forget(tries.FACTOR, "factor", str(here.id))
    return to(request, "/staff/account/factors")


@router.post("/account/factors/remove")
async def remove(request: Request, here: Own, which: Text = "") -> Response:
    """`which`: app, or a passkey's id. The last one stays."""
    fresh(here)
    async with request.app.state.database.write() as session:
        account = await confirmed(session, here, "own.write")
        have = await factors.of(session, account)
        if have.app + len(have.passkeys) < 2:
            await session.rollback()
            return await factors_page(request, here, 422, gettext(LAST))
        try:
            if which == "app":
                account.totp_secret, account.totp_last = "", 0
                session.add(account)
            else:
                await passkeys.remove(session, here.id, which)
        except LookupError:
            raise HTTPException(404) from None
        await note(session, here, "factor_removed", f"account:{here.id}")
        await tell(request, session, account)
        await session.commit()
    return to(request, "/staff/account/factors")


@router.post("/account/factors/codes")
async def codes(request: Request, here: Own) -> Response:
    """New recovery codes, shown once; the old ones are worth nothing."""
    fresh(here)
    async with request.app.state.database.write() as session:
        account = await confirmed(session, here, "own.write")
        new = await factors.new_codes(session, here.id)
        await note(session, here, "recovery_codes", f"account:{here.id}")
        await tell(request, session, account)
        await session.commit()
    return staff_page(request, "staff/setup_codes.html", here, codes=new, onward="account")
