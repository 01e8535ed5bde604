"""Staff: links of mails: invitations and forgotten passwords. Looking at one uses nothing up, the button does (mail scanners)."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from portal.accounts import entering, passwords, people, sessions, tickets, tries
from portal.accounts.models import Account
from portal.clock import now
from portal.i18n import gettext
from portal.templating import env
from portal.web.staff.door import from_here
from portal.web.staff.entry import address_of, browser_of, set_cookie, to
from portal.web.staff.pages import staff_page

router = APIRouter()
Text = Annotated[str, Form(max_length=8000)]
EVENLY = 0.3  # seconds an answer takes, whether there was a mail to write or not (SEC-A07)
env.globals |= {"passwords": passwords, "lasts": tickets.LASTS}  # lengths and times for forms and sentences


async def linked(request: Request, token: str, purpose: str) -> tuple[Account, str] | None:
    """Whose link it is, and their organisation's name; None for a spent one."""
    async with request.app.state.database.read() as session:
        try:
            _, account = await tickets.find(session, token, purpose, now())
        except tickets.Spent:
            return None
        return account, (await people.organisation_of(session, account)).name


def spent(request: Request, template: str) -> Response:
    return staff_page(request, template, None, 404, account=None, organisation="", error="", token="")


def weakness(password: str, again: str, account: Account, organisation: str) -> str:
    """What is wrong with a new password, or nothing."""
    if password != again:
        return gettext(passwords.DIFFERENT)
    try:
        passwords.check(password, account.name, account.shown_name, account.email, organisation)
    except passwords.Weak as weak:
        return weak.said()
    return ""


@router.get("/invitation/{token}")
async def invitation(request: Request, token: str) -> Response:
    found = await linked(request, token, "invitation")
    if found is None:
        return spent(request, "staff/invitation.html")
    account, organisation = found
    return staff_page(
        request, "staff/invitation.html", None, account=account, organisation=organisation, error="", token=token
    )


@router.post("/invitation/{token}")
async def accept(request: Request, token: str, password: Text = "", again: Text = "") -> Response:
    """A password; then the second factor is set up."""
    from_here(request)
    found = await linked(request, token, "invitation")
    if found is None:
        return spent(request, "staff/invitation.html")
    account, organisation = found
    error = weakness(password, again, account, organisation)
    if error:
        return staff_page(
            request, "staff/invitation.html", None, 422, account=account, organisation=organisation, error=error,
            token=token,
        )  # fmt: skip
    hash_ = await passwords.hashed(password)
    async with request.app.state.database.write() as session:
        try:
            account = await entering.accept(session, token, hash_, now())
        except tickets.Spent:
            return spent(request, "staff/invitation.html")
        _, cookie = await sessions.begin(session, account, now(), browser=browser_of(request))
        await session.commit()
    answer = to(request, "/staff/sign-in/second")
    set_cookie(request, answer, cookie)
    return answer


@router.get("/reset")
async def forgotten(request: Request) -> Response:
    return staff_page(request, "staff/reset.html", None, sent=False)


@router.post("/reset")
async def send(request: Request, email: Text = "") -> Response:
    """The same answer for every address (SEC-A07)."""
    from_here(request)
    tries.count(tries.RESET, "reset", address_of(request))
    email, start = email.strip().lower()[:254], time.monotonic()
    try:
        tries.count(tries.MAILS, "mails", email)
        async with request.app.state.database.write() as session:
            account = await entering.by_email(session, email)
            await entering.ask_reset(session, account, now(), request.app.state.settings.address)
            await session.commit()
    except tries.TooManyTries:
        pass  # the mailbox is spared; who asks is told nothing else
    await asyncio.sleep(max(0.0, start + EVENLY - time.monotonic()))
    return staff_page(request, "staff/reset.html", None, sent=True)


@router.get("/reset/{token}")
async def choose(request: Request, token: str) -> Response:
    found = await linked(request, token, "reset")
    if found is None:
        return spent(request, "staff/reset_password.html")
    return staff_page(
        request, "staff/reset_password.html", None, account=found[0], organisation="", error="", token=token
    )


@router.post("/reset/{token}")
async def reset(request: Request, token: str, password: Text = "", again: Text = "") -> Response:
    """Nobody is signed in by it; the second factor is still asked (SEC-A09)."""
    from_here(request)
    found = await linked(request, token, "reset")
    if found is None:
        return spent(request, "staff/reset_password.html")
    error = weakness(password, again, *found)
    if error:
        return staff_page(
            request, "staff/reset_password.html", None, 422, account=found[0], organisation="", error=error, token=token
        )
    hash_ = await passwords.hashed(password)
    async with request.app.state.database.write() as session:
        try:
            await entering.reset(session, token, hash_, now(), request.app.state.settings.address)
        except tickets.Spent:
            return spent(request, "staff/reset_password.html")
        await session.commit()
    return staff_page(request, "staff/reset_done.html", None)
