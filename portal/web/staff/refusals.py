"""What the staff rooms say to those they do not let in."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import SQLAlchemyError

from locales.languages import LANGUAGES
from portal.access import Forbidden
from portal.accounts.tries import TooManyTries
from portal.i18n import N_, gettext
from portal.web.staff.door import Forged, Here, SignedOut, Stale, signed_in
from portal.web.staff.pages import staff_page

FORBIDDEN = N_("You may not open this. Ask the administrator of your organisation if you need it.")
FORGED = N_(
    "This form is too old or came from another site. Nothing was changed. Please go back, reload the page and send it again."
)
STALE = N_("Please confirm your password first: this changes how you sign in.")
TOO_MANY = N_("Too many tries. Please wait and try again in {minutes} minutes.")
MISSING = N_("This does not exist, or it belongs to somebody else.")


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


def install(app: FastAPI) -> None:
    @app.exception_handler(SignedOut)
    async def _(request: Request, _error: SignedOut) -> Any:
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        if (
            request.method == "GET"
            and "hx-request" not in request.headers
            and "text/html" in request.headers.get("accept", "text/html")
        ):
            return RedirectResponse(f"{request.scope.get('root_path', '')}/staff/sign-in?next={quote(path)}", 303)
        headers = {"hx-redirect": f"{request.scope.get('root_path', '')}/staff/sign-in", "cache-control": "no-store"}
        return JSONResponse({"error": "signed_out"}, 401, headers=headers)

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
        message = gettext(TOO_MANY).format(minutes=math.ceil(error.seconds / 60))
        here = await who(request)
        answer = staff_page(request, "staff/refused.html", here, 429, message=message)
        answer.headers["retry-after"] = str(error.seconds)
        return answer
