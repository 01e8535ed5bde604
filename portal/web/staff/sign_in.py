"""Staff: signing in with both factors, and out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from portal import access
from portal.accounts import demo, entering, factors, oidc, passkeys, passwords, sessions, tries
from portal.accounts.auditing import note
from portal.accounts.models import Account, SignIn
from portal.accounts.proving import Answer
from portal.accounts.proving import second as second_factor
from portal.clock import now
from portal.i18n import N_, gettext
from portal.web.staff import links, sign_on
from portal.web.staff.door import Here, SignedOut, cookie_name, from_here, guard, may, signed_in
from portal.web.staff.entry import (
    address_of,
    beginning,
    browser_of,
    here_path,
    landing,
    own_path,
    set_cookie,
    to,
)  # fmt: skip
from portal.web.staff.forms import MOST
from portal.web.staff.pages import staff_page

router = APIRouter(prefix="/staff", include_in_schema=False)
WRONG = N_("E-mail address and password do not fit together.")
Text = Annotated[str, Form(max_length=8000)]


@router.get("")
async def start(request: Request, here: Annotated[Here, may("own.write")]) -> Response:
    return to(request, beginning(here.account))


@router.get("/sign-in")
async def show(request: Request, next: str = "") -> Response:
    """The form. Somebody who followed a link of a mail comes without the strict cookie: asked once more, it is sent."""
    if request.headers.get("sec-fetch-site") == "cross-site" and next:
        again = here_path(request, own_path(request, next))
        return staff_page(request, "staff/sign_in_again.html", None, again=again)
    try:
        here = await signed_in(request)
    except SignedOut:
        return await form(request, next)
    return RedirectResponse(landing(request, here.account, next), 303)


async def form(request: Request, next: str, email: str = "", error: str = "", status: int = 200) -> Response:
    settings, people = request.app.state.settings, []
    if settings.demonstrating:
        async with request.app.state.database.read() as session:
            people = await demo.everybody(session)
    return staff_page(
        request, "staff/sign_in.html", None, status, next=own_path(request, next), email=email, error=error,
        people=people, provider=oidc.possible(settings),
    )  # fmt: skip


@router.post("/sign-in")
async def enter(request: Request, email: Text = "", password: Text = "", next: Text = "") -> Response:
    """First factor: the right one leads to the second (SEC-A05)."""
    from_here(request)
    email, address = email.strip().lower()[:254], address_of(request)
    tries.count(tries.ADDRESS, "address", address)
    tries.count(tries.PASSWORD, "password", email, address)
    database = request.app.state.database
    async with database.look() as session:
        account = await entering.by_email(session, email)
    right = await passwords.fits(password, account.password_hash if account else "")
    async with database.write() as session:
        active = await entering.active(session, account.id) if account and account.id else None
        if active is None or not right or account is None or active.password_hash != account.password_hash:
            await note(session, account, "sign_in", result="failed")
            await session.commit()
            return await form(request, next, email, gettext(WRONG), 401)
        _, token = await sessions.begin(session, active, now(), browser=browser_of(request))
        await note(session, active, "sign_in", "password")
        await session.commit()
    tries.forget(tries.PASSWORD, "password", email, address)
    answer = to(request, f"/staff/sign-in/second?next={own_path(request, next)}")
    set_cookie(request, answer, token)
    return answer


async def half(request: Request) -> tuple[SignIn, Account, factors.Factors]:
    """Who owes the second factor, and what they have. Raises SignedOut."""
    async with request.app.state.database.read() as session:
        found = await sessions.half(session, request.cookies.get(cookie_name(request), ""), now())
        if found is None:
            raise SignedOut
        return *found, await factors.of(session, found[1])


async def second_page(
    request: Request, sign_in: SignIn, account: Account, have: factors.Factors, next: str, error: str = ""
) -> Response:
    """The question for the second factor, or its first setting up."""
    address = request.app.state.settings.address
    keys = passkeys.possible(address)
    values: dict[str, Any] = {"csrf": sign_in.csrf, "next": own_path(request, next), "error": error, "have": have}
    secret, _, challenge = sign_in.challenge.partition(".")
    if have.any:
        options = passkeys.to_prove(have.passkeys, challenge, address) if keys and have.passkeys else ""
        return staff_page(request, "staff/factor.html", None, 401 if error else 200, options=options, **values)
    options = passkeys.to_make(account, [], challenge, address) if keys else ""
    picture = factors.picture(account, secret)
    return staff_page(
        request, "staff/setup.html", None, 422 if error else 200, options=options, secret=secret, picture=picture,
        **values,
    )  # fmt: skip


@router.get("/sign-in/second")
async def second(request: Request, next: str = "") -> Response:
    return await second_page(request, *await half(request), next)


@router.post("/sign-in/second")
async def prove(
    request: Request, how: Text = "", code: Text = "", credential: Text = "", next: Text = ""
) -> Response:  # fmt: skip
    """Second factor: a code of the app, a recovery code or a passkey; without any yet, the first is set up."""
    sign_in, account, have = await half(request)
    await guard(request, sign_in.csrf)
    answer, moment, database = Answer(how, code, credential), now(), request.app.state.database
    try:
        tries.count(tries.SECOND, "second", str(account.id))
    except tries.TooManyTries:
        async with database.write() as session:
            await entering.stop(session, account, moment, request.app.state.settings.address)
            await session.commit()
        raise
    async with database.write() as session:
        still = await sessions.half(session, request.cookies.get(cookie_name(request), ""), moment)
        if still is None:
            raise SignedOut
        sign_in, account = still
        proved = await second_factor(session, *still, answer, request.app.state.settings.address, moment)
        await session.commit()
    if proved.error:
        return await second_page(request, sign_in, account, have, next, gettext(proved.error))
    tries.forget(tries.SECOND, "second", str(account.id))
    way = landing(request, account, next)
    entered: Response = RedirectResponse(way, 303, headers={"cache-control": "no-store"})
    if proved.codes:
        entered = staff_page(request, "staff/setup_codes.html", None, codes=proved.codes, onward=way)
    set_cookie(request, entered, proved.token)
    return entered


@router.post("/sign-in/demo")
async def enter_demo(request: Request, account: Annotated[int, Form(ge=1, le=MOST)], next: Text = "") -> Response:
    """As one of the demo people, without a password; only where there is a demo."""
    from_here(request)
    if not request.app.state.settings.demonstrating:
        raise HTTPException(404)
    async with request.app.state.database.write() as session:
        person = await entering.active(session, account)
        if person is None or not person.demo:
            raise HTTPException(404)
        person.on_duty = access.may(person, "chats.write")
        person.seen_at = now()
        session.add(person)
        _, token = await sessions.begin(session, person, now(), stage="full", browser=browser_of(request))
        await note(session, person, "sign_in", "demo")
        await session.commit()
    request.app.state.bus.wake(f"org:{person.organisation_id}")
    answer = to(request, own_path(request, next))
    set_cookie(request, answer, token)
    return answer


@router.post("/sign-out")
async def leave(request: Request, here: Annotated[Here, may("own.write")]) -> Response:
    """The sign-in ends at once; the browser forgets the pages (SEC-A16)."""
    async with request.app.state.database.write() as session:
        await sessions.end(session, here.id, here.sign_in.token_hash)
        if here.account.demo and not await sessions.of(session, here.id, now()):
            account = await session.get_one(Account, here.id)
            account.on_duty = False
            session.add(account)
        await note(session, here, "sign_out")
        await session.commit()
    request.app.state.bus.wake(f"org:{here.organisation.id}")
    answer = to(request, "/staff/sign-in")
    answer.headers["clear-site-data"] = '"cache"'
    secure = cookie_name(request).startswith("__Host-")
    answer.delete_cookie(cookie_name(request), path="/", secure=secure, httponly=True, samesite="strict")
    return answer


router.include_router(links.router)
router.include_router(sign_on.router)
