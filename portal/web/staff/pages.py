"""Pages of the staff rooms: the public ones' template, with who is here and the menu by rights."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from locales.languages import Language
from portal.accounts.people import ROLES
from portal.cases.times import when
from portal.clock import german_day
from portal.i18n import N_, gettext
from portal.templating import env, page
from portal.web.staff.door import Here

MENU = (  # right, address, label
    ("chats.read", "queue", N_("Queue")),
    ("cases.read", "cases", N_("Cases")),
    ("cases.read", "transfers", N_("Transfers")),
    ("figures.read", "figures", N_("Figures")),
    ("people.read", "people", N_("People")),
    ("organisation.write", "organisation", N_("Organisation")),
    ("organisation.write", "consents", N_("Consent texts")),
    ("audit.read", "audit", N_("Audit log")),
)

DONE = {  # ?done=: what just succeeded; the desk has words of its own (portal.desk.words)
    "text_published": N_("The text is published and in force from now on."),
    "draft_kept": N_("The draft is kept."),
    "invited": N_("The invitation was sent."),
    "saved": N_("Saved."),
    "team_saved": N_("The teams were changed."),
    "status_saved": N_("The access was changed."),
    "session_ended": N_("The session was ended."),
    "transfer_sent": N_("The transfer was sent."),
    "transfer_accepted": N_("You accepted the transfer."),
    "transfer_returned": N_("You returned the transfer."),
    "transfer_answered": N_("Your answer was sent."),
    "transfer_seen": N_("You confirmed that it has arrived."),
    "transfer_revoked": N_("The transfer was revoked."),
    "case_opened": N_("The case is open."),
    "case_changed": N_("The case was changed."),
    "case_status": N_("The status was changed."),
    "case_assigned": N_("Owner and deputy are set."),
    "case_note": N_("The note is stored."),
    "case_task": N_("The tasks were changed."),
    "case_part": N_("The part has ended."),
}


def staff_role(role: str) -> str:
    return gettext(ROLES[role]) if role in ROLES else role


def word_pair(pair: tuple[str, str]) -> tuple[str, str]:
    return pair[0], gettext(pair[1])


def language_pair(language: Language) -> tuple[str, str]:
    return language.tag, language.name


# What lists of a form show: a value and its words.
env.filters |= {
    "staff_role": staff_role, "german_day": german_day, "moment": when, "word_pair": word_pair, "language_pair": language_pair,
    "role_pair": lambda role: (role, staff_role(role)), "id_pair": lambda row: (row.id, row.name),
}  # fmt: skip


def staff_page(request: Request, template: str, here: Here | None, status: int = 200, **values: Any) -> HTMLResponse:
    """A page that is stored nowhere (SEC-G07); every template has here, menu, demo, flash."""
    menu = [(right, address, gettext(label)) for right, address, label in MENU]
    demo = request.app.state.settings.demonstrating
    done = DONE.get(request.query_params.get("done", "")) if status == 200 and here else None
    flash = gettext(done) if done else ""
    answer = page(request, template, status, here=here, menu=menu, demo=demo, flash=flash, **values)
    answer.headers["cache-control"] = "no-store"
    return answer
