"""Opening hours (Öffnungszeiten) of an organisation, public holidays (Feiertage) of its state, and working days for deadlines.

`organisation.hours`: {"mon": [["08:00", "12:00"], ["13:00", "16:00"]], ...} in German time, "24:00" is the day's end. `closures`: [{"from": "2026-12-24", "to": "2026-12-31", "why": "..."}], both days included. `holiday_state`: a state's
code such as "ST"; none: only the holidays of the whole country.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import holidays

from portal.accounts.models import Organisation
from portal.clock import GERMANY

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AHEAD = 60  # days within which a next opening is looked for
CLOCK: dict[str, Any] = {"rule": "elapsed", "amount": 48, "remind": 12}  # the 48-hour rule where nothing else is set
Why = Literal["hours", "holiday", "closure"]


@dataclass(frozen=True)
class Opening:
    """Open or not at a moment; why not; the next opening (UTC), none where there is none within 60 days."""

    open: bool
    why: Why | None = None
    next_at: dt.datetime | None = None


def minutes(text: str) -> int:
    """ "08:30" -> minutes since midnight. Raises ValueError."""
    hour, minute = (int(part) for part in text.split(":"))
    if not (0 <= minute < 60 and 0 <= hour * 60 + minute <= 24 * 60):
        raise ValueError(text)
    return hour * 60 + minute


def slots(organisation: Organisation, day: dt.date) -> list[tuple[int, int]]:
    """The opening slots of a weekday, in minutes since midnight, in order."""
    return sorted((minutes(a), minutes(b)) for a, b in organisation.hours.get(DAYS[day.weekday()], []))


def always(organisation: Organisation) -> bool:
    """Is it open day and night, all days of the week?"""
    return all(organisation.hours.get(day) == [["00:00", "24:00"]] for day in DAYS)


@lru_cache(maxsize=200)
def holidays_of(state: str | None, year: int) -> frozenset[dt.date]:
    """The public holidays (gesetzliche Feiertage) of a state, or those of all states."""
    return frozenset(holidays.country_holidays("DE", subdiv=state, years=year))


def closed(organisation: Organisation, day: dt.date) -> Why | None:
    """Why it is closed a whole day, whatever the hours say: a public holiday, or days of its own."""
    if day in holidays_of(organisation.holiday_state, day.year):
        return "holiday"
    return "closure" if any(c["from"] <= day.isoformat() <= c["to"] for c in organisation.closures) else None


def is_open(organisation: Organisation, moment: dt.datetime) -> Opening:
    """Is it open, by the clock on its wall? Right to the minute, on the days when the clocks change too."""
    local = moment.astimezone(GERMANY)
    why, minute = closed(organisation, local.date()), local.hour * 60 + local.minute
    if why is None and any(start <= minute < end for start, end in slots(organisation, local.date())):
        return Opening(True)
    return Opening(False, why or "hours", next_opening(organisation, moment))


def next_opening(organisation: Organisation, moment: dt.datetime) -> dt.datetime | None:
    """The first opening after a moment (UTC), within 60 days."""
    local = moment.astimezone(GERMANY)
    for day in (local.date() + dt.timedelta(days=n) for n in range(AHEAD + 1)):
        if closed(organisation, day) is None:
            for start, end in slots(organisation, day):
                at = _instant(dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=start))
                if at > moment and end > start:
                    return at
    return None


def _instant(wall: dt.datetime) -> dt.datetime:
    """The moment (UTC) at which the wall clock shows a time; one that is left out in spring: an hour later."""
    return wall.replace(tzinfo=GERMANY).astimezone(dt.UTC)


def working_day(organisation: Organisation, day: dt.date) -> bool:
    """Monday to Friday, no public holiday there. An organisation's own closures do not stop a deadline: deputies do."""
    return day.weekday() < 5 and day not in holidays_of(organisation.holiday_state, day.year)


def working(organisation: Organisation, start: dt.datetime, days: float) -> dt.datetime:
    """The moment some working days (Arbeitstage) after another, at the same time of day; hours of other days do not count.

    What comes in on a Saturday is as if it came as Monday begins; two working days later is the end of Tuesday.
    """
    wall, left = start.astimezone(GERMANY).replace(tzinfo=None), dt.timedelta(days=days)
    while left > dt.timedelta():
        midnight = dt.datetime.combine(wall.date() + dt.timedelta(days=1), dt.time())
        if not working_day(organisation, wall.date()):
            wall = midnight
            continue
        step = min(left, midnight - wall)
        wall, left = wall + step, left - step
    return _instant(wall)


def due(
    organisation: Organisation, start: dt.datetime, rule: dict[str, Any] | None = None
) -> tuple[dt.datetime, dt.datetime]:
    """The 48-hour clock (48-Stunden-Regel, S002) -> (when to remind, when it is due), both UTC.

    `rule`: {"rule": "elapsed", "amount": hours, "remind": hours before} or {"rule": "working", "amount": working days,
    "remind": hours of working days before}; none: the organisation's own, else 48 hours.
    """
    rule = CLOCK | (rule or organisation.clock or {})
    if rule["rule"] == "working":
        before = max(0.0, rule["amount"] - rule["remind"] / 24)
        return working(organisation, start, before), working(organisation, start, rule["amount"])
    start = start.astimezone(dt.UTC)
    end = start + dt.timedelta(hours=rule["amount"])
    return max(start, end - dt.timedelta(hours=rule["remind"])), end
