"""Moments and periods as the reader's language writes them; times of day are German ones."""

from __future__ import annotations

import datetime as dt

from babel import dates

from portal.clock import GERMANY
from portal.i18n import N_, current, gettext, written_period

SOON = dt.timedelta(hours=12)


def when(moment: dt.datetime | str | None) -> str:
    """ "3 Nov 2026, 14:05"; a dash for none."""
    if moment is None:
        return "–"
    moment = dt.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return dates.format_datetime(moment, "medium", GERMANY, current.get().cldr)


def remaining(due: dt.datetime, moment: dt.datetime) -> tuple[str, str]:
    """(ok | soon | late, the same in words): a colour never says it alone."""
    left = due - moment
    if left < dt.timedelta():
        return "late", gettext(N_("overdue by %(time)s")) % {"time": written_period(left)}
    words = gettext(N_("%(time)s left")) % {"time": written_period(left)}
    return ("soon", gettext(N_("due soon: %(left)s")) % {"left": words}) if left <= SOON else ("ok", words)
