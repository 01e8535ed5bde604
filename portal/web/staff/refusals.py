"""What the staff rooms say to those they do not let in."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from portal.access import Forbidden
from portal.i18n import N_, gettext
from portal.web.staff.door import Forged, SignedOut
from portal.web.staff.pages import staff_page

FORBIDDEN = N_("You may not open this. Ask the administrator of your organisation if you need it.")
FORGED = N_(
    "This form is too old or came from another site. Nothing was changed. Please go back, reload the page and send it again."
)
MISSING = N_("This does not exist, or it belongs to somebody else.")


def install(app: FastAPI) -> None:
    @app.exception_handler(SignedOut)
    async def _(request: Request, _error: SignedOut) -> Any:
        path = request.scope["path"]
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
        return staff_page(
            request, "staff/refused.html", getattr(request.state, "here", None), 403, message=gettext(FORBIDDEN)
        )

    @app.exception_handler(Forged)
    async def _(request: Request, _error: Forged) -> Response:
        return staff_page(request, "staff/refused.html", None, 403, message=gettext(FORGED))
