"""Cookies and ways of somebody who enters: which page comes first, and where a `next` may lead (SEC-A21)."""

from __future__ import annotations

import re
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import iter_route_contexts

from portal import access
from portal.accounts.models import Account
from portal.i18n import interface
from portal.web.staff.door import cookie_name
from portal.web.staff.pages import MENU

CLOSED = ("/staff/sign-in", "/staff/sign-out", "/staff/invitation", "/staff/reset")


def address_of(request: Request) -> str:
    """Whose tries are counted; behind a proxy uvicorn has put the visitor's address here."""
    return request.client.host if request.client else ""


def browser_of(request: Request) -> str:
    return request.headers.get("user-agent", "")


def here_path(request: Request, path: str) -> str:
    """A path in the language of the request."""
    return f"{request.scope.get('root_path', '')}{path}"


def to(request: Request, path: str) -> RedirectResponse:
    return RedirectResponse(here_path(request, path), 303, headers={"cache-control": "no-store"})


def set_cookie(request: Request, answer: Response, token: str) -> None:
    """Strict: no other site's link or form carries it."""
    secure = cookie_name(request).startswith("__Host-")
    answer.set_cookie(cookie_name(request), token, httponly=True, samesite="strict", secure=secure, path="/")


def known_paths(app: Any) -> list[re.Pattern[str]]:
    """The pages of the staff rooms."""
    if not hasattr(app.state, "staff_paths"):
        found = []
        for context in iter_route_contexts(app.routes):
            path = getattr(context, "path", "") or ""
            if path.startswith("/staff") and "GET" in (getattr(context, "methods", None) or ()):
                found.append(re.compile(re.sub(r"\{[^}]*\}", "[A-Za-z0-9_-]+", path)))
        app.state.staff_paths = found
    return app.state.staff_paths


def own_path(request: Request, wanted: str) -> str:
    """`wanted` if it is a page of ours, else the beginning; never an address of elsewhere (FACT-24)."""
    ours = not wanted.startswith(CLOSED) and any(p.fullmatch(wanted) for p in known_paths(request.app))
    return wanted if ours else "/staff"


def beginning(account: Account) -> str:
    """The first page of the menu somebody may open, else their own."""
    return next((f"/staff/{name}" for right, name, _ in MENU if access.may(account, right)), "/staff/account")


def landing(request: Request, account: Account, wanted: str) -> str:
    """Where an account goes after signing in, in its own language."""
    return f"/{interface(account.language).tag}{own_path(request, wanted)}"
