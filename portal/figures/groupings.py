"""By what figures are grouped: the allow-list of the form (SEC-D11), and where each group is read from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import null

from portal.cases.models import CaseFile
from portal.clock import german_day
from portal.figures.period import Period, monday
from portal.handover.models import Handover
from portal.i18n import N_
from portal.referrals.models import Transfer


@dataclass(frozen=True)
class Grouping:
    """`stay`, `transfer`: the column that holds the group of a hand-over and of a transfer. `begin`: the first day of the
    step a day belongs to, where groups are times. `people`: the groups are people of a language, a concern, a place: small
    ones are hidden, and only whole weeks are counted (PRV-30)."""

    id: str
    label: str
    stay: Any = None
    transfer: Any = None
    begin: Callable[[dt.date], dt.date] | None = None
    people: bool = False

    def key(self, value: str | None, moment: dt.datetime) -> str | None:
        """None: not stated, as of an erased case, whose language is empty."""
        return self.begin(german_day(moment)).isoformat() if self.begin else value or None

    def steps(self, period: Period) -> list[str]:
        """Every step of time, those in which nothing happened too."""
        return list(dict.fromkeys(self.begin(day).isoformat() for day in period.days)) if self.begin else []


def itself(day: dt.date) -> dt.date:
    return day


def first_of_month(day: dt.date) -> dt.date:
    return day.replace(day=1)


NONE = null()
GROUPINGS = {
    grouping.id: grouping
    for grouping in (
        Grouping("day", N_("Day"), NONE, NONE, begin=itself),
        Grouping("week", N_("Week"), NONE, NONE, begin=monday),
        Grouping("month", N_("Month"), NONE, NONE, begin=first_of_month),
        Grouping("organisation", N_("Organisation"), Handover.organisation_id, Transfer.to_id),
        Grouping("language", N_("Language"), Handover.language, CaseFile.language, people=True),
        Grouping("topic", N_("Topic"), Handover.topic, CaseFile.topic, people=True),
        Grouping("state", N_("Federal state"), Handover.state, CaseFile.state, people=True),
    )
}
