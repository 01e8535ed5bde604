"""The language stands in the path: `/de/...`; an address without one is sent on to the browser's language."""

from __future__ import annotations

from typing import Any

from starlette.responses import RedirectResponse

from locales.languages import LANGUAGES
from portal import i18n

FREE = ("/static/", "/api/", "/rasa/", "/healthz", "/readyz", "/robots.txt", "/favicon.ico")


class LanguagePrefix:
    """Pure ASGI: `/ar/x` is served as `/x` under root_path `/ar`, with the language set for gettext."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"].startswith(FREE):
            return await self.app(scope, receive, send)
        head = scope["path"].split("/", 2)[1]
        if head in LANGUAGES and LANGUAGES[head].ui:
            token = i18n.current.set(LANGUAGES[head])
            try:
                return await self.app({**scope, "root_path": scope.get("root_path", "") + "/" + head}, receive, send)
            finally:
                i18n.current.reset(token)
        accept = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        target = f"/{i18n.negotiate(accept)}{'/' + scope['path'].lstrip('/')}" + (f"?{query}" if query else "")
        await RedirectResponse(target, 307, headers={"vary": "accept-language"})(scope, receive, send)
