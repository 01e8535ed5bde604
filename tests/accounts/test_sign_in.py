"""Being signed in: its token, its time, its end, its forms, and where it leads (SEC-A12 to A16, A18 to A21)."""

from __future__ import annotations

import datetime as dt
import html
import json
import re

import pytest
from sqlmodel import col, delete, select, update

from portal.accounts import sessions
from portal.accounts.models import Audit, SignIn
from portal.chat.service import hashed
from portal.clock import now
from portal.web.staff.door import COOKIE
from tests.accounts.steps import browser, code, enter, member, password, second

EVIL = ["//evil.example", "/\\evil.example", "///evil.example", "https:evil.example", "https://evil.example",
        "%09//evil.example", "\t//evil.example", "javascript:alert(1)", "/staff//evil.example", "/staff/../../x",
        "/staff/account?x=//evil", "/staff/account@evil.example", "/chat", "/staff/nowhere"]  # fmt: skip


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
