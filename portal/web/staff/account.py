"""Staff: one's own account: shown name, languages, duty, notices, password, sessions. The second factor: factors.py."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from locales.languages import LANGUAGES
from portal.accounts import entering, passwords, sessions, tries
from portal.accounts import factors as second_factors
from portal.accounts.auditing import note
from portal.accounts.browsers import described
from portal.accounts.models import Account
from portal.chat.text import clean
from portal.clock import now
from portal.i18n import N_, gettext
from portal.mail.notices import NOTICES
from portal.web.staff import factors
from portal.web.staff.door import Here, confirmed, may
from portal.web.staff.entry import address_of, to
from portal.web.staff.links import weakness
from portal.web.staff.pages import staff_page

router = APIRouter(prefix="/staff", include_in_schema=False)
Own = Annotated[Here, may("own.write")]
Text = Annotated[str, Form(max_length=8000)]
WRONG = N_("This is not your password.")
NO_NAME = N_("Enter a name that visitors may read.")
NO_LANGUAGE = N_("Choose at least one language.")
CHOSEN = [kind for kind, notice in NOTICES.items() if not notice.always]
DESK = [language for language in LANGUAGES.values() if language.ui]


async def own_page(request: Request, here: Here, status: int = 200, **more: Any) -> Response:
    async with request.app.state.database.read() as session:
        account = await session.get_one(Account, here.id)
        have = await second_factors.of(session, account)
        signed = await sessions.of(session, here.id, now())
    typed = {
        "shown_name": account.shown_name, "language": account.language, "languages": account.languages,
        "on_duty": account.on_duty, "notices": [kind for kind in CHOSEN if account.notices.get(kind) is not False],
    }  # fmt: skip
    kinds = {kind: gettext(NOTICES[kind].name) for kind in CHOSEN}
    values = {"typed": typed, "errors": {}, "kinds": kinds, "desk": DESK, "spoken": list(LANGUAGES.values())}
    return staff_page(
        request, "staff/account.html", here, status, have=have, signed=signed, described=described,
        duty=here.may("chats.write"), **{**values, **more},
    )  # fmt: skip


@router.get("/account")
async def show(request: Request, here: Own) -> Response:
    return await own_page(request, here)


def read(form: FormData) -> tuple[dict[str, Any], dict[str, str]]:
    """What was typed, and what is wrong by field."""
    typed = {
        "shown_name": clean(str(form.get("shown_name", "")))[:60], "language": str(form.get("language", "")),
        "languages": [tag for tag in LANGUAGES if tag in form.getlist("languages")], "on_duty": "on_duty" in form,
        "notices": [kind for kind in CHOSEN if kind in form.getlist("notices")],
    }  # fmt: skip
    errors = {}
    if not typed["shown_name"]:
        errors["shown_name"] = gettext(NO_NAME)
    if not typed["languages"]:
        errors["languages"] = gettext(NO_LANGUAGE)
    if typed["language"] not in [language.tag for language in DESK]:
        errors["language"] = gettext(NO_LANGUAGE)
    return typed, errors


@router.post("/account")
async def save(request: Request, here: Own) -> Response:
    typed, errors = read(await request.form())
    if errors:
        return await own_page(request, here, 422, typed=typed, errors=errors)
    async with request.app.state.database.write() as session:
        account = await confirmed(session, here, "own.write")
        account.shown_name, account.language = typed["shown_name"], typed["language"]
        account.languages = typed["languages"]
        account.notices = {kind: False for kind in CHOSEN if kind not in typed["notices"]}
        if here.may("chats.write"):
            account.on_duty = typed["on_duty"]
        session.add(account)
        await note(session, here, "own_changed", f"account:{here.id}")
        await session.commit()
    request.app.state.bus.wake(f"org:{here.organisation.id}")
    return to(request, "/staff/account?done=saved")


@router.post("/account/password")
async def password(request: Request, here: Own, current: Text = "", password: Text = "", again: Text = "") -> Response:
    """The other sign-ins end; a mail tells of it."""
    tries.count(tries.PASSWORD, "confirm", str(here.id), address_of(request))
    if not await passwords.fits(current, here.account.password_hash):
        return await own_page(request, here, 422, errors={"current": gettext(WRONG)})
    error = weakness(password, again, here.account, here.organisation.name)
    if error:
        return await own_page(request, here, 422, errors={"password": error})
    hash_ = await passwords.hashed(password)
    async with request.app.state.database.write() as session:
        account = await confirmed(session, here, "own.write")
        address = request.app.state.settings.address
        await entering.set_password(session, account, hash_, now(), address, but=here.sign_in.token_hash)
        await note(session, here, "password_changed", f"account:{here.id}")
        await session.commit()
    return to(request, "/staff/account?done=saved")


@router.get("/account/confirm")
async def ask(request: Request, here: Own) -> Response:
    return staff_page(request, "staff/account_confirm.html", here, error="", fresh=sessions.FRESH)


@router.post("/account/confirm")
async def confirm(request: Request, here: Own, password: Text = "") -> Response:
    """The password again: for a while factors may be changed (SEC-A18)."""
    tries.count(tries.PASSWORD, "confirm", str(here.id), address_of(request))
    right = await passwords.fits(password, here.account.password_hash)
    async with request.app.state.database.write() as session:
        if right:
            await sessions.refresh(session, here.sign_in, now())
        await note(session, here, "password_confirmed", result="ok" if right else "failed")
        await session.commit()
    if not right:
        return staff_page(request, "staff/account_confirm.html", here, 422, error=gettext(WRONG), fresh=sessions.FRESH)
    tries.forget(tries.PASSWORD, "confirm", str(here.id), address_of(request))
    return to(request, "/staff/account/factors")


@router.post("/account/sessions")
async def end(request: Request, here: Own, which: Text = "") -> Response:
    """End one of one's own sign-ins, or all others."""
    async with request.app.state.database.write() as session:
        try:
            if which == "others":
                await sessions.end_all(session, here.id, here.sign_in.token_hash)
            else:
                await sessions.end(session, here.id, which)
        except LookupError:
            raise HTTPException(404) from None
        await note(session, here, "session_ended", f"account:{here.id}")
        await session.commit()
    return to(request, "/staff/account?done=session_ended")


router.include_router(factors.router)
