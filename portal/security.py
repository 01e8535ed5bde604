"""Headers for every page (nonce CSP), and limits on what is read from a request."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

from portal.chat.says import SAYS
from portal.desk.checking import MOST_BYTES as MOST_FILE
from portal.desk.checking import told
from portal.i18n import gettext, negotiate, speaking

MOST_BYTES = 65_536  # of a request's body
MOST_BY_PATH = (  # of bodies that may be larger
    (re.compile(r"/rasa/"), 1_000_000),
    (re.compile(r"/[a-z]{2,3}/staff/"), 262_144),
)
UPLOAD = re.compile(r"/api/chat/conversations/[^/]+/files|/[a-z]{2,3}/staff/chats/[^/]+/files")
MOST_UPLOAD = MOST_FILE + 65_536  # the form around the file
EVERYWHERE = {b"x-content-type-options": b"nosniff", b"referrer-policy": b"same-origin"}  # where a page sets no other


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
                own = dict(event.get("headers", []))
                headers = [*event.get("headers", []), *((k, v) for k, v in EVERYWHERE.items() if k not in own)]
                if own.get(b"content-type", b"").startswith(b"text/html"):
                    headers += [
                        (b"content-security-policy", policy(nonce).encode()),
                        (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
                    ]
                event = {**event, "headers": headers}
            await send(event)

        await self.app(scope, receive, sending)


def most(path: str) -> int:
    return next((limit for pattern, limit in MOST_BY_PATH if pattern.match(path)), MOST_BYTES)


class BodyLimit:
    """Pure ASGI: a body over the limit is refused with 413 before it is read whole (SEC-C09).

    An uploaded file is not kept in memory: it must say its size, and is read only by a route that knows who sends it.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return await self.app(scope, receive, send)
        upload = scope["method"] == "POST" and UPLOAD.fullmatch(scope["path"]) is not None
        limit = MOST_UPLOAD if upload else most(scope["path"])
        headers = dict(scope["headers"])
        size = headers.get(b"content-length", b"" if upload else b"0")
        if not size.isdigit() or int(size) > limit or (upload and b"transfer-encoding" in headers):
            return await self.refuse(headers, send, upload)
        if upload:
            return await self.app(scope, receive, send)
        chunks, total, more = [], 0, True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return None
            chunks.append(event.get("body", b""))
            total += len(chunks[-1])
            more = event.get("more_body", False)
            if total > limit:
                return await self.refuse(headers, send, False)
        body: bytes | None = b"".join(chunks)

        async def replay() -> Any:
            nonlocal body
            if body is None:
                return await receive()
            whole, body = body, None
            return {"type": "http.request", "body": whole, "more_body": False}

        await self.app(scope, replay, send)

    async def refuse(self, headers: dict[bytes, bytes], send: Any, upload: bool) -> None:
        with speaking(negotiate(headers.get(b"accept-language", b"").decode("latin-1"))):
            text = told("too_big") if upload else gettext(SAYS["too_big"])
            body = json.dumps({"error": "too_big", "message": text}).encode()
        start = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 413, "headers": start})
        await send({"type": "http.response.body", "body": body})
