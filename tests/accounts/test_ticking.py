"""What time deletes of accounts: sign-ins, links, and the audit log (RET-07, RET-08, RET-10)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text
from sqlmodel import select

from portal import clockwork
from portal.accounts import sessions, ticking
from portal.accounts.models import Account, Audit, Organisation, SignIn, Ticket
from portal.clock import GERMANY
from tests.accounts.steps import member
from tests.accounts.test_first import empty

MOMENT = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)


async def swept(tmp_path, rows: dict[str, object], moment: dt.datetime, column) -> list[str]:
    """Which of the rows stay; with an account (1)."""
    database = await empty(tmp_path)
    async with database.write() as session:
        session.add(Organisation(id="alpha", name="Alpha", kind="ag_s"))
        await session.flush()
        session.add(Account(id=1, organisation_id="alpha", email="a@alpha.example", name="A", shown_name="A"))
        await session.flush()
        session.add_all(rows.values())
        await session.commit()
    found = []
    for _ in range(2):  # again, it changes nothing
        async with database.write() as session:
            await ticking.sweep(session, moment)
            await session.commit()
        async with database.read() as session:
            found.append(sorted((await session.exec(select(column))).all()))
    await database.close()
    assert found[0] == found[1]
    return found[0]


async def test_sign_ins_that_are_over_are_deleted(tmp_path):
    def signed(name: str, made: dt.timedelta, seen: dt.timedelta, stage: str = "full") -> SignIn:
        return SignIn(
            token_hash=name, account_id=1, stage=stage, csrf="x", made_at=MOMENT - made, seen_at=MOMENT - seen
        )

    zero = dt.timedelta()
    rows = [signed("used", 9 * 60 * MINUTE, zero), signed("idle", 60 * MINUTE, 31 * MINUTE), signed("quiet", 60 * MINUTE, 29 * MINUTE),
            signed("long", 601 * MINUTE, zero), signed("half", 14 * MINUTE, 14 * MINUTE, "password"),
            signed("given up", 16 * MINUTE, 16 * MINUTE, "password")]  # fmt: skip
    assert await swept(tmp_path, {r.token_hash: r for r in rows}, MOMENT, SignIn.token_hash) == [
        "half",
        "quiet",
        "used",
    ]


async def test_ret_10_links_that_were_used_or_are_over_are_deleted(tmp_path):
    def link(name: str, ends: dt.datetime, used: dt.datetime | None = None) -> Ticket:
        return Ticket(token_hash=name, purpose="reset", account_id=1, ends_at=ends, used_at=used)

    rows = [link("good", MOMENT + MINUTE), link("over", MOMENT), link("used", MOMENT + MINUTE, MOMENT - MINUTE)]
    assert await swept(tmp_path, {r.token_hash: r for r in rows}, MOMENT, Ticket.token_hash) == ["good"]


@pytest.mark.parametrize("account", [1, None])
async def test_ret_07_the_security_log_is_kept_for_90_days(tmp_path, account):
    rows = {str(age): Audit(at=MOMENT - age, account_id=account, what="sign_in", object=str(age.days), result="failed")
            for age in (DAY, 89 * DAY, 91 * DAY, 500 * DAY)}  # fmt: skip
    assert await swept(tmp_path, rows, MOMENT, Audit.object) == ["1", "89"]


@pytest.mark.parametrize("what", ["case.viewed", "transfer.sent"])
async def test_ret_08_who_saw_a_record_is_kept_to_the_end_of_the_following_year(tmp_path, what):
    last = dt.datetime(2025, 1, 1, tzinfo=GERMANY)
    rows = {name: Audit(at=at, account_id=1, what=what, object=name)
            for name, at in {"new": MOMENT, "last year": last, "the year before": last - MINUTE}.items()}  # fmt: skip
    assert await swept(tmp_path, rows, MOMENT, Audit.object) == ["last year", "new"]
    first = dt.datetime(2027, 1, 1, 0, 30, tzinfo=GERMANY)  # still 2026 elsewhere
    (tmp_path / "later").mkdir()
    rows = {name: Audit(at=at, account_id=1, what=what, object=name) for name, at in {"a": MOMENT, "b": last}.items()}
    assert await swept(tmp_path / "later", rows, first, Audit.object) == ["a"]


async def test_the_clockwork_does_it_every_hour(house):
    seconds, tick = clockwork.TICKS["accounts"]
    assert seconds <= 3600
    account = await member(house, "ticking@alpha.example", house.alpha)
    over = SignIn(token_hash="over", account_id=account.id, csrf="x", made_at=MOMENT - 3000 * DAY)
    await house.add(over)
    await tick(house.app.state, house.app.state.settings)
    async with house.database.read() as session:
        assert await session.get(SignIn, "over") is None


async def test_only_sessions_that_last_are_listed(house):
    account = await member(house, "listed@alpha.example", house.alpha)
    client = await house.enter(account)
    moment = MOMENT + 3000 * DAY
    for name, ago in (("Firefox/1 Windows", dt.timedelta(minutes=31)), ("Edg/1 Windows", dt.timedelta(minutes=5))):
        seen = dt.datetime.now(dt.UTC) - ago
        await house.add(
            SignIn(
                token_hash=name, account_id=account.id, stage="full", csrf="x", browser=name, made_at=seen, seen_at=seen
            )
        )
    page = (await client.get("/en/staff/account")).text
    assert "Edge, Windows" in page and "Firefox, Windows" not in page
    async with house.database.read() as session:
        assert await sessions.of(session, account.id, moment) == []


async def test_the_newest_of_an_organisation_are_found_by_an_index(tmp_path):
    database = await empty(tmp_path)
    async with database.engine.connect() as connection:
        plan = await connection.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT * FROM audit WHERE organisation_id = 'a' AND id < 9 ORDER BY id DESC LIMIT 51"
            )
        )
        said = " ".join(row[-1] for row in plan)
    await database.close()
    assert "USING INDEX ix_audit_organisation" in said and "TEMP B-TREE" not in said
