"""Who may talk to the portal: it answers under its own names only (a foreign `Host` gets 400: SEC-A11, SEC-B14), and other
sites' scripts reach the chat's interface only (SEC-G03)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse

HERE = {"127.0.0.1", "localhost", "::1"}
ANYWHERE = {"0.0.0.0", "::"}  # noqa: S104 a setting to compare with


def odd(scope: Any) -> bool:
    """Does the address hold a NUL, which PostgreSQL takes in no text (SEC-D11)?"""
    return "\0" in scope["path"] or b"%00" in scope["query_string"]


class OwnHost:
    """Pure ASGI. Without a base address and listening everywhere, nobody knows its name: then every name is taken."""

    def __init__(self, app: Any, address: str, open_to_all: bool) -> None:
        self.app, self.open = app, open_to_all
        self.names = HERE | {urlsplit(address).hostname or ""}

    def own(self, given: list[bytes]) -> bool:
        if len(given) != 1:
            return False
        text = given[0].decode("latin-1")
        try:
            parts = urlsplit(f"//{text}")
            _ = parts.port
        except ValueError:
            return False
        plain = parts.netloc == text and parts.username is None and not (parts.path or parts.query or parts.fragment)
        return plain and (self.open or (parts.hostname or "") in self.names)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and (odd(scope) or not self.own([v for k, v in scope["headers"] if k == b"host"])):
            return await PlainTextResponse("Bad Request", 400)(scope, receive, send)
        await self.app(scope, receive, send)


class ForOtherSites:
    """Pure ASGI: the widget on somebody's site may use the chat's interface and load the static files, and nothing else."""

    OPEN = ("/api/", "/static/")

    def __init__(self, app: Any) -> None:
        self.app = app
        self.shared = CORSMiddleware(
            app, allow_origins=["*"], allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["authorization", "content-type", "last-event-id"], max_age=600,
        )  # fmt: skip

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        shared = scope["type"] == "http" and scope["path"].startswith(self.OPEN)
        await (self.shared if shared else self.app)(scope, receive, send)
