"""Figures against rows computed by hand: what is counted, whose, and what is not shown."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from itertools import permutations, product

import pytest

from portal.access import rights
from portal.chat.erasing import erase
from portal.clock import german_day, now
from portal.figures.counting import spread
from portal.figures.hiding import FEWEST, hidden
from portal.figures.names import duration
from portal.figures.period import EARLIEST, LONGEST, midnight, monday, read
from portal.i18n import speaking, written_date
from tests.figures.reading import lead, sheet, table
from tests.figures.rows import NOON, SUNDAY, stays, transfers

HIDDEN = "not shown"


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
    await transfers(house, {"status": "sent", "due": 1000})
    client = await lead(house)
    total = (await table(client, "day"))["Total"]
    assert (total["Transfers received"], total["Decided in time"]) == ("6", "3")
    page = (await client.get("/en/staff/figures")).text
    assert "3 of 5 (1 late, 1 overdue, 1 still open)" in page
    assert "No hand-overs in this period." in page
    beta = (await table(await lead(house, house.beta), "day"))["Total"]
    assert (beta["Transfers received"], beta["Decided in time"]) == ("1", "1"), "what it received, not what it sent"


async def test_days_are_those_of_berlin(house):
    midnight_in_berlin = midnight(SUNDAY)
    await stays(
        house,
        {"at": midnight_in_berlin, "language": "ar"},
        {"at": midnight_in_berlin - dt.timedelta(seconds=1), "language": "de"},
    )
    client = await lead(house)
    day = SUNDAY
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
    assert german_day(period.start) == german_day(period.end - dt.timedelta(seconds=1)) == period.first


@pytest.mark.parametrize(
    ("counts", "gone"),
    [({"a": 9, "b": 8}, ""), ({"a": 9, "b": 8, "c": 4}, "bc"), ({"a": 9, "b": 4, "c": 3}, "bc"), ({"a": 9, "b": 7, "c": 1, "d": 1}, "bcd"),
     ({"a": 9, "b": 0, "c": 0}, ""), ({"a": 4, "b": 1}, "ab"), ({"a": 5, "b": 1, "c": 0}, "ab"), ({}, ""),
     ({"a": 3, "b": 0}, None), ({"a": 2, "b": 2}, None), ({"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}, None)],
)  # fmt: skip
def test_prv_30_small_groups_and_what_would_give_them_away(counts, gone):
    assert hidden(counts, sum(counts.values())) == (None if gone is None else set(gone))


def test_prv_30_no_hidden_group_can_be_computed():
    """Whoever knows the rule, the total and what is shown still finds two numbers at least for each hidden group."""
    worlds = defaultdict(set)  # by what a reader sees of them
    for numbers in product(range(2 * FEWEST + 1), repeat=3):
        for order in permutations("abc"):
            counts = {key: numbers["abc".index(key)] for key in order}
            gone = hidden(counts, sum(numbers))
            if gone is not None:
                worlds[sum(numbers), tuple(None if key in gone else counts[key] for key in "abc")].add(numbers)
    hiding = {
        (seen, n): {numbers[n] for numbers in found}
        for (total, seen), found in worlds.items()
        for n in range(3)
        if seen[n] is None and total - sum(filter(None, seen)) <= 2 * FEWEST  # so that no world is missing
    }
    assert len(hiding) > 20 and all(len(possible) > 1 for possible in hiding.values())


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
        assert shown == {"Arabic": "9", "Albanian": HIDDEN, "German": HIDDEN, "Total": "19"}
    else:
        assert sorted(shown.values()) == sorted(["9", HIDDEN, HIDDEN, "19"])
    kept = [row for row in found.values() if row["Chats"] == HIDDEN]
    assert kept[0] == kept[1], "the one of 6 and the one of 4 look the same"
    assert set(list(kept[0].values())[:5]) == {HIDDEN}, "no time of a small group either"
    html = (await client.get("/en/staff/figures", params={"by": by})).text
    assert f"means: fewer than {FEWEST}, or" in html and "fewer than" not in html.replace("means: fewer than", "")
    assert not re.search(r">\s*(4|6)\s*<", html.split("Hand-overs by reason")[0].split("<h2", 2)[2]), "nor in the chart"


@pytest.mark.parametrize("languages", [["sq", "sq"], ["sq", "ar", "de", "tr", "en"]])
async def test_prv_30_too_few_to_be_grouped_at_all(house, languages):
    """Five people of five languages: each would be one."""
    await stays(house, *({"language": language} for language in languages))
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
    assert found["Arabic"]["Waiting: median, in seconds"] == found["Arabic"]["Transfers received"] == HIDDEN
    page = (await client.get("/en/staff/figures")).text
    assert "Fewer than 5 ratings" in page and "5 of 5" not in page


async def test_sec_b03_beta_sees_no_count_of_alpha(house):
    beta = await lead(house, house.beta)
    addresses = [
        f"/en/staff/figures{kind}?by={by}&organisation=alpha"
        for kind in ("", ".csv")
        for by in ("day", "organisation", "language", "topic", "state")
    ]

    async def said() -> list[str]:
        return [re.sub(' nonce="[^"]+"', "", (await beta.get(address)).text) for address in addresses]

    before = await said()
    await stays(house, *({"rating": 3, "language": "sq", "reason": "guide", "wait": 4242} for _ in range(7)))
    await transfers(house, *({"from_id": "gamma", "decided": 1} for _ in range(7))) if await house.organisation(
        "gamma"
    ) else None
    assert await said() == before
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
    period = read({"from": "2020-01-01", "to": "2030-01-01"}, moment, weeks=True)
    assert len(period.days) == LONGEST and period.last == dt.date(2026, 11, 15) and not period.understood


WEEKS = [  # from, to, the moment, what is shown, was it as asked
    ("2026-11-04", "2026-11-05", "2026-11-20T12:00Z", "2026-11-02", "2026-11-08", True),
    ("2026-11-02", "2026-11-08", "2026-11-20T12:00Z", "2026-11-02", "2026-11-08", True),
    ("2026-11-08", "2026-11-09", "2026-11-20T12:00Z", "2026-11-02", "2026-11-15", True),
    ("2026-11-11", "2026-11-20", "2026-11-20T12:00Z", "2026-11-09", "2026-11-15", True),  # this week is not over
    ("2026-11-17", "2026-11-18", "2026-11-20T12:00Z", "2026-11-09", "2026-11-15", False),
    ("2026-11-10", "2026-11-15", "2026-11-15T22:59Z", "2026-11-02", "2026-11-08", False),  # Sunday in Germany
    ("2026-11-10", "2026-11-15", "2026-11-15T23:00Z", "2026-11-09", "2026-11-15", True),  # Monday in Germany
    ("2026-11-19", "2026-11-02", "2026-11-20T12:00Z", "2026-10-19", "2026-11-15", False),  # the usual period
    (str(EARLIEST), "2018-01-02", "2026-11-20T12:00Z", "2018-01-01", "2018-01-07", True),
]


@pytest.mark.parametrize(("since", "until", "moment", "first", "last", "understood"), WEEKS)
def test_prv_30_whole_weeks_that_are_over(since, until, moment, first, last, understood):
    at = dt.datetime.fromisoformat(moment)
    period = read({"from": since, "to": until}, at, weeks=True)
    assert (str(period.first), str(period.last), period.understood) == (first, last, understood)
    again = read({"from": first, "to": last}, at, weeks=True)
    assert (again.first, again.last, again.understood) == (period.first, period.last, True), "what the form then shows"


@pytest.mark.parametrize("by", ["language", "topic", "state"])
async def test_prv_30_no_day_is_found_by_subtracting_periods(house, by):
    """6 of a week without 5 of it were one person; and the days of this week come all at once, when it is over."""
    group = {"language": "sq", "topic": "visa.blue_card", "state": "ST"}[by]
    await stays(house, *({by: group} for _ in range(5)), at=NOON - dt.timedelta(days=2))
    await stays(house, {by: group})
    await stays(house, *({by: group} for _ in range(7)), at=now())
    client = await lead(house)
    friday, day_after = SUNDAY - dt.timedelta(days=2), SUNDAY + dt.timedelta(days=1)
    counts = [
        [row["Chats"] for row in (await table(client, by, **{"from": str(since), "to": str(until)})).values()]
        for since, until in ((friday, friday), (friday, SUNDAY), (SUNDAY, SUNDAY), (friday, day_after), (friday, german_day(now())))
    ]  # fmt: skip
    assert counts == [["6", "6"]] * 5
    asked = {"from": str(friday), "to": str(friday), "by": by}
    page = (await client.get("/en/staff/figures", params=asked)).text
    assert f'name="from" type="date" value="{monday(SUNDAY)}"' in page
    assert f'name="to" type="date" value="{SUNDAY}"' in page
    with speaking("en"):
        assert f"{written_date(monday(SUNDAY))} to {written_date(SUNDAY)}" in page
    assert "only for whole weeks" in page and "This period was not possible" not in page
    named = (await client.get("/en/staff/figures.csv", params=asked)).headers["content-disposition"]
    assert f"{monday(SUNDAY)}-{SUNDAY}-{by}.csv" in named
    days = await table(client, "day", **{"from": str(friday), "to": str(friday)})
    assert [row["Chats"] for row in days.values()] == ["5", "5"], "days are not groups of people"
    assert "only for whole weeks" not in (await client.get("/en/staff/figures?by=day")).text


@pytest.mark.parametrize("by", ["language", "topic"])
async def test_what_is_empty_was_not_stated(house, by):
    """An erased case has no language left; it is not German."""
    await transfers(house, *({"decided": 1, by: ""} for _ in range(6)))
    await transfers(house, *({"decided": 1, by: "de"} for _ in range(5)), at=NOON - dt.timedelta(days=1))
    await stays(house, *({"language": "de"} for _ in range(5)))
    client = await lead(house)
    found = {name: row["Transfers received"] for name, row in (await table(client, by)).items()}
    assert found == {"German" if by == "language" else "de": "5", "Not stated": "6", "Total": "11"}
    assert "Not stated" in (await client.get(f"/en/staff/figures?by={by}")).text


async def test_prv_24_deleted_chats_still_count_each(house):
    await stays(house, *({"chat": f"gone-{n}"} for n in range(6)), {"chat": "here"})
    async with house.database.write() as session:
        await erase(session, [f"gone-{n}" for n in range(6)], now())
        await session.commit()
    assert {row["Chats"] for row in (await table(await lead(house), "language")).values()} == {"7"}


async def test_returned_transfers_stand_beside_the_rule(house):
    await transfers(
        house, *({"decided": 1, "status": "returned"} for _ in range(3)), {"decided": 2}, {"status": "sent"}
    )
    page = (await (await lead(house)).get("/en/staff/figures")).text
    part = page.split("Transfers received, by decision")[-1]
    shown = dict(re.findall(r'<th[^>]*scope="row">([^<]+)</th>\s*<td[^>]*>(\d+)<', part))
    assert shown == {"waits for a decision": "1", "accepted": "1", "returned": "3"}


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
