"""Headers for every page (nonce CSP), and limits on what is read from a request."""

from __future__ import annotations

import json
import secrets
from typing import Any

from portal.chat.says import SAYS
from portal.i18n import gettext, negotiate, speaking

MOST_BYTES = 65_536  # of a request's body
API_HEADERS = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin")]


def policy(nonce: str) -> str:
    """The content security policy of a page."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'self'; style-src 'self'; font-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


class Headers:
    """Pure ASGI: a nonce per request in `scope["state"]`, security headers on each answer."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def sending(event: Any) -> None:
            if event["type"] == "http.response.start":
                headers = [*event.get("headers", []), *API_HEADERS]
                if dict(event.get("headers", [])).get(b"content-type", b"").startswith(b"text/html"):
                    headers += [
                        (b"content-security-policy", policy(nonce).encode()),
                        (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
                    ]
                event = {**event, "headers": headers}
            await send(event)

        await self.app(scope, receive, sending)


class BodyLimit:
    """Pure ASGI: a body over the limit is refused with 413 before it is read whole (SEC-C09)."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return await self.app(scope, receive, send)
        limit = MOST_BYTES if not scope["path"].startswith("/rasa/") else 1_000_000
        headers = dict(scope["headers"])
        size = headers.get(b"content-length", b"0")
        if not size.isdigit() or int(size) > limit:
            return await self.refuse(headers, send)
        chunks, total, more = [], 0, True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return None
            chunks.append(event.get("body", b""))
            total += len(chunks[-1])
            more = event.get("more_body", False)
            if total > limit:
                return await self.refuse(headers, send)
        body: bytes | None = b"".join(chunks)

        async def replay() -> Any:
            nonlocal body
            if body is None:
                return await receive()
            whole, body = body, None
            return {"type": "http.request", "body": whole, "more_body": False}

        await self.app(scope, replay, send)

    async def refuse(self, headers: dict[bytes, bytes], send: Any) -> None:
        with speaking(negotiate(headers.get(b"accept-language", b"").decode("latin-1"))):
            body = json.dumps({"error": "too_big", "message": gettext(SAYS["too_big"])}).encode()
        start = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 413, "headers": start})
        await send({"type": "http.response.body", "body": body})
