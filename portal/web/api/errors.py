"""Errors as one sentence in the reader's language, without a trace of how they came about."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from locales.languages import LANGUAGES
from portal import i18n
from portal.chat.says import SAYS
from portal.chat.service import NotFound
from portal.i18n import gettext, negotiate, speaking
from portal.templating import page
from portal.web.limits import TooMany
from portal.web.staff import refusals

log = structlog.get_logger("errors")
BY_STATUS = {404: "no_page", 413: "too_big"}


def problem(request: Request, status: int, reason: str, language: str | None = None, retry: int = 5) -> Any:
    """{error, message} with a status; the message is in `language`, else in the browser's."""
    with speaking(language or negotiate(request.headers.get("accept-language"))):
        body = {"error": reason, "message": gettext(SAYS[reason])}
    headers = {"retry-after": str(retry)} if status in (429, 503) else None
    return JSONResponse(body, status, headers=headers)


def machine(request: Request) -> bool:
    return request.url.path.startswith(("/api/", "/rasa/"))


async def failed(request: Request, status: int) -> Any:
    """Something is broken here: a page for those who read the staff rooms' pages, else JSON."""
    reads = "text/html" in request.headers.get("accept", "")
    if machine(request) or not reads or not refusals.in_staff(request):
        return problem(request, status, "server_error")
    tag = request.scope["path"].split("/", 2)[1]
    with speaking(tag if tag in LANGUAGES else i18n.current.get().tag):  # outside the room that set the language
        return await refusals.refused(request, status)


def install(app: FastAPI) -> None:
    @app.exception_handler(NotFound)
    async def _(request: Request, _error: NotFound) -> Any:
        return problem(request, 404, "not_found")

    @app.exception_handler(TooMany)
    async def _(request: Request, error: TooMany) -> Any:
        if machine(request):
            return problem(request, 429, "too_fast", retry=error.seconds)
        if refusals.in_staff(request):
            return await refusals.refused(request, 429)
        return page(request, "public/error.html", 429, status=429, message=gettext(SAYS["too_fast"]))

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, _error: RequestValidationError) -> Any:
        if machine(request):
            return problem(request, 422, "bad_request")
        if refusals.in_staff(request):
            return await refusals.refused(request, 422)
        return page(request, "public/error.html", 422, status=422, message=gettext(SAYS["bad_request"]))

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> Any:
        reason = BY_STATUS.get(error.status_code, "bad_request")
        if machine(request):
            return problem(request, error.status_code, reason)
        if refusals.in_staff(request):
            return await refusals.refused(request, error.status_code)
        return page(
            request, "public/error.html", error.status_code, status=error.status_code, message=gettext(SAYS[reason])
        )

    @app.exception_handler(OperationalError)
    async def _(request: Request, error: OperationalError) -> Any:
        log.error("database_busy", reason=type(error.orig).__name__)
        return await failed(request, 503)

    @app.exception_handler(Exception)
    async def _(request: Request, error: Exception) -> Any:
        log.error("unexpected", kind=type(error).__name__, path=request.scope.get("route") and request.scope["path"])
        return await failed(request, 500)
