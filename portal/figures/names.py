"""What groups, reasons, ends and durations are called, in the reader's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from babel import dates, units

from knowledge.library import Library
from locales.languages import LANGUAGES
from portal.chat.groups import GROUPS
from portal.i18n import N_, current, gettext, written_date

REASONS = {
    "asked": N_("Asked for a person"),
    "offered": N_("Accepted the offer of a person"),
    "guide": N_("From a guide"),
    "failure": N_("The assistant failed"),
    "message": N_("Message left while nobody was there"),
    "reopened": N_("Came back after the end"),
    "transferred": N_("Passed on by a colleague"),
    "silent": N_("Back in the queue: no answer"),
    "away": N_("Back in the queue: counsellor away"),
}
ENDS = {
    "open": N_("Not ended yet"),
    "ended": N_("Ended by one of the two"),
    "returned": N_("Given back to the assistant"),
    "left": N_("Visitor left the queue"),
    "gone": N_("Visitor went away"),
    "idle": N_("Closed after a long silence"),
    "transferred": N_("Passed on"),
    "erased": N_("Deleted at the visitor's wish"),
}
NOT_STATED = N_("Not stated")


def duration(seconds: int) -> str:
    """The two largest units: 45 s, 3 min 20 s, 2 h 5 min, 3 d 4 h."""
    parts = [
        ("day", seconds // 86_400),
        ("hour", seconds // 3600 % 24),
        ("minute", seconds // 60 % 60),
        ("second", seconds % 60),
    ]
    first = next((i for i, (_, n) in enumerate(parts) if n), 3)
    said = [(unit, n) for unit, n in parts[first : first + 2] if n or unit == parts[first][0]]
    cldr = current.get().cldr
    return " ".join(units.format_unit(n, f"duration-{unit}", length="short", locale=cldr) for unit, n in said)


def language(tag: str) -> str:
    known = LANGUAGES.get(tag)
    names = current.get().locale.languages
    return str(names.get(known.locale.language if known else tag, tag))


def state(code: str, library: Library) -> str:
    entry = library.other["places/states.yml"].get(code)
    if entry is None:
        return code
    return str(next(iter((entry.get("label") or {}).get(current.get().tag, [])), entry["name"]))


def topic(id_: str, library: Library) -> str:
    if id_ in library.topics:
        return library.article(id_, current.get().tag).title
    return gettext(GROUPS[id_]) if id_ in GROUPS else id_


def time(grouping: str, day: dt.date) -> str:
    match grouping:
        case "week":
            return gettext(N_("Week from %(day)s")) % {"day": written_date(day, "medium")}
        case "month":
            return dates.format_skeleton("yMMMM", day, locale=current.get().cldr)
        case _:
            return written_date(day, "medium")


def group(grouping: str, key: str | None, library: Library, organisations: Mapping[str, str]) -> str:
    """A group as its reader calls it; what is unknown keeps its id."""
    if not key:
        return gettext(NOT_STATED)
    match grouping:
        case "organisation":
            return organisations.get(key, key)
        case "language":
            return language(key)
        case "topic":
            return topic(key, library)
        case "state":
            return state(key, library)
        case _:
            return time(grouping, dt.date.fromisoformat(key))
