"""Signing in, with both factors, and out (SEC-A01 to A21)."""

from __future__ import annotations

import asyncio
import datetime as dt
import html
import json
import re
import statistics
import time

import pytest
from sqlmodel import col, delete, select, update

from portal.accounts import factors, passwords, sessions
from portal.accounts.models import Account, Audit, SignIn, Ticket
from portal.chat.service import hashed
from portal.clock import now
from portal.web.staff.door import COOKIE
from tests.accounts.steps import (
    PASSWORD,
    SECRET,
    account_of,
    begin_anew,
    browser,
    code,
    csrf_of,
    enter,
    link_in,
    mails,
    member,
    password,
    second,
)  # fmt: skip

EVIL = ["//evil.example", "/\\evil.example", "///evil.example", "https:evil.example", "https://evil.example",
        "%09//evil.example", "\t//evil.example", "javascript:alert(1)", "/staff//evil.example", "/staff/../../x",
        "/staff/account?x=//evil", "/staff/account@evil.example", "/chat", "/staff/nowhere"]  # fmt: skip


async def test_sec_a01_wrong_passwords_are_counted_and_lock_nobody_else_out(house):
    await member(house, "a01@alpha.example", house.alpha)
    attacker, owner = browser(house), browser(house)

    answers = [await password(attacker, "a01@alpha.example", "wrong password") for _ in range(11)]

    assert [a.status_code for a in answers] == [401] * 10 + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 900
    assert (await password(attacker, "a01@alpha.example")).status_code == 429
    transport = owner._transport
    owner._transport = type(transport)(local_address="127.0.0.2")
    assert (await password(owner, "a01@alpha.example")).status_code == 303


async def test_sec_a01_a_forged_header_makes_no_other_address(house):
    await member(house, "a01b@alpha.example", house.alpha)
    for n in range(11):
        client = browser(house, **{"x-real-ip": f"192.0.2.{n}", "forwarded": f"for=192.0.2.{n}"})
        last = await password(client, "a01b@alpha.example", "wrong password")
    assert last.status_code == 429


@pytest.mark.parametrize("word", ["elf Zeichen", "passwort1234", "Sommer2026!!", "aaaaaaaaaaaaaaaa", "Alpha Agentur",
                                  "alphaagentur2026", "Anna Beispiel", "anna.beispiel1", "x" * 60 + "y" * 80])  # fmt: skip
def test_sec_a02_weak_passwords_are_refused(word):
    with pytest.raises(passwords.Weak):
        passwords.check(word, "Anna Beispiel", "anna.beispiel@alpha.example", "Alpha Agentur")


@pytest.mark.parametrize("word", ["ein Satz mit 64 Zeichen 🙂 und noch ein wenig mehr, bis es reicht", "qkzrvwmplxtnbhdgyjsf",
                                  "Agentur der blauen Wolken", "كلمة سر طويلة جدا", PASSWORD])  # fmt: skip
def test_sec_a02_long_ones_are_taken_whatever_they_are_made_of(word):
    passwords.check(word, "Anna Beispiel", "anna.beispiel@alpha.example", "Alpha Agentur")


def test_sec_a02_there_are_three_thousand_common_ones():
    assert len(passwords.common()) >= 3000 and "passwort1234" in passwords.common()


async def test_sec_a03_the_whole_password_counts(house):
    whole = "ä" * 20 + "x7" * 20  # 80 bytes
    hash_ = await passwords.hashed(whole)
    assert hash_.startswith("$argon2id$")
    await member(house, "a03@alpha.example", house.alpha, password_hash=hash_)
    cut = whole.encode()[:72].decode()

    assert (await password(browser(house), "a03@alpha.example", cut)).status_code == 401
    assert (await password(browser(house), "a03@alpha.example", whole)).status_code == 303


@pytest.mark.parametrize("word", ["admin", "password", "", "wegweiser"])
async def test_sec_a04_there_is_no_first_password(house, word):
    for name in ("admin", "root", "admin@example.org"):
        assert (await password(browser(house), name, word)).status_code == 401


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


async def test_sec_a07_known_and_unknown_addresses_look_the_same(house):
    await member(house, "a07@alpha.example", house.alpha)
    for _ in range(3):  # a busy machine may spoil one round
        seen: dict[str, list] = {"a07@alpha.example": [], "nobody@alpha.example": []}
        for _ in range(7):
            for email, answers in seen.items():
                begin_anew()
                client, start = browser(house), time.perf_counter()
                answer = await client.post("/en/staff/reset", data={"email": email})
                answers.append((time.perf_counter() - start, answer.status_code, len(answer.text)))
        medians = [statistics.median(a[0] for a in answers) for answers in seen.values()]
        if abs(medians[0] - medians[1]) < 0.02:
            break
    assert abs(medians[0] - medians[1]) < 0.02
    assert len({a[1:] for answers in seen.values() for a in answers}) == 1
    wrong = [(await password(browser(house), email, "wrong password")) for email in seen]
    assert wrong[0].status_code == wrong[1].status_code
    assert wrong[0].text.replace("a07@", "nobody@").count("nobody@") == wrong[1].text.count("nobody@")


async def test_reset_mails_do_not_flood_a_mailbox(house):
    await member(house, "flood@alpha.example", house.alpha)
    answers = {(await browser(house).post("/en/staff/reset", data={"email": "flood@alpha.example"})).status_code
               for _ in range(6)}  # fmt: skip
    assert answers == {200} and len(await mails(house, "flood@alpha.example")) == 3


async def ask_reset(house, email: str) -> str:
    await browser(house).post("/en/staff/reset", data={"email": email})
    return link_in((await mails(house, email))[-1])


async def choose(house, link: str, word: str = "drei rote Laternen brennen"):
    return await browser(house).post(link, data={"password": word, "again": word})


async def test_sec_a08_a_reset_link_works_once(house):
    await member(house, "a08@alpha.example", house.alpha)
    first = await ask_reset(house, "a08@alpha.example")
    newer = await ask_reset(house, "a08@alpha.example")

    assert (await choose(house, first)).status_code == 404
    for _ in range(2):
        assert (await browser(house).get(newer)).status_code == 200  # looking uses nothing up
    assert (await choose(house, newer)).status_code == 200
    assert (await choose(house, newer)).status_code == 404
    assert (await browser(house).get(newer)).status_code == 404


async def test_sec_a08_a_reset_link_ends_after_20_minutes_and_with_another_address(house):
    account = await member(house, "a08b@alpha.example", house.alpha)
    link = await ask_reset(house, account.email)
    async with house.database.write() as session:
        await session.exec(update(Ticket).values(ends_at=Ticket.ends_at))
        ticket = (await session.exec(select(Ticket).where(Ticket.account_id == account.id))).one()
        assert ticket.ends_at - ticket.made_at == dt.timedelta(minutes=20)
        assert ticket.token_hash == hashed(link.rpartition("/")[2]) and ticket.token_hash not in link
        ticket.ends_at = now()
        session.add(ticket)
        await session.commit()
    assert (await choose(house, link)).status_code == 404
    link = await ask_reset(house, account.email)
    async with house.database.write() as session:
        await session.exec(update(Account).where(col(Account.id) == account.id).values(email="a08c@alpha.example"))
        await session.commit()
    assert (await choose(house, link)).status_code == 404


async def test_sec_a08_twenty_at_once_reset_once(house):
    await member(house, "a08p@alpha.example", house.alpha)
    link = await ask_reset(house, "a08p@alpha.example")
    answers = await asyncio.gather(*(choose(house, link, f"drei rote Laternen {n}") for n in range(8)))
    assert sorted(a.status_code for a in answers) == [200] + [404] * 7


async def test_sec_a09_after_a_reset_nobody_is_signed_in(house):
    account = await member(house, "a09@alpha.example", house.alpha)
    before = await house.enter(account)
    client = browser(house)
    link = await ask_reset(house, account.email)

    done = await client.post(link, data={"password": "drei rote Laternen", "again": "drei rote Laternen"})

    assert done.status_code == 200 and COOKIE not in client.cookies
    assert (await before.get("/en/staff/account")).status_code == 303
    assert (await password(client, account.email)).status_code == 401
    answer = await password(client, account.email, "drei rote Laternen")
    assert answer.headers["location"].startswith("/en/staff/sign-in/second")
    subjects = [mail.key.partition(":")[0] for mail in await mails(house, account.email)]
    assert subjects == ["reset", "password_changed"]


async def test_sec_a11_links_in_mails_use_the_portals_own_address(house):
    await member(house, "a11@alpha.example", house.alpha)
    foreign = browser(house, host="evil.example")
    assert (await foreign.post("/en/staff/reset", data={"email": "a11@alpha.example"})).status_code == 400
    assert await mails(house, "a11@alpha.example") == []
    client = browser(house, **{"x-forwarded-host": "evil.example"})
    await client.post("/en/staff/reset", data={"email": "a11@alpha.example"})
    body = (await mails(house, "a11@alpha.example"))[-1].body
    assert house.app.state.settings.address in body and "evil" not in body


async def test_sec_a12_each_stage_has_a_token_of_its_own(house):
    await member(house, "a12@alpha.example", house.alpha)
    client = browser(house)
    client.cookies.set(COOKIE, "planted", domain="127.0.0.1", path="/")
    await password(client, "a12@alpha.example")
    half = client.cookies[COOKIE]
    await second(client, how="app", code=code())
    full = client.cookies[COOKIE]

    assert len({"planted", half, full}) == 3
    for old in ("planted", half):
        page = await browser(house).get("/en/staff/account", headers={"cookie": f"{COOKIE}={old}"})
        assert page.status_code == 303
    assert (await client.get("/en/staff/account")).status_code == 200


async def test_sec_a14_tokens_have_nothing_in_common(house):
    account = await member(house, "a14@alpha.example", house.alpha)
    async with house.database.write() as session:
        tokens = [(await sessions.begin(session, account, now()))[1] for _ in range(400)]
        await session.rollback()
    assert len({t[:6] for t in tokens}) > 390 and len({t[-6:] for t in tokens}) > 390
    assert min(map(len, tokens)) >= 43  # 256 bits


async def test_sec_a15_idle_and_longest(house):
    account = await member(house, "a15@alpha.example", house.alpha)
    for field, allowed, over in (("seen_at", 29, 31), ("made_at", 599, 601)):
        client = await house.enter(account)
        for minutes, status in ((allowed, 200), (over, 303)):
            async with house.database.write() as session:
                moment = now() - dt.timedelta(minutes=minutes)
                await session.exec(update(SignIn).where(col(SignIn.account_id) == account.id).values(**{field: moment}))
                await session.commit()
            assert (await client.get("/en/staff/account")).status_code == status, (field, minutes)
        async with house.database.write() as session:
            await session.exec(delete(SignIn).where(col(SignIn.account_id) == account.id))
            await session.commit()


async def test_sec_a16_signing_out_ends_it_at_once(house):
    account = await member(house, "a16@alpha.example", house.alpha)
    client = await house.enter(account)
    kept = client.cookies[COOKIE]
    page = await client.get("/en/staff/account")
    assert page.headers["cache-control"] == "no-store"

    out = await client.post("/en/staff/sign-out")

    assert out.status_code == 303 and out.headers["clear-site-data"] == '"cache"'
    page = await browser(house).get("/en/staff/account", headers={"cookie": f"{COOKIE}={kept}"})
    assert page.status_code == 303


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


async def test_sec_a18_one_sees_and_ends_ones_own_sessions(house):
    account = await member(house, "a18c@alpha.example", house.alpha)
    stranger = await member(house, "a18d@beta.example", house.beta)
    one, two, other = await house.enter(account), await house.enter(account), await house.enter(stranger)
    async with house.database.read() as session:
        theirs = (await session.exec(select(SignIn).where(SignIn.account_id == stranger.id))).one().token_hash
    page = await one.get("/en/staff/account")
    assert theirs not in page.text

    assert (await one.post("/en/staff/account/sessions", data={"which": theirs})).status_code == 404
    assert (
        await one.post("/en/staff/account/sessions", data={"which": hashed(two.cookies[COOKIE])})
    ).status_code == 303
    assert (await two.get("/en/staff/account")).status_code == 303
    assert (await other.get("/en/staff/account")).status_code == 200
    third = await house.enter(account)
    await one.post("/en/staff/account/sessions", data={"which": "others"})
    assert (await third.get("/en/staff/account")).status_code == 303
    assert (await one.get("/en/staff/account")).status_code == 200


async def test_sec_a19_the_cookie_is_strict_and_tokens_stand_in_no_address(house):
    await member(house, "a19@alpha.example", house.alpha)
    client = browser(house)
    answer = await password(client, "a19@alpha.example", next="/staff/account")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/" in cookie
    assert client.cookies[COOKIE] not in answer.headers["location"]
    house.app.state.settings.base_url, before = "https://wegweiser.example", house.app.state.settings.base_url
    try:
        answer = await password(browser(house), "a19@alpha.example")
    finally:
        house.app.state.settings.base_url = before
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"__Host-{COOKIE}=") and "Secure" in cookie and "Domain" not in cookie


@pytest.mark.parametrize("path", ["/account", "/account/sessions", "/account/password", "/people", "/organisation",
                                  "/sign-out", "/people/teams", "/account/factors/codes"])  # fmt: skip
async def test_sec_a20_forms_of_other_sites_are_refused(house, path):
    account = await member(house, f"a20{path.replace('/', '.')}@alpha.example", house.alpha, roles=["administrator"])
    client = await house.enter(account)
    token = client.headers["x-csrf"]
    for headers, form in [
        ({"x-csrf": ""}, {}), ({"x-csrf": ""}, {"csrf": "foreign"}), ({"x-csrf": token + "x"}, {}),
        ({"origin": "https://evil.example"}, {}), ({"sec-fetch-site": "cross-site"}, {}),
        ({"sec-fetch-site": "same-site"}, {}),
    ]:  # fmt: skip
        answer = await client.post(f"/en/staff{path}", headers=headers, data=form)
        assert answer.status_code == 403, (headers, form)
    assert (await client.get("/en/staff/account")).status_code == 200


@pytest.mark.parametrize("path", ["/sign-in", "/reset", "/sign-in/demo", "/invitation/x", "/reset/x"])
async def test_sec_a20_nobody_is_signed_in_from_another_site(house, path):
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = await browser(house).post(
            f"/en/staff{path}", headers=headers, data={"email": "a@b.example", "account": 1}
        )
        assert answer.status_code == 403


@pytest.mark.parametrize("wanted", EVIL)
async def test_sec_a21_next_leads_to_our_own_pages_only(house, wanted):
    email = f"a21-{EVIL.index(wanted)}@alpha.example"
    await member(house, email, house.alpha)
    client = browser(house)
    await password(client, email, next=wanted)
    assert (await second(client, how="app", code=code(), next=wanted)).headers["location"] == "/de/staff"
    again = await browser(house).get(
        "/en/staff/sign-in", params={"next": wanted}, headers={"sec-fetch-site": "cross-site"}
    )
    assert "evil" not in again.text and "url=/en/staff" in again.text


async def test_sec_a21_a_page_of_ours_is_reached(house):
    await member(house, "a21@alpha.example", house.alpha, language="en")
    client = browser(house)
    sent = await client.get("/en/staff/people/7")
    assert sent.headers["location"] == "/en/staff/sign-in?next=/staff/people/7"
    answer = await password(client, "a21@alpha.example", next="/staff/people/7")
    assert answer.headers["location"].endswith("next=/staff/people/7")
    done = await second(client, how="app", code=code(), next="/staff/people/7")
    assert done.headers["location"] == "/en/staff/people/7"


async def test_what_happened_is_in_the_audit_without_names(house):
    account = await member(house, "audit@alpha.example", house.alpha)
    await password(browser(house), account.email, "wrong password")
    await enter(house, account.email)
    async with house.database.read() as session:
        rows = (await session.exec(select(Audit).where(Audit.account_id == account.id).order_by(Audit.id))).all()
    assert [(r.what, r.result) for r in rows][:3] == [("sign_in", "failed"), ("sign_in", "ok"), ("second_factor", "ok")]
    assert "audit@" not in json.dumps([r.model_dump(mode="json") for r in rows])


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


async def gone(house, email: str):
    """A browser whose sign-in has ended."""
    account = await member(house, email, house.alpha)
    client = await house.enter(account)
    async with house.database.write() as session:
        await session.exec(delete(SignIn).where(col(SignIn.account_id) == account.id))
        await session.commit()
    return client


async def test_a_form_that_came_after_the_session_gives_back_what_was_written(house):
    client = await gone(house, "late@alpha.example")
    said, note = "Guten Tag,\n<b>Ihr</b> Bescheid & mehr", "你好"
    form = {"csrf": "secret-csrf", "client_msg_id": "abcdefgh-id", "text": said, "translation": note, "note": " "}
    referer = {"referer": f"{house.client.base_url}/de/staff/chats/abc"}

    page = await client.post("/de/staff/chats/abc/reply", data=form, headers=referer)

    assert page.status_code == 401 and page.headers["content-type"].startswith("text/html")
    assert '<html lang="de"' in page.text and page.headers["cache-control"] == "no-store"
    fields = re.findall(r"<textarea[^>]* readonly>\n(.*?)</textarea>", page.text, re.S)
    assert [html.unescape(text) for text in fields] == [said, note] and "<b>Ihr" not in page.text
    assert "secret-csrf" not in page.text and "abcdefgh-id" not in page.text
    assert 'href="/de/staff/sign-in?next=/staff/chats/abc"' in page.text
    assert (await client.get("/de/staff/sign-in?next=/staff/chats/abc")).status_code == 200


async def test_what_came_too_late_and_is_secret_or_from_elsewhere_is_not_shown(house):
    client = await gone(house, "late2@alpha.example")
    words = {name: f"{name} word" for name in ("current", "password", "again", "csrf", "code", "credential")}
    page = await client.post("/en/staff/account/password", data=words)
    assert page.status_code == 401 and "word<" not in page.text and "readonly" not in page.text
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        page = await client.post("/en/staff/chats/abc/reply", data={"text": "Send me your code"}, headers=headers)
        assert page.status_code == 401 and "Send me" not in page.text
    for headers in ({"hx-request": "true"}, {"accept": "*/*"}):
        answer = await client.post("/en/staff/chats/abc/reply", data={"text": "Good morning"}, headers=headers)
        assert answer.status_code == 401 and answer.json() == {"error": "signed_out"}
        assert answer.headers["hx-redirect"] == "/en/staff/sign-in"
