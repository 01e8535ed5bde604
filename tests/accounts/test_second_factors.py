"""Second factors: an app, recovery codes, tries that are counted, and their change (SEC-A05, A06, A18)."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from sqlmodel import col, select, update

from portal.accounts import factors, sessions
from portal.accounts.models import Account, Audit, SignIn
from portal.clock import now
from tests.accounts.steps import (
    PASSWORD,
    SECRET,
    account_of,
    ask_reset,
    browser,
    choose,
    code,
    csrf_of,
    link_in,
    mails,
    member,
    password,
    second,
)


async def test_sec_a05_a_password_alone_opens_nothing(house):
    await member(house, "a05@alpha.example", house.alpha)
    client = browser(house)
    answer = await password(client, "a05@alpha.example")
    assert answer.headers["location"].startswith("/en/staff/sign-in/second")

    for path in ("/en/staff", "/en/staff/account", "/en/staff/account/factors", "/en/staff/people"):
        page = await client.get(path)
        assert page.status_code == 303 and "/staff/sign-in" in page.headers["location"], path

    assert (await second(client, how="app", code=code())).status_code == 303
    assert (await client.get("/en/staff/account")).status_code == 200


async def test_sec_a06_a_code_works_once_and_not_when_it_is_old(house):
    account = await member(house, "a06@alpha.example", house.alpha)
    one, other = browser(house), browser(house)
    await password(one, account.email)
    await password(other, account.email)
    old = code(moment=now() - dt.timedelta(seconds=factors.STEP))

    assert (await second(other, how="app", code=old)).status_code == 401
    step = int(time.time()) // factors.STEP
    used = code()
    assert (await second(one, how="app", code=used)).status_code == 303
    assert (await second(other, how="app", code=used)).status_code == 401
    assert (await account_of(house, account.id)).totp_last in (step, step + 1)


def test_sec_a06_a_code_is_right_in_its_period_and_a_little_before():
    at = dt.datetime(2026, 11, 21, 12, 0, 10, tzinfo=dt.UTC)
    later = {s: factors.step_of(SECRET, code(SECRET, at), at + dt.timedelta(seconds=s)) is not None
             for s in (-41, -40, 0, 19, 20)}  # fmt: skip
    assert later == {-41: False, -40: True, 0: True, 19: True, 20: False}


async def test_sec_a06_recovery_codes_work_once_for_their_owner(house):
    account = await member(house, "a06r@alpha.example", house.alpha)
    other = await member(house, "a06s@alpha.example", house.alpha)
    async with house.database.write() as session:
        codes = await factors.new_codes(session, account.id)
        await session.commit()
    results = []
    for email, word in [(other.email, codes[0]), (account.email, codes[0].upper()), (account.email, codes[0])]:
        client = browser(house)
        await password(client, email)
        results.append((await second(client, how="recovery", code=word)).status_code)
    assert results == [401, 303, 401]
    assert len(set(codes)) == 10 and all(len(c.replace("-", "")) == 20 for c in codes)


@pytest.mark.parametrize("how", ["app", "recovery", "key"])
async def test_second_factors_are_counted_and_their_owner_is_told(house, how):
    email = f"count-{how}@alpha.example"
    account = await member(house, email, house.alpha)
    client = browser(house)
    await password(client, email)

    answers = [await second(client, how=how, code="000000", credential="{}") for _ in range(11)]

    assert [a.status_code for a in answers] == [401] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) > 3600
    page = await client.get("/en/staff/sign-in/second")  # with the password again, it is no better
    assert page.headers["location"].startswith("/en/staff/sign-in")
    await password(client, email)
    assert (await second(client, how="app", code=code())).status_code == 429
    told = await mails(house, email)
    assert [mail.key.partition(":")[0] for mail in told] == ["second_factor"]
    assert link_in(told[0]) == "/de/staff/reset"
    async with house.database.read() as session:
        rows = select(Audit.result).where(Audit.account_id == account.id, Audit.what == "second_factor")
        assert sorted((await session.exec(rows)).all()) == ["failed"] * 10 + ["stopped"] * 2

    await choose(house, await ask_reset(house, email))
    await password(client, email, "drei rote Laternen brennen")
    assert (await second(client, how="app", code=code())).status_code == 303


async def test_lost_second_factors_may_be_tried_anew(house):
    await member(house, "count@alpha.example", house.alpha)
    client = browser(house)
    await password(client, "count@alpha.example")
    for _ in range(11):
        answer = await second(client, how="app", code="000000")
    assert answer.status_code == 429
    boss = await house.enter(await house.account("count-boss@alpha.example", house.alpha, roles=["administrator"]))
    async with house.database.read() as session:
        account = (await session.exec(select(Account).where(Account.email == "count@alpha.example"))).one()
    await boss.post(f"/en/staff/people/{account.id}/status", data={"do": "factors"})
    await password(client, "count@alpha.example")
    async with house.database.read() as session:
        sign_in = (await session.exec(select(SignIn).where(SignIn.account_id == account.id))).one()
    answer = await second(client, how="app", code=code(sign_in.challenge.partition(".")[0]))
    assert answer.status_code == 200 and answer.text.count("<code>") == factors.CODES


async def test_sec_a18_factors_are_changed_after_a_fresh_password_only(house):
    account = await member(house, "a18@alpha.example", house.alpha)
    client = await house.enter(account)
    async with house.database.write() as session:
        long_ago = now() - dt.timedelta(minutes=11)
        await session.exec(update(SignIn).where(col(SignIn.account_id) == account.id).values(fresh_at=long_ago))
        await session.commit()

    for path, data in [("", {"how": "app"}), ("/remove", {"which": "app"}), ("/codes", {})]:
        assert (await client.post(f"/en/staff/account/factors{path}", data=data)).status_code == 403
    assert (await client.get("/en/staff/account/factors")).status_code == 403
    assert (await client.post("/en/staff/account/confirm", data={"password": "wrong password"})).status_code == 422
    assert (await client.post("/en/staff/account/confirm", data={"password": PASSWORD})).status_code == 303
    page = await client.get("/en/staff/account/factors")
    assert page.status_code == 200
    last = await client.post("/en/staff/account/factors/remove", data={"which": "app"})
    assert last.status_code == 422 and (await account_of(house, account.id)).totp_secret
    codes = await client.post("/en/staff/account/factors/codes")
    assert codes.status_code == 200 and codes.text.count("<code>") == 10


async def test_sec_a18_another_app_takes_the_place_of_the_first(house):
    account = await member(house, "a18b@alpha.example", house.alpha)
    client = await house.enter(account)
    await house.account("x18@alpha.example", house.alpha)
    async with house.database.write() as session:
        sign_in = (await session.exec(select(SignIn).where(SignIn.account_id == account.id))).one()
        await sessions.rechallenge(session, sign_in)
        secret = sign_in.challenge.partition(".")[0]
        await session.commit()
    data = {"how": "app", "code": code(secret)}
    assert (await client.post("/en/staff/account/factors", data={**data, "code": "000000"})).status_code == 422
    assert (await client.post("/en/staff/account/factors", data=data)).status_code == 303
    assert (await account_of(house, account.id)).totp_secret == secret
    assert [m.key.partition(":")[0] for m in await mails(house, account.email)] == ["factor_changed"]


async def test_the_second_step_ends_with_its_time_and_needs_its_form(house):
    account = await member(house, "half@alpha.example", house.alpha)
    client = browser(house)
    await password(client, account.email)
    page = await client.get("/en/staff/sign-in/second")
    answer = await client.post("/en/staff/sign-in/second", data={"csrf": "x", "how": "app", "code": code()})
    assert answer.status_code == 403
    async with house.database.write() as session:
        long_ago = now() - dt.timedelta(minutes=16)
        await session.exec(update(SignIn).where(col(SignIn.account_id) == account.id).values(made_at=long_ago))
        await session.commit()
    answer = await client.post("/en/staff/sign-in/second", data={"csrf": csrf_of(page), "how": "app", "code": code()})
    assert answer.status_code == 401 and (await client.get("/en/staff/account")).status_code == 303
    assert "What you wrote" not in answer.text and 'href="/en/staff/sign-in?next=/staff"' in answer.text
