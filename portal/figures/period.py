"""The days that figures are about. A day is one of Germany (Europe/Berlin), wherever its reader is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from portal.clock import GERMANY

USUAL = 30  # days
LONGEST = 731  # days; two years side by side
EARLIEST = dt.date(2020, 1, 1)


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both included. `understood`: is it what was asked for?"""

    first: dt.date
    last: dt.date
    understood: bool = True

    @property
    def start(self) -> dt.datetime:
        return midnight(self.first)

    @property
    def end(self) -> dt.datetime:
        """The moment after the last one."""
        return midnight(self.last + dt.timedelta(days=1))

    @property
    def days(self) -> list[dt.date]:
        return [self.first + dt.timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), GERMANY).astimezone(dt.UTC)


def day_of(moment: dt.datetime) -> dt.date:
    return moment.astimezone(GERMANY).date()


def back(days: int, moment: dt.datetime) -> Period:
    """The last so many days, today included."""
    today = day_of(moment)
    return Period(today - dt.timedelta(days=days - 1), today)


def read(values: Mapping[str, str], moment: dt.datetime) -> Period:
    """`from` and `to` as somebody gave them; what cannot be meant becomes the usual period, what is too long is cut."""
    usual = back(USUAL, moment)
    try:
        last = min(day(values.get("to")) or usual.last, usual.last)
        first = day(values.get("from")) or last - dt.timedelta(days=USUAL - 1)
        if not EARLIEST <= first <= last:
            raise ValueError("the period ends before it begins")
    except ValueError:
        return Period(usual.first, usual.last, understood=False)
    earliest = last - dt.timedelta(days=LONGEST - 1)
    return Period(max(first, earliest), last, understood=first >= earliest)


def day(text: str | None) -> dt.date | None:
    """Raises ValueError for what is no day between EARLIEST and the end of the calendar."""
    if not text:
        return None
    given = dt.date.fromisoformat(text)
    if given < EARLIEST:
        raise ValueError("too early")
    return given
