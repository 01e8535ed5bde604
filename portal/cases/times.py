"""Moments and periods as the reader's language writes them; times of day are German ones."""

from __future__ import annotations

import datetime as dt
from typing import Literal
from zoneinfo import ZoneInfo

from babel import dates

from portal.i18n import N_, current, gettext

GERMAN = ZoneInfo("Europe/Berlin")
SOON = dt.timedelta(hours=12)


def when(moment: dt.datetime | str | None) -> str:
    """ "3 Nov 2026, 14:05"; a dash for none."""
    if moment is None:
        return "–"
    moment = dt.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return dates.format_datetime(moment, "medium", GERMAN, current.get().cldr)


def period(length: dt.timedelta) -> str:
    """ "14 hours"; days only from three on, for 48 hours are not "2 days" to a clock that counts hours."""
    unit: Literal["hour", "minute"] = "hour" if abs(length) >= dt.timedelta(hours=1) else "minute"
    return dates.format_timedelta(abs(length), granularity=unit, threshold=3, locale=current.get().cldr)


def remaining(due: dt.datetime, moment: dt.datetime) -> tuple[str, str]:
    """(ok | soon | late, the same in words): a colour never says it alone."""
    left = due - moment
    if left < dt.timedelta():
        return "late", gettext(N_("overdue by %(time)s")) % {"time": period(left)}
    words = gettext(N_("%(time)s left")) % {"time": period(left)}
    return ("soon", gettext(N_("due soon: %(left)s")) % {"left": words}) if left <= SOON else ("ok", words)
