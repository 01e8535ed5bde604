"""Pages of the staff rooms: the public ones' template, with who is here and the menu by rights."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from portal.i18n import N_, gettext
from portal.templating import page
from portal.web.staff.door import Here

MENU = (  # right, address, label
    ("chats.read", "queue", N_("Queue")),
    ("cases.read", "cases", N_("Cases")),
    ("figures.read", "figures", N_("Figures")),
    ("people.read", "people", N_("People")),
    ("organisation.write", "organisation", N_("Organisation")),
)


def staff_page(request: Request, template: str, here: Here | None, status: int = 200, **values: Any) -> HTMLResponse:
    """A page that is stored nowhere (SEC-G07); every template has here, menu, demo."""
    menu = [(right, address, gettext(label)) for right, address, label in MENU]
    demo = request.app.state.settings.demonstrating
    answer = page(request, template, status, here=here, menu=menu, demo=demo, **values)
    answer.headers["cache-control"] = "no-store"
    return answer
