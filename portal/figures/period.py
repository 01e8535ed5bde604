"""The days that figures are about. A day is one of Germany (Europe/Berlin), wherever its reader is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from portal.clock import GERMANY, german_day

USUAL = 30  # days
LONGEST = 105 * 7  # days, whole weeks; two years side by side
EARLIEST = dt.date(2018, 1, 1)  # a Monday: whole weeks do not begin before it


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


def monday(day: dt.date) -> dt.date:
    """Of the week a day belongs to."""
    return day - dt.timedelta(days=day.weekday())


def back(days: int, moment: dt.datetime) -> Period:
    """The last so many days, today included."""
    today = german_day(moment)
    return Period(today - dt.timedelta(days=days - 1), today)


def read(values: Mapping[str, str], moment: dt.datetime, *, weeks: bool = False) -> Period:
    """`from` and `to` as somebody gave them; what cannot be meant becomes the usual period, what is too long is cut. `weeks`:
    in whole weeks."""
    usual = back(USUAL, moment)
    try:
        last = min(day(values.get("to")) or usual.last, usual.last)
        first = day(values.get("from")) or last - dt.timedelta(days=USUAL - 1)
        if not EARLIEST <= first <= last:
            raise ValueError("the period ends before it begins")
        period = Period(first, last)
    except ValueError:
        period = replace(usual, understood=False)
    if weeks:
        period = whole_weeks(period, moment)
    earliest = period.last - dt.timedelta(days=LONGEST - 1)
    return period if period.first >= earliest else Period(earliest, period.last, understood=False)


def whole_weeks(period: Period, moment: dt.datetime) -> Period:
    """The weeks a period touches, Monday to Sunday, if they are over; if none of them is, the last one that is. So no day is
    found by subtracting two periods, nor by asking again tomorrow; a whole week still is."""
    over = monday(german_day(moment)) - dt.timedelta(days=1)
    last = min(monday(period.last) + dt.timedelta(days=6), over)
    return Period(monday(min(period.first, last)), last, period.understood and period.first <= last)


def day(text: str | None) -> dt.date | None:
    """Raises ValueError for what is no day between EARLIEST and the end of the calendar."""
    if not text:
        return None
    given = dt.date.fromisoformat(text)
    if given < EARLIEST:
        raise ValueError("too early")
    return given
