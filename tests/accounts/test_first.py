"""The beginning: the first administrator, and the demo."""

from __future__ import annotations

import pytest
from sqlmodel import func, select

from portal import migrations
from portal.accounts import demo
from portal.accounts.first import Already, first
from portal.accounts.models import Account, Organisation
from portal.accounts.people import ROLES
from portal.database import Database
from portal.mail.models import Mail
from portal.settings import Settings
from portal.web.staff.door import COOKIE
from tests.accounts.steps import PASSWORD, account_of, browser, member


async def empty(tmp_path) -> Database:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/empty.db")
    await migrations.upgrade(database)
    return database


async def test_sec_a04_the_first_administrator_is_made_once(tmp_path):
    database, settings = await empty(tmp_path), Settings(base_url="https://wegweiser.example")
    link = await first(database, settings, "Chefin@Alpha.example", "alpha", "Alpha", "ag_s")
    assert link.startswith("https://wegweiser.example/de/staff/invitation/")
    async with database.read() as session:
        account = (await session.exec(select(Account))).one()
        mail = (await session.exec(select(Mail))).one()
    assert (account.email, account.roles, account.status) == ("chefin@alpha.example", ["administrator"], "invited")
    assert link in mail.body and not account.password_hash
    with pytest.raises(Already):
        await first(database, settings, "zweite@alpha.example", "alpha", "Alpha", "ag_s")
    with pytest.raises(Already):
        await first(database, settings, "chefin@alpha.example", "beta", "Beta", "ips")
    async with database.read() as session:
        assert (await session.exec(select(func.count()).select_from(Organisation))).one() == 1
    await database.close()


async def test_the_first_administrators_link_works(house):
    link = await first(house.database, house.app.state.settings, "erste@gamma.example", "gamma", "Gamma", "ips")
    client = browser(house)
    answer = await client.post(link, data={"password": PASSWORD, "again": PASSWORD})
    assert answer.status_code == 303 and COOKIE in client.cookies


async def test_the_demo_has_somebody_for_every_role_and_is_made_once(tmp_path):
    database = await empty(tmp_path)
    await demo.prepare(database)
    await demo.prepare(database)
    async with database.read() as session:
        people = (await session.exec(select(Account))).all()
        kinds = set((await session.exec(select(Organisation.kind))).all())
    assert {role for person in people for role in person.roles} == set(ROLES)
    assert all(p.demo and p.status == "active" and not p.password_hash and not p.on_duty for p in people)
    assert all(p.email.endswith(".example") for p in people) and any("ar" in p.languages for p in people)
    assert {"ag_s", "ips", "zsba", "iq_network", "welcome_center"} <= kinds
    await database.close()


async def test_demo_people_are_entered_in_a_demo_only(house):
    person = await house.account("erika@demo.example", house.alpha, demo=True, name="Erika Demo", on_duty=False)
    real = await member(house, "real@alpha.example", house.alpha, name="Rita Real")
    settings = house.app.state.settings
    path = "/en/staff/sign-in/demo"
    assert (await browser(house).post(path, data={"account": person.id})).status_code == 404
    assert "Erika Demo" not in (await browser(house).get("/en/staff/sign-in")).text
    settings.demo = True
    try:
        page = await browser(house).get("/en/staff/sign-in")
        assert "Erika Demo" in page.text and "Rita Real" not in page.text and 'class="demo"' in page.text
        assert (await browser(house).post(path, data={"account": real.id})).status_code == 404
        client = browser(house)
        assert (await client.post(path, data={"account": person.id})).status_code == 303
        own = await client.get("/en/staff/account")
        assert own.status_code == 200 and (await account_of(house, person.id)).on_duty
        assert (await client.get("/en/staff/account/factors")).status_code == 403
        csrf = own.text.partition('data-csrf="')[2].partition('"')[0]
        await client.post("/en/staff/sign-out", data={"csrf": csrf})
        assert not (await account_of(house, person.id)).on_duty
    finally:
        settings.demo = False
