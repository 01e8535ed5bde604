"""The time, in one place, so that a test can hold it."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

GERMANY = ZoneInfo("Europe/Berlin")  # staff works there: their days and times of day


def german_day(moment: dt.datetime | None = None) -> dt.date:
    """The day it is in Germany at a moment; today without one."""
    return (moment or now()).astimezone(GERMANY).date()


def now() -> dt.datetime:
    """This moment, with its zone (UTC)."""
    return dt.datetime.now(dt.UTC)
