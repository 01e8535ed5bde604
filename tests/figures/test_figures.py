"""Figures against rows computed by hand: what is counted, whose, and what is not shown."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from portal.access import rights
from portal.figures.counting import spread
from portal.figures.hiding import hidden
from portal.figures.names import duration
from portal.figures.period import LONGEST, day_of, midnight, read
from portal.i18n import speaking
from tests.figures.reading import lead, sheet, table
from tests.figures.rows import NOON, stays, transfers

FEW = "fewer than 5"


async def test_numbers_by_hand(house):
    waits = [10, 20, 30, 40, 50, 60, 70, 80, 90, 600]
    await stays(house, *({"wait": w, "answer": w + 5, "reason": "asked", "rating": 5 if w < 60 else 2} for w in waits))
    await stays(house, {"reason": "message", "wait": 9000, "answer": 7200, "status": "message"}, {"reason": "guide", "end_reason": "left"},
                at=NOON + dt.timedelta(minutes=1))  # fmt: skip
    await stays(house, {"at": NOON - dt.timedelta(days=40), "wait": 1})
    client = await lead(house)
    total = (await table(client, "language"))["Total"]
    assert total == {
        "Chats": "12", "Hand-overs": "12", "Waiting: median, in seconds": "55", "Waiting: 90th percentile, in seconds": "90",
        "Waiting: longest, in seconds": "600", "First answer: median, in seconds": "60", "First answer: 90th percentile, in seconds": "95",
        "Answer to a message left: median, in seconds": "7200", "Transfers received": "0", "Decided in time": "0",
    }  # fmt: skip
    page = (await client.get("/en/staff/figures")).text
    for text in ("10 mins", "2 hrs", "Asked for a person", "From a guide", "Visitor left the queue", "Not ended yet"):
        assert text in page, text
    book = (await client.get("/en/staff/figures.xlsx")).content
    assert sheet(book, 2)[1:] == [
        ["Asked for a person", 10],
        ["From a guide", 1],
        ["Message left while nobody was there", 1],
    ]
    assert sheet(book, 3)[1:] == [["Not ended yet", 1], ["Ended by one of the two", 10], ["Visitor left the queue", 1]]
    assert sheet(book, 4)[1:] == [["5 of 5", 5], ["4 of 5", 0], ["3 of 5", 0], ["2 of 5", 5], ["1 of 5", 0]]


async def test_a_chat_that_is_passed_on_is_one_chat_and_its_first_answer_counts_once(house):
    await stays(
        house,
        {"chat": "one", "wait": 10, "answer": 20, "end_reason": "transferred"},
        {"chat": "one", "at": NOON + dt.timedelta(seconds=100), "reason": "transferred", "wait": 5, "answered_at": NOON + dt.timedelta(seconds=20),
         "asked_staff_at": NOON},
    )  # fmt: skip
    total = (await table(await lead(house), "day"))["Total"]
    assert (total["Chats"], total["Hand-overs"], total["First answer: median, in seconds"]) == ("1", "2", "20")


async def test_the_48_hour_rule(house):
    long_ago = NOON - dt.timedelta(days=5)
    await transfers(
        house, {"decided": 47.9}, {"decided": 48}, {"decided": 48.1, "status": "returned"}, {"decided": 1, "status": "answered"},
        {"status": "sent"}, {"status": "revoked"}, {"from_id": "alpha", "to_id": "beta", "decided": 1}, at=long_ago,
    )  # fmt: skip
    await transfers(house, {"status": "sent", "due": 100})
    client = await lead(house)
    total = (await table(client, "day"))["Total"]
    assert (total["Transfers received"], total["Decided in time"]) == ("6", "3")
    page = (await client.get("/en/staff/figures")).text
    assert "3 of 5 (1 late, 1 overdue, 1 still open)" in page
    assert "No hand-overs in this period." in page
    beta = (await table(await lead(house, house.beta), "day"))["Total"]
    assert (beta["Transfers received"], beta["Decided in time"]) == ("1", "1"), "what it received, not what it sent"


async def test_days_are_those_of_berlin(house):
    midnight_in_berlin = midnight(day_of(NOON))
    await stays(
        house,
        {"at": midnight_in_berlin, "language": "ar"},
        {"at": midnight_in_berlin - dt.timedelta(seconds=1), "language": "de"},
    )
    client = await lead(house)
    day = day_of(NOON)
    one = await table(client, "day", **{"from": day.isoformat(), "to": day.isoformat()})
    assert [row["Chats"] for row in one.values()] == ["1", "1"], "the day and the total"
    both = await table(client, "day", **{"from": (day - dt.timedelta(days=3)).isoformat(), "to": day.isoformat()})
    assert [row["Chats"] for row in both.values()] == ["0", "0", "1", "1", "2"], "days without chats too"
    for by in ("week", "month"):
        rows = list((await table(client, by)).values())
        assert sum(int(row["Chats"]) for row in rows[:-1]) == int(rows[-1]["Chats"]) == 2


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_the_days_on_which_clocks_change(day):
    period = read({"from": day, "to": day}, dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
    assert period.end - period.start == dt.timedelta(hours=23 if "-03-" in day else 25)
    assert day_of(period.start) == day_of(period.end - dt.timedelta(seconds=1)) == period.first


@pytest.mark.parametrize(
    ("counts", "gone"),
    [({"a": 9, "b": 8}, ""), ({"a": 9, "b": 8, "c": 4}, "bc"), ({"a": 9, "b": 4, "c": 3}, "bc"), ({"a": 9, "b": 7, "c": 1, "d": 1}, "bcd"),
     ({"a": 9, "b": 0, "c": 0}, ""), ({"a": 3, "b": 0}, "ab"), ({"a": 2, "b": 2}, "ab"), ({"a": 5, "b": 5, "c": 1}, "bc"), ({}, "")],
)  # fmt: skip
def test_prv_30_small_groups_and_what_would_give_them_away(counts, gone):
    found = hidden(counts)
    assert len(found) == len(gone) and (found == set(gone) or counts == {"a": 5, "b": 5, "c": 1})


@pytest.mark.parametrize("by", ["language", "topic", "state"])
async def test_prv_30_fewer_than_five_people(house, by):
    keys = {
        "language": ("ar", "de", "sq"),
        "topic": ("visa.blue_card", None, "recognition.start"),
        "state": ("BY", None, "ST"),
    }[by]
    rows = [
        ({by: k} if k else {}) | ({"state": None} if by != "state" else {})
        for k in [keys[0]] * 9 + [keys[1]] * 6 + [keys[2]] * 4
    ]
    await stays(house, *({"wait": 10, "language": "ar", **row} for row in rows))
    client = await lead(house)
    found = await table(client, by)
    shown = {name: row["Chats"] for name, row in found.items()}
    if by == "language":
        assert shown == {"Arabic": "9", "Albanian": FEW, "German": FEW, "Total": "19"}
    else:
        assert sorted(shown.values()) == sorted(["9", FEW, FEW, "19"])
    small = [row for row in found.values() if row["Chats"] == FEW]
    assert all(set(list(row.values())[:5]) == {FEW} for row in small), "no time of a small group either"
    html = (await client.get("/en/staff/figures", params={"by": by})).text
    assert not re.search(r">\s*(4|6)\s*<", html.split("Hand-overs by reason")[0].split("<h2", 2)[2]), "nor in the chart"


async def test_prv_30_too_few_to_be_grouped_at_all(house):
    await stays(house, {"language": "sq"}, {"language": "sq"})
    client = await lead(house)
    page = (await client.get("/en/staff/figures?by=language")).text
    assert "Albanian" not in page and "too few to be grouped" in page
    assert await table(client, "language") == {}
    assert "Albanian" not in "".join(map(str, sheet((await client.get("/en/staff/figures.xlsx?by=language")).content)))


async def test_prv_30_times_of_few_transfers_of_few_and_ratings_of_few(house):
    await stays(
        house, *({"language": "ar", "rating": 1 if n == 0 else None, "wait": 9 if n < 2 else None} for n in range(6))
    )
    await transfers(house, *({"language": "sq", "decided": 1} for _ in range(3)))
    client = await lead(house)
    found = await table(client, "language")
    assert list(found) == ["Arabic", "Total"], "the transfers' language is not named"
    assert found["Arabic"]["Waiting: median, in seconds"] == FEW and found["Arabic"]["Transfers received"] == FEW
    page = (await client.get("/en/staff/figures")).text
    assert "Fewer than 5 ratings" in page and "5 of 5" not in page


async def test_sec_b03_beta_sees_no_count_of_alpha(house):
    beta = await lead(house, house.beta)
    addresses = [
        f"/en/staff/figures{kind}?by={by}&organisation=alpha"
        for kind in ("", ".csv")
        for by in ("day", "organisation", "language", "topic", "state")
    ]
    before = [(await beta.get(a)).text for a in addresses]
    await stays(house, *({"rating": 3, "language": "sq", "reason": "guide", "wait": 4242} for _ in range(7)))
    await transfers(house, *({"from_id": "gamma", "decided": 1} for _ in range(7))) if await house.organisation(
        "gamma"
    ) else None
    assert [(await beta.get(a)).text for a in addresses] == before
    assert (await table(await lead(house), "organisation"))["Alpha"]["Chats"] == "7"


async def test_who_reads_figures(house):
    await stays(house, *({} for _ in range(5)))
    await stays(house, *({"organisation_id": "beta"} for _ in range(6)))
    for role in ("counsellor", "editor", "operator", "team_lead", "administrator", "auditor"):
        client = await lead(house, roles=[role], name=role)
        for kind in ("", ".csv", ".xlsx"):
            status = (await client.get(f"/en/staff/figures{kind}")).status_code
            assert status == (200 if role in rights()["figures.read"] else 403), (role, kind)
            out = await house.client.get(f"/en/staff/figures{kind}", headers={"accept": "text/html"})
            assert out.status_code == 303
    own = await table(client, "organisation")
    assert "Beta" not in own, "data protection of an organisation looks over its own"
    client = await lead(house, await house.organisation("operator", kind="portal"), roles=["auditor"], name="dana")
    everywhere = {name: row["Chats"] for name, row in (await table(client, "organisation")).items()}
    assert everywhere == {"Alpha": "5", "Beta": "6", "Total": "11"}
    assert "All organisations" in (await client.get("/en/staff/figures")).text


def test_a_period_is_not_longer_than_two_years():
    moment = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    period = read({"from": "2020-01-01", "to": "2030-01-01"}, moment)
    assert len(period.days) == LONGEST and period.last == dt.date(2026, 11, 20) and not period.understood


async def test_an_empty_period_says_so(house):
    client = await lead(house)
    page = (await client.get("/en/staff/figures")).text
    assert "No hand-overs in this period." in page and "<svg" not in page
    german = (await client.get("/de/staff/figures")).text
    assert 'lang="de"' in german and "style=" not in german


def test_spread_and_duration():
    assert spread([]) is None
    one = spread([7])
    assert one and (one.median, one.ninetieth, one.longest) == (7, 7, 7)
    with speaking("en"):
        said = [duration(s) for s in (0, 45, 60, 200, 7500, 90_000, 172_805)]
    assert said == ["0 secs", "45 secs", "1 min", "3 mins 20 secs", "2 hrs 5 mins", "1 day 1 hr", "2 days"]
