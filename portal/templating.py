"""Pages from templates, in the language of the request."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from locales.languages import LANGUAGES
from portal import i18n

env = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
i18n.install(env)


class PickerEntry:
    """A language as the picker shows it."""

    def __init__(self, language: Any) -> None:
        self.tag, self.name, self.dir, self.live = language.tag, language.name, language.dir, language.ui == "live"


def page(request: Request, template: str, status_code: int = 200, **values: Any) -> HTMLResponse:
    """A template as a page; every template has lang, languages, path, nonce, operator, today."""
    prefix = request.scope.get("root_path", "")
    path = request.scope["path"].removeprefix(prefix) or "/"
    settings = request.app.state.settings
    values |= {
        "lang": i18n.current.get(),
        "languages": [PickerEntry(known) for known in LANGUAGES.values() if known.ui],
        "path": path,
        "nonce": request.scope["state"]["nonce"],
        "today": dt.date.today(),
        "operator": {
            "name": settings.operator_name,
            "address": settings.operator_address,
            "email": settings.operator_email,
        },
    }
    return HTMLResponse(env.get_template(template).render(**values), status_code)
