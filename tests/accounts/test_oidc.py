"""Signing in at the organisation's own provider."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from joserfc.jwk import RSAKey
from limits import parse
from pydantic import SecretStr
from sqlmodel import func, select

from portal import house as houses
from portal.accounts import oidc, tries
from portal.accounts.models import Account
from portal.web.staff.door import COOKIE
from tests.accounts.provider import ASKED, CLIENT, SECRET, provider
from tests.accounts.steps import account_of, begin_anew, browser, code, member, second
from tests.test_faults import serving

CLAIMS: dict = {}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def issuer(house) -> AsyncIterator[str]:
    port, settings = houses.free_port(), house.app.state.settings
    settings.oidc_issuer = f"http://127.0.0.1:{port}"
    settings.oidc_client, settings.oidc_secret = CLIENT, SecretStr(SECRET)
    async with serving(provider(settings.oidc_issuer, CLAIMS), port):
        yield settings.oidc_issuer
    settings.oidc_issuer = ""


async def come_back(house, client=None, **claims):
    """There and back, as a browser goes."""
    CLAIMS.clear()
    CLAIMS.update(claims)
    client = client or browser(house)
    there = await client.get("/en/staff/sign-in/oidc")
    assert there.status_code == 303, there.text
    back = await client.get(there.headers["location"])
    return client, await client.get(back.headers["location"])


async def test_both_factors_there_open_the_desk(house, issuer):
    account = await member(house, "sso@alpha.example", house.alpha)
    client, page = await come_back(house, sub="s-1", email=account.email, email_verified=True, amr=["pwd", "mfa"])
    assert page.status_code == 200 and "/de/staff" in page.text and COOKIE in client.cookies
    assert (await client.get("/en/staff/account")).status_code == 200
    assert (await account_of(house, account.id)).oidc_subject == "s-1"
    client, _ = await come_back(house, sub="s-1", email="other@x.example", email_verified=True, amr=["mfa"])
    assert (await client.get("/en/staff/account")).status_code == 200  # bound to the subject, not to the address


@pytest.mark.parametrize(("setting", "claims", "strong"), [
    ("urn:x:two", {"acr": "urn:x:two"}, True), ("urn:x:two", {"acr": "urn:x:two-not"}, False), ("", {"acr": ""}, False),
    ("", {"acr": "mfa"}, False), ("", {"acr": "urn:x:no-mfa"}, False), ("urn:x:two", {"acr": ["urn:x:two"]}, False),
    ("", {"amr": "no-mfa"}, False), ("", {"amr": ["no-mfa"]}, False), ("", {"amr": ["pwd", "mfa"]}, True),
])  # fmt: skip
async def test_two_factors_there_are_what_the_provider_calls_so_exactly(
    house, issuer, monkeypatch, setting, claims, strong
):
    monkeypatch.setattr(house.app.state.settings, "oidc_acr", setting)
    there = await house.account(
        f"acr-{secrets.token_hex(4)}@alpha.example", house.alpha, oidc_subject=secrets.token_hex()
    )
    client, page = await come_back(house, sub=there.oidc_subject, **claims)
    assert ("/staff/sign-in/second" in page.text) is not strong
    assert (await client.get("/en/staff/account")).status_code == (200 if strong else 303)


async def test_the_provider_is_asked_seldom_and_each_address_is_counted(house, issuer, monkeypatch):
    CLAIMS.clear()
    monkeypatch.setattr(oidc, "published", {})
    monkeypatch.setattr(tries, "PROVIDER", parse("5 per hour"))
    ASKED.clear()
    answers = [(await browser(house).get("/en/staff/sign-in/oidc")).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429] and ASKED == [issuer]
    back = [(await browser(house).get("/en/staff/sign-in/oidc/back?code=x&state=x")).status_code for _ in range(6)]
    assert back == [401] * 5 + [429]
    monkeypatch.setattr(oidc, "KEPT", 0.0)
    begin_anew()
    assert (await browser(house).get("/en/staff/sign-in/oidc")).status_code == 303
    assert len(ASKED) == 2  # it may have changed


async def test_one_factor_there_asks_for_the_second_here(house, issuer):
    account = await member(house, "sso1@alpha.example", house.alpha)
    client, page = await come_back(house, sub="s-2", email=account.email, email_verified=True, amr=["pwd"])
    assert "/staff/sign-in/second" in page.text
    assert (await client.get("/en/staff/account")).status_code == 303
    assert (await second(client, how="app", code=code())).status_code == 303
    assert (await client.get("/en/staff/account")).status_code == 200


@pytest.mark.parametrize(("claims", "status"), [
    ({"sub": "s-9", "email": "nobody@alpha.example", "email_verified": True}, 403),
    ({"sub": "s-9", "email": "sso2@alpha.example", "email_verified": False}, 403),
    ({"sub": "s-9", "email": "sso2@alpha.example"}, 403),
    ({"sub": "s-9", "email": "off@alpha.example", "email_verified": True}, 403),
    ({"sub": "s-9", "email": "bound@alpha.example", "email_verified": True}, 403),
    ({"sub": "s-9", "email": "sso2@alpha.example", "email_verified": True, "nonce": "x"}, 401),
    ({"sub": "s-9", "email": "sso2@alpha.example", "email_verified": True, "aud": "other"}, 401),
    ({"sub": "s-9", "email": "sso2@alpha.example", "email_verified": True, "iss": "https://evil.example"}, 401),
    ({"sub": "s-9", "email": "sso2@alpha.example", "email_verified": True, "exp": int(time.time()) - 600}, 401),
    ({"sub": "s-9", "email": "sso2@alpha.example", "email_verified": True, "_signer": RSAKey.generate_key(2048)}, 401),
])  # fmt: skip
async def test_what_cannot_be_trusted_opens_nothing_and_makes_no_account(house, issuer, claims, status):
    async with house.database.read() as session:
        there = (await session.exec(select(Account.email))).all()
    for email, fields in {"sso2@alpha.example": {}, "off@alpha.example": {"status": "disabled"},
                          "bound@alpha.example": {"oidc_subject": "s-other"}}.items():  # fmt: skip
        if email not in there:
            await member(house, email, house.alpha, **fields)
    async with house.database.read() as session:
        before = (await session.exec(select(func.count()).select_from(Account))).one()
    client, page = await come_back(house, amr=["mfa"], **claims)
    assert page.status_code == status and COOKIE not in client.cookies
    async with house.database.read() as session:
        assert (await session.exec(select(func.count()).select_from(Account))).one() == before
        assert (await session.exec(select(Account).where(Account.oidc_subject == "s-9"))).first() is None


async def test_the_way_back_works_in_the_browser_that_went(house, issuer):
    CLAIMS.clear()
    one, other = browser(house), browser(house)
    there = await one.get("/en/staff/sign-in/oidc")
    await other.get("/en/staff/sign-in/oidc")
    back = (await one.get(there.headers["location"])).headers["location"]
    for client in (other, browser(house)):
        assert (await client.get(back)).status_code == 401
    assert (await browser(house).get("/en/staff/sign-in/oidc/back")).status_code == 401


async def test_a_provider_that_is_away_is_said(house, issuer):
    settings = house.app.state.settings
    settings.oidc_issuer, before = f"http://127.0.0.1:{houses.free_port()}", settings.oidc_issuer
    try:
        assert (await browser(house).get("/en/staff/sign-in/oidc")).status_code == 502
        assert (await browser(house).get("/en/staff/sign-in")).status_code == 200
    finally:
        settings.oidc_issuer = before


async def test_without_the_setting_there_is_no_such_way(house):
    settings = house.app.state.settings
    settings.oidc_issuer, before = "", settings.oidc_issuer
    try:
        assert (await browser(house).get("/en/staff/sign-in/oidc")).status_code == 404
        assert "oidc" not in (await browser(house).get("/en/staff/sign-in")).text
    finally:
        settings.oidc_issuer = before
