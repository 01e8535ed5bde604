"""What the staff rooms say to those they do not let in."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import SQLAlchemyError

from locales.languages import LANGUAGES
from portal.access import Forbidden
from portal.accounts.tries import TooManyTries
from portal.i18n import N_, gettext, written_period
from portal.web.staff.door import Forged, Here, SignedOut, Stale, from_here, signed_in
from portal.web.staff.entry import here_path, own_path
from portal.web.staff.pages import staff_page

FORBIDDEN = N_("You may not open this. Ask the administrator of your organisation if you need it.")
FORGED = N_(
    "This form is too old or came from another site. Nothing was changed. Please go back, reload the page and send it again."
)
STALE = N_("Please confirm your password first: this changes how you sign in.")
TOO_MANY = N_("Too many tries. Please try again in {time}.")
MISSING = N_("This does not exist, or it belongs to somebody else.")
OVER = N_("You were signed out in the meantime, so nothing was stored. Please sign in and send it again.")
NOT_FOR_DEMO = N_("This is not possible here. Demo accounts have no password and no second step.")
WRONG_ADDRESS = N_(
    "Something in this address or form was not understood. Nothing was changed. Please go back and try again."
)
TOO_FAST = N_("That was too fast. Please wait a moment and try again.")
TOO_BIG = N_("This is too large to be sent.")
CHANGED = N_("This has changed in the meantime. Please go back, reload the page and try again.")
FAILED = N_("Something went wrong here. Please try again; what you had stored is still there.")
BY_STATUS = {
    403: FORBIDDEN,
    404: MISSING,
    409: CHANGED,
    413: TOO_BIG,
    422: WRONG_ADDRESS,
    429: TOO_FAST,
    500: FAILED,
    503: FAILED,
}
SECRET = {"csrf", "password", "again", "current", "code", "credential"}  # fields that no page shows again
CHOICE = re.compile(r"[\w.:/-]*", re.ASCII)  # ids, choices and figures of a form: nothing that somebody must write anew


def in_staff(request: Request) -> bool:
    """Is it a page of the staff rooms?"""
    first, _, rest = str(request.scope["path"]).lstrip("/").partition("/")
    return "staff" in (first, rest.split("/")[0]) and (first == "staff" or first in LANGUAGES)


async def who(request: Request) -> Here | None:
    """Who is signed in, for the menu beside a refusal."""
    here = getattr(request.state, "here", None)
    if here is not None:
        return here
    try:
        return await signed_in(request)
    except (SignedOut, SQLAlchemyError):
        return None


async def refused(request: Request, status: int) -> Response:
    """An error in the layout of the staff rooms."""
    here = await who(request)
    text = NOT_FOR_DEMO if status == 403 and here and here.account.demo else BY_STATUS.get(status, WRONG_ADDRESS)
    return staff_page(request, "staff/refused.html", here, status, message=gettext(text))


async def written(request: Request) -> list[str]:
    """What somebody wrote into the fields of a form of ours."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return []
    try:
        from_here(request)
    except Forged:  # another site's words do not stand on our pages
        return []
    form = await request.form()
    texts = (text for name, text in form.multi_items() if isinstance(text, str) and name not in SECRET)
    return [text for text in texts if not CHOICE.fullmatch(text.strip())]


async def too_late(request: Request) -> Response:
    """A form of somebody whose sign-in is over: what they wrote, to be copied, and the way back to where they wrote it."""
    root = request.scope.get("root_path", "")
    before = own_path(request, urlsplit(request.headers.get("referer", "")).path.removeprefix(root))
    return staff_page(
        request, "staff/refused.html", None, 401, message=gettext(OVER), written=await written(request),
        sign_in=here_path(request, f"/staff/sign-in?next={quote(before)}"),
    )  # fmt: skip


def install(app: FastAPI) -> None:
    @app.exception_handler(SignedOut)
    async def _(request: Request, _error: SignedOut) -> Any:
        sign_in = here_path(request, "/staff/sign-in")
        if "hx-request" in request.headers or "text/html" not in request.headers.get("accept", "text/html"):
            headers = {"hx-redirect": sign_in, "cache-control": "no-store"}
            return JSONResponse({"error": "signed_out"}, 401, headers=headers)
        if request.method != "GET":
            return await too_late(request)
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        return RedirectResponse(f"{sign_in}?next={quote(path)}", 303)

    @app.exception_handler(Forbidden)
    async def _(request: Request, _error: Forbidden) -> Response:
        return staff_page(request, "staff/refused.html", await who(request), 403, message=gettext(FORBIDDEN))

    @app.exception_handler(Forged)
    async def _(request: Request, _error: Forged) -> Response:
        # It may be another site that reads this: no word of who is signed in (SEC-C01).
        return staff_page(request, "staff/refused.html", None, 403, message=gettext(FORGED))

    @app.exception_handler(Stale)
    async def _(request: Request, _error: Stale) -> Response:
        here = await who(request)
        return staff_page(request, "staff/refused.html", here, 403, message=gettext(STALE), confirm=True)

    @app.exception_handler(TooManyTries)
    async def _(request: Request, error: TooManyTries) -> Response:
        message = gettext(TOO_MANY).format(time=written_period(dt.timedelta(seconds=error.seconds)))
        here = await who(request)
        answer = staff_page(request, "staff/refused.html", here, 429, message=message)
        answer.headers["retry-after"] = str(error.seconds)
        return answer
