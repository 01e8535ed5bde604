"""Dates of a procedure's steps: pure functions from a start, the steps and the periods in the figures.

The model. Advice, power of attorney and papers fill one preparation phase; its length is an estimate (S003), the same
for both dates. After it the earliest day assumes that every office acts at once: the periods are upper limits and delay
nothing. The latest day assumes complete papers and that each period is used up, one after the other. A step without a
period has no duration of its own. No office sets the day of entry: it is not before the visa and has no latest day; for
what comes after it no day is computed. Working days are Monday to Friday; public holidays are not counted.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable

from knowledge.library import Library
from knowledge.schema import Step
from portal.guides.result import Stage

PREPARATION = ("preparation", "power_of_attorney", "papers")
PHASE = "preparation_phase"
ENTRY = "entry"


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day some months later; where that month is shorter, its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_working_days(day: dt.date, number: int) -> dt.date:
    """The day after a number of days from Monday to Friday; holidays are not counted."""
    while number > 0:
        day += dt.timedelta(days=1)
        number -= day.weekday() < 5
    return day


def add(day: dt.date, value: int, unit: str) -> dt.date:
    """A day plus a period in the unit of a figure. Raises ValueError for a unit that is no period."""
    match unit:
        case "days" | "weeks":
            return day + dt.timedelta(**{unit: value})
        case "working_days":
            return add_working_days(day, value)
        case "months" | "years":
            return add_months(day, value * (12 if unit == "years" else 1))
    raise ValueError(unit)


def after(library: Library, figure: str, day: dt.date, today: dt.date) -> dt.date:
    """A day plus the period that a figure has today."""
    period = library.figures[figure]
    return add(day, int(period.on(today)), period.unit)  # type: ignore[arg-type]


def start_day(value: str | None) -> dt.date | None:
    """The start as an ISO date; None where it is none, or too late to reckon from."""
    try:
        day = dt.date.fromisoformat(value or "")
    except ValueError:
        return None
    return day if day.year < dt.MAXYEAR - 9 else None


def stages(
    library: Library, procedure: str, steps: Iterable[Step], start: dt.date | None, today: dt.date
) -> tuple[Stage, ...]:
    """The steps as stages with their earliest and latest day; without a start no day."""
    if start is None:
        return tuple(Stage(procedure, step.id) for step in steps)
    earliest = latest = after(library, PHASE, start, today)
    found, entered = [], False
    for step in steps:
        if entered:
            found.append(Stage(procedure, step.id))
        elif step.id == ENTRY:
            entered = True
            found.append(Stage(procedure, step.id, earliest))
        else:
            if step.period and step.id not in PREPARATION:
                latest = after(library, step.period, latest, today)
            found.append(Stage(procedure, step.id, earliest, latest))
    return tuple(found)
