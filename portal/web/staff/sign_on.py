"""Staff: signing in at the organisation's own provider, where one is set (OIDC)."""

from __future__ import annotations

import hmac

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from portal.accounts import oidc, sessions, tries
from portal.accounts.auditing import note
from portal.clock import now
from portal.i18n import N_, gettext
from portal.web.staff.door import cookie_name
from portal.web.staff.entry import address_of, browser_of, here_path, landing, set_cookie
from portal.web.staff.pages import staff_page

router = APIRouter()
NOT_REACHED = N_("The sign-in of your organisation does not answer. Please try again later, or use your password.")
NOT_KNOWN = N_("Your organisation's sign-in does not know an account here. Ask your administrator for an invitation.")
NOT_PROVED = N_("The sign-in at your organisation was not completed. Please try again.")


def hop(request: Request) -> str:
    """The cookie that remembers the way back; Lax, for the provider's page leads here."""
    return cookie_name(request) + "_oidc"


def refused(request: Request, message: str, status: int) -> Response:
    answer = staff_page(request, "staff/refused.html", None, status, message=gettext(message))
    answer.delete_cookie(hop(request), path="/", secure=hop(request).startswith("__Host-"))
    return answer


@router.get("/sign-in/oidc")
async def go(request: Request) -> Response:
    settings = request.app.state.settings
    if not oidc.possible(settings):
        raise HTTPException(404)
    tries.count(tries.PROVIDER, "there", address_of(request))
    try:
        url, kept = await oidc.begin(settings)
    except oidc.Failed:
        return refused(request, NOT_REACHED, 502)
    answer = RedirectResponse(url, 303, headers={"cache-control": "no-store"})
    secure = hop(request).startswith("__Host-")
    answer.set_cookie(hop(request), oidc.packed(kept), 600, httponly=True, samesite="lax", secure=secure, path="/")
    return answer


@router.get("/sign-in/oidc/back")
async def back(request: Request, code: str = "", state: str = "") -> Response:
    """An account that exists is signed in; without two factors there, the second is asked here."""
    settings = request.app.state.settings
    if not oidc.possible(settings):
        raise HTTPException(404)
    tries.count(tries.PROVIDER, "back", address_of(request))
    try:
        kept = oidc.unpacked(request.cookies.get(hop(request), ""))
        if not code or not hmac.compare_digest(kept["state"].encode(), state.encode()):
            raise oidc.Failed
        known = await oidc.finish(settings, kept, code)
    except oidc.Failed:
        return refused(request, NOT_PROVED, 401)
    async with request.app.state.database.write() as session:
        account = await oidc.account_of(session, known)
        if account is None:
            await note(session, None, "sign_in", "oidc", "failed")
            await session.commit()
            return refused(request, NOT_KNOWN, 403)
        stage = "full" if known.strong else "password"
        _, token = await sessions.begin(session, account, now(), stage=stage, browser=browser_of(request))
        account.seen_at = now()
        await note(session, account, "sign_in", "oidc")
        await session.commit()
    second = here_path(request, "/staff/sign-in/second")
    onward = landing(request, account, "/staff") if known.strong else second
    # A page, not a redirect: coming from another site, a redirect would not carry the strict cookie.
    answer = staff_page(request, "staff/sign_in_again.html", None, again=onward)
    answer.delete_cookie(hop(request), path="/", secure=hop(request).startswith("__Host-"))
    set_cookie(request, answer, token)
    return answer
