"""Opening hours to the minute, holidays of one state, and deadlines in hours and working days (scenarios 6, 7; FLT-30, FLT-31)."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from portal.accounts.models import Organisation
from portal.hours.opening import due, is_open, minutes, working

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = {day: [["08:00", "12:00"], ["13:00", "16:00"]] for day in ("mon", "tue", "wed", "thu")} | {
    "fri": [["08:00", "12:30"]]
}


def office(**fields) -> Organisation:
    return Organisation(id="x", name="X", kind="ag_s", **{"hours": OFFICE, **fields})


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("state", "when", "open_", "why", "next_"),
    [
        ("ST", "2025-10-31 10:00", False, "holiday", "2025-11-03 08:00"),  # a Friday, Reformationstag
        ("HE", "2025-10-31 10:00", True, None, None),
        (None, "2025-10-31 10:00", True, None, None),
        ("ST", "2026-01-06 10:00", False, "holiday", "2026-01-07 08:00"),  # Heilige Drei Könige
        ("HE", "2026-01-06 10:00", True, None, None),
        (None, "2026-10-02 12:30", False, "hours", "2026-10-05 08:00"),  # Friday; Saturday is 3 October
        (None, "2026-05-01 10:00", False, "holiday", "2026-05-04 08:00"),
    ],
)
def test_scenario_06_a_holiday_closes_one_state_only(state, when, open_, why, next_):
    found = is_open(office(holiday_state=state), at(when))
    assert (found.open, found.why) == (open_, why)
    assert found.next_at == (at(next_) if next_ else None)


@pytest.mark.parametrize(
    ("when", "open_", "next_"),
    [
        ("2026-11-16 07:59", False, "2026-11-16 08:00"),
        ("2026-11-16 08:00", True, None),
        ("2026-11-16 11:59", True, None),
        ("2026-11-16 12:00", False, "2026-11-16 13:00"),  # lunch
        ("2026-11-16 12:59", False, "2026-11-16 13:00"),
        ("2026-11-16 13:00", True, None),
        ("2026-11-16 16:00", False, "2026-11-17 08:00"),
        ("2026-11-20 12:30", False, "2026-11-23 08:00"),  # Friday noon
        ("2026-03-27 12:30", False, "2026-03-30 08:00"),  # over the change to summer time
        ("2026-03-30 07:59", False, "2026-03-30 08:00"),
        ("2026-10-23 12:30", False, "2026-10-26 08:00"),  # and back
        ("2026-10-26 08:00", True, None),
    ],
)
def test_scenario_07_lunch_and_summer_time_to_the_minute(when, open_, next_):
    found = is_open(office(), at(when))
    assert found.open is open_
    assert found.next_at == (at(next_) if next_ else None)


def test_scenario_07_utc_moves_with_the_season():
    hour = dt.datetime(2026, 3, 27, 7, 30, tzinfo=dt.UTC)
    assert is_open(office(), hour).open, "08:30 in winter"
    assert is_open(office(), hour + dt.timedelta(days=3)).open, "09:30 in summer"
    assert not is_open(office(), hour - dt.timedelta(hours=1)).open
    assert is_open(office(), hour + dt.timedelta(days=3, hours=-1)).open, "08:30 in summer is 06:30 UTC"


def test_flt_30_a_night_that_has_an_hour_twice_or_not_at_all():
    night = office(hours={"sun": [["01:00", "04:00"]], "mon": [["08:00", "24:00"]]})
    twice = [dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC), dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC)]
    assert [t.astimezone(BERLIN).hour for t in twice] == [2, 2]
    assert all(is_open(night, t).open for t in twice)
    assert not is_open(night, dt.datetime(2026, 10, 25, 3, 0, tzinfo=dt.UTC)).open
    assert is_open(night, dt.datetime(2026, 3, 29, 1, 59, tzinfo=dt.UTC)).open, "03:59 comes two hours after 01:00"
    assert is_open(night, at("2026-11-16 23:59")).open and not is_open(night, at("2026-11-17 00:00")).open
    gap = office(hours={"sun": [["02:30", "04:00"]]})
    assert is_open(gap, at("2026-03-28 12:00")).next_at == dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC)


def test_own_closures_no_hours_and_wrong_hours():
    closed = office(closures=[{"from": "2026-12-24", "to": "2026-12-31", "why": "Betriebsferien"}])
    found = is_open(closed, at("2026-12-28 10:00"))
    assert (found.why, found.next_at) == ("closure", at("2027-01-04 08:00")), "Friday, 1 January is a holiday"
    never = is_open(office(hours={}), at("2026-11-16 10:00"))
    assert not never.open and never.next_at is None
    long = office(closures=[{"from": "2026-01-01", "to": "2026-12-31", "why": "Umbau"}])
    assert is_open(long, at("2026-02-02 10:00")).next_at is None, "nothing within 60 days"
    for wrong in ("8", "25:00", "24:01", "08:60", "-1:00", ""):
        with pytest.raises(ValueError):
            minutes(wrong)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-16 10:00", 2, "2026-11-18 10:00"),
        ("2026-11-19 10:00", 2, "2026-11-23 10:00"),  # over a weekend
        ("2026-11-20 23:59", 2, "2026-11-24 23:59"),
        ("2026-11-21 10:00", 2, "2026-11-25 00:00"),  # a Saturday: the end of Tuesday
        ("2026-11-22 23:00", 2, "2026-11-25 00:00"),
        ("2026-03-27 10:00", 2, "2026-03-31 10:00"),  # over the change of the clocks: the same time of day
        ("2026-10-23 10:00", 1, "2026-10-26 10:00"),
        ("2026-12-23 10:00", 2, "2026-12-28 10:00"),  # Thursday 24 counts, Friday 25 does not
        ("2026-10-30 10:00", 1, "2026-11-02 10:00"),
    ],
)
def test_flt_31_working_days(start, days, end):
    assert working(office(holiday_state="ST"), at(start), days) == at(end)


@pytest.mark.parametrize(
    ("state", "rule", "start", "remind", "end"),
    [
        ("ST", {}, "2026-11-20 10:00", "2026-11-21 22:00", "2026-11-22 10:00"),  # 48 hours run through the weekend
        ("ST", {"rule": "elapsed", "amount": 24, "remind": 6}, "2026-11-20 10:00", "2026-11-21 04:00", "2026-11-21 10:00"),
        ("ST", {}, "2026-03-28 10:00", "2026-03-29 23:00", "2026-03-30 11:00"),  # 48 hours that have really passed
        ("ST", {"rule": "working", "amount": 2, "remind": 12}, "2026-11-19 10:00", "2026-11-20 22:00", "2026-11-23 10:00"),
        ("ST", {"rule": "working", "amount": 2, "remind": 12}, "2025-10-30 10:00", "2025-11-03 22:00", "2025-11-04 10:00"),
        ("HE", {"rule": "working", "amount": 2, "remind": 12}, "2025-10-30 10:00", "2025-10-31 22:00", "2025-11-03 10:00"),
        ("ST", {"rule": "elapsed", "amount": 2, "remind": 12}, "2026-11-20 10:00", "2026-11-20 10:00", "2026-11-20 12:00"),
    ],
)  # fmt: skip
def test_flt_31_the_48_hour_clock(state, rule, start, remind, end):
    assert due(office(holiday_state=state), at(start), rule) == (at(remind), at(end))


def test_flt_31_working_time_never_runs_backwards():
    """Whoever asks later is never due earlier."""
    start, before = at("2026-10-29 00:00"), at("2026-01-01 00:00").astimezone(dt.UTC)
    for hours in range(24 * 8):
        end = working(office(holiday_state="ST"), start + dt.timedelta(hours=hours), 2)
        assert end >= before
        before = end


def test_the_organisations_own_rule():
    own = office(clock={"rule": "working", "amount": 1, "remind": 4})
    assert due(own, at("2026-11-20 10:00")) == (at("2026-11-23 06:00"), at("2026-11-23 10:00"))
