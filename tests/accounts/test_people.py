"""Administrators and their people: invitations, roles, teams, an end at once (SEC-A17, SEC-B02, B06, B07, B11)."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from types import SimpleNamespace

import pytest
from sqlmodel import col, select, update

from portal.accounts import factors, organising, passwords, tickets
from portal.accounts.models import Account, Organisation, SignIn, Team, Ticket
from portal.clock import now
from portal.handover.models import Handover
from portal.web.staff.door import COOKIE, still_in
from tests.accounts.steps import (
    PASSWORD,
    account_of,
    browser,
    code,
    csrf_of,
    link_in,
    mails,
    member,
    password,
)  # fmt: skip

INVITE = {"email": "neu@alpha.example", "name": "Nele Neu", "roles": ["counsellor"], "language": "en"}


async def administrator(house, name: str, organisation=None, **fields):
    account = await member(house, name, organisation or house.alpha, roles=["administrator"], **fields)
    return account, await house.enter(account)


async def test_from_the_invitation_to_the_desk(house):
    _, client = await administrator(house, "inviter@alpha.example")
    sent = await client.post("/en/staff/people", data=INVITE)
    assert sent.status_code == 303, sent.text
    mail = (await mails(house, INVITE["email"]))[-1]
    assert mail.language == "en"
    new, link = browser(house), link_in(mail)
    for _ in range(2):  # a mail scanner looks, too
        page = await new.get(link)
        assert page.status_code == 200 and "Alpha Agentur" in page.text and "Nele Neu" in page.text
    weak = await new.post(link, data={"password": "Nele Neu Nele Neu", "again": "Nele Neu Nele Neu"})
    assert weak.status_code == 422 and 'id="password-error"' in weak.text
    other = await new.post(link, data={"password": PASSWORD, "again": PASSWORD + "x"})
    assert other.status_code == 422

    first = await new.post(link, data={"password": PASSWORD, "again": PASSWORD})

    assert first.headers["location"] == "/en/staff/sign-in/second"
    assert (await new.get("/en/staff/account")).status_code == 303  # SEC-A05
    setup = await new.get("/en/staff/sign-in/second")
    assert "data:image/svg" in setup.text
    async with house.database.read() as session:
        account = (await session.exec(select(Account).where(Account.email == INVITE["email"]))).one()
        sign_in = (await session.exec(select(SignIn).where(SignIn.account_id == account.id))).one()
    secret = sign_in.challenge.partition(".")[0]
    wrong = await new.post("/en/staff/sign-in/second", data={"csrf": csrf_of(setup), "how": "app", "code": "1"})
    assert wrong.status_code == 422 and secret[:4] in wrong.text
    done = await new.post("/en/staff/sign-in/second", data={"csrf": csrf_of(setup), "how": "app", "code": code(secret)})
    assert done.status_code == 200 and done.text.count("<code>") == factors.CODES
    assert (await new.get("/en/staff/account")).status_code == 200
    assert (await new.post(link, data={"password": PASSWORD, "again": PASSWORD})).status_code == 404
    async with house.database.read() as session:
        ticket = (await session.exec(select(Ticket).where(Ticket.account_id == account.id))).one()
    assert ticket.ends_at - ticket.made_at == dt.timedelta(days=7)


@pytest.mark.parametrize(("field", "value"), [("email", "kein-at"), ("email", ""), ("name", " \u202e "), ("roles", []),
                                              ("roles", ["operator"]), ("roles", ["king"])])  # fmt: skip
async def test_a_wrong_invitation_loses_nothing(house, field, value):
    _, client = await administrator(house, f"wrong{field}{len(str(value))}@alpha.example")
    data = {"email": "bleibt@alpha.example", "name": "Bleibt Stehen", "roles": ["counsellor"], "language": "de"}
    page = await client.post("/en/staff/people", data={**data, field: value})
    assert page.status_code == 422 and f'id="{field}-error"' in page.text
    kept = {"email": data["email"], "name": data["name"]} | ({field: str(value)} if isinstance(value, str) else {})
    assert ("Bleibt Stehen" in page.text) == (kept["name"] == "Bleibt Stehen")
    assert ("bleibt@alpha.example" in page.text) == (kept["email"] == "bleibt@alpha.example")


async def test_an_address_is_invited_once(house):
    _, client = await administrator(house, "twice@alpha.example")
    data = {**INVITE, "email": "einmal@alpha.example"}
    answers = await asyncio.gather(*(client.post("/en/staff/people", data=data) for _ in range(6)))
    assert sorted(a.status_code for a in answers) == [303] + [422] * 5
    again = await client.post("/en/staff/people", data={**data, "email": "EINMAL@alpha.example"})
    assert again.status_code == 422


async def test_the_newest_invitation_counts(house):
    _, client = await administrator(house, "newest@alpha.example")
    sent = await client.post("/en/staff/people", data={**INVITE, "email": "spaet@alpha.example"})
    await client.post(sent.headers["location"].partition("?")[0] + "/status", data={"do": "invite"})
    first, second = [link_in(mail) for mail in await mails(house, "spaet@alpha.example")]
    assert (await browser(house).get(first)).status_code == 404
    assert (await browser(house).get(second)).status_code == 200


async def test_sec_b02_people_of_another_organisation_do_not_exist(house):
    theirs = await member(house, "canary@beta.example", house.beta, name="Canary Beta")
    team = await house.add(Team(organisation_id=house.beta.id, name="Canary Team"))
    account, client = await administrator(house, "b02@alpha.example")
    page = await client.get("/en/staff/people")
    assert "Canary" not in page.text and "canary" not in page.text
    form = {"name": "X", "shown_name": "X", "roles": ["counsellor"], "most": "4"}
    for method, path, data in [
        ("GET", f"/people/{theirs.id}", None), ("POST", f"/people/{theirs.id}", form),
        ("POST", f"/people/{theirs.id}/status", {"do": "disable"}), ("POST", f"/people/{theirs.id}/status", {"do": "factors"}),
        ("POST", "/people/teams", {"do": "rename", "id": str(team.id), "team": "x"}),
        ("POST", "/people/teams", {"do": "delete", "id": str(team.id)}), ("GET", "/people/999999", None),
    ]:  # fmt: skip
        answer = await client.request(method, f"/en/staff{path}", data=data)
        assert answer.status_code == 404 and "Canary" not in answer.text, path
    assert (await account_of(house, theirs.id)).model_dump(exclude={"seen_at"}) == theirs.model_dump(
        exclude={"seen_at"}
    )
    for field, id_ in (("team_id", team.id), ("deputy_id", theirs.id)):  # SEC-B04: own parent, foreign child
        answer = await client.post(
            f"/en/staff/people/{account.id}", data={**form, "roles": ["administrator"], field: str(id_)}
        )
        assert answer.status_code == 422 and f'id="{field}-error"' in answer.text


async def test_sec_b06_fields_that_the_form_lacks_change_nothing(house):
    admin, client = await administrator(house, "b06@alpha.example")
    person = await member(house, "b06p@alpha.example", house.alpha)
    smuggled = {"organisation_id": "beta", "status": "disabled", "password_hash": "x", "totp_secret": "x", "email": "x@y.example",
                "demo": "1", "oidc_subject": "x", "id": "1", "created_at": "2000-01-01"}  # fmt: skip
    form = {"name": "Neu", "shown_name": "Neu", "roles": ["counsellor"], "most": "3", **smuggled}
    assert (await client.post(f"/en/staff/people/{person.id}", data=form)).status_code == 303
    after = await account_of(house, person.id)
    assert after.name == "Neu" and after.most == 3
    assert all(getattr(after, field) == getattr(person, field) for field in smuggled)
    own = {
        "shown_name": "B",
        "language": "de",
        "languages": ["de"],
        "roles": ["operator"],
        "most": "99",
        "team_id": "1",
        **smuggled,
    }
    assert (await client.post("/en/staff/account", data=own)).status_code == 303
    after = await account_of(house, admin.id)
    assert after.shown_name == "B" and after.roles == ["administrator"] and after.most == 4
    assert all(getattr(after, field) == getattr(admin, field) for field in smuggled)
    settings = {**SETTINGS, "id": "gamma", "kind": "ips", "regime": "none", "active": ""}
    assert (await client.post("/en/staff/organisation", data=settings)).status_code == 303
    async with house.database.read() as session:
        alpha = await session.get_one(Organisation, "alpha")
    assert (alpha.kind, alpha.regime, alpha.active) == ("ag_s", "gdpr", True)


async def test_nobody_gives_roles_they_may_not_give(house):
    admin, client = await administrator(house, "giver@alpha.example")
    person = await member(house, "given@alpha.example", house.alpha)
    form = {"name": "A", "shown_name": "A", "most": "4"}
    for who, roles in ((person, ["operator"]), (person, ["king"]), (person, []), (admin, ["counsellor"])):
        answer = await client.post(f"/en/staff/people/{who.id}", data={**form, "roles": roles})
        assert answer.status_code == 422 and 'id="roles-error"' in answer.text
    assert (await client.post(f"/en/staff/people/{admin.id}/status", data={"do": "disable"})).status_code == 422
    operator = await member(house, "op@alpha.example", house.alpha, roles=["operator", "counsellor"])
    kept = await client.post(f"/en/staff/people/{operator.id}", data={**form, "roles": ["operator", "team_lead"]})
    assert kept.status_code == 303 and (await account_of(house, operator.id)).roles == ["team_lead", "operator"]


async def test_sec_a17_b07_a_disabled_account_is_out_at_once(house):
    _, client = await administrator(house, "a17@alpha.example")
    person = await member(house, "a17p@alpha.example", house.alpha)
    theirs = await house.enter(person)
    async with house.database.read() as session:
        sign_in = (await session.exec(select(SignIn).where(SignIn.account_id == person.id))).one()
    talk = await house.chat()
    handover = await taken(house, person, talk)
    request, here = SimpleNamespace(app=house.app), SimpleNamespace(sign_in=sign_in)
    assert await still_in(request, here)

    assert (await client.post(f"/en/staff/people/{person.id}/status", data={"do": "disable"})).status_code == 303

    assert not await still_in(request, here)  # what open streams ask every few seconds
    assert (await theirs.get("/en/staff/account")).status_code == 303
    assert (await theirs.post("/en/staff/account", data={"shown_name": "x"})).status_code == 401
    assert (await password(browser(house), person.email)).status_code == 401
    async with house.database.read() as session:
        back = await session.get_one(Handover, handover.id)
        assert (back.status, back.account_id) == ("waiting", None)
    assert not (await account_of(house, person.id)).on_duty
    await client.post(f"/en/staff/people/{person.id}/status", data={"do": "enable"})
    assert (await account_of(house, person.id)).status == "active"


async def test_who_may_not_write_in_chats_any_more_has_none_and_hears_of_none(house):
    _, boss = await administrator(house, "a17r@alpha.example")
    person = await member(house, "a17l@alpha.example", house.alpha, roles=["counsellor", "editor"])
    theirs = await house.enter(person)
    async with house.database.read() as session:
        sign_in = (await session.exec(select(SignIn).where(SignIn.account_id == person.id))).one()
    handover = await taken(house, person, await house.chat())
    request, here = SimpleNamespace(app=house.app), SimpleNamespace(sign_in=sign_in)
    form = {"name": person.name, "shown_name": person.shown_name, "most": "4"}
    await boss.post(f"/en/staff/people/{person.id}", data={**form, "roles": ["team_lead"]})
    async with house.database.read() as session:
        assert (await session.get_one(Handover, handover.id)).account_id == person.id
    assert await still_in(request, here) and (await account_of(house, person.id)).on_duty

    with house.app.state.bus.subscribe(handover.conversation_id) as woken:
        saved = await boss.post(f"/en/staff/people/{person.id}", data={**form, "roles": ["editor"]})
        assert saved.status_code == 303 and woken.is_set()

    async with house.database.read() as session:
        back = await session.get_one(Handover, handover.id)
    assert (back.status, back.account_id) == ("waiting", None)
    assert not (await account_of(house, person.id)).on_duty
    assert not await still_in(request, here)  # the open stream ends, which would keep touching
    assert (await theirs.get("/en/staff/account")).status_code == 200


async def taken(house, account: Account, talk) -> Handover:
    """A chat that the account has taken."""
    from portal.handover import service

    path = f"{talk.path}/person"
    assert (await house.client.post(path, json={}, headers=talk.headers)).status_code == 200
    async with house.database.write() as session:
        id_ = talk.path.rstrip("/").rpartition("/")[2]
        handover = (await session.exec(select(Handover).where(Handover.conversation_id == id_))).one()
        handover.organisation_id = account.organisation_id
        session.add(handover)
        await session.flush()
        handover = await service.take(session, account, id_, now())
        await session.commit()
    return handover


async def test_sec_b11_a_role_that_was_taken_away_counts_at_once(house):
    admin, client = await administrator(house, "b11@alpha.example")
    async with house.database.write() as session:
        await session.exec(update(Account).where(col(Account.id) == admin.id).values(roles=["counsellor"]))
        await session.commit()
    assert (await client.post("/en/staff/people", data=INVITE)).status_code == 403
    assert (await client.get("/en/staff/people")).status_code == 403


async def test_lost_factors_are_set_up_anew(house):
    _, client = await administrator(house, "lost@alpha.example")
    person = await member(house, "loser@alpha.example", house.alpha)
    theirs = await house.enter(person)
    await client.post(f"/en/staff/people/{person.id}/status", data={"do": "factors"})
    assert (await theirs.get("/en/staff/account")).status_code == 303
    again = browser(house)
    await password(again, person.email)
    assert "data:image/svg" in (await again.get("/en/staff/sign-in/second")).text
    assert [m.key.partition(":")[0] for m in await mails(house, person.email)] == ["factor_changed"]


async def test_teams_are_made_renamed_and_deleted(house):
    admin, client = await administrator(house, "teams@alpha.example")
    assert (await client.post("/en/staff/people/teams", data={"do": "add", "team": "Pflege"})).status_code == 303
    double = await client.post("/en/staff/people/teams", data={"do": "add", "team": "pflege"})
    assert double.status_code == 422 and 'id="team-error"' in double.text
    async with house.database.read() as session:
        team = (await session.exec(select(Team).where(Team.name == "Pflege"))).one()
    form = {"name": "T", "shown_name": "T", "roles": ["administrator"], "most": "4", "team_id": str(team.id)}
    await client.post(f"/en/staff/people/{admin.id}", data=form)
    assert (await account_of(house, admin.id)).team_id == team.id
    await client.post("/en/staff/people/teams", data={"do": "rename", "id": str(team.id), "team": "IT"})
    assert "IT" in (await client.get("/en/staff/people")).text
    await client.post("/en/staff/people/teams", data={"do": "delete", "id": str(team.id)})
    assert (await account_of(house, admin.id)).team_id is None


SETTINGS = {
    **{f"hours_{day}": "" for day in ("sat", "sun")}, **{f"hours_{d}": "8-12, 13:00–16:00" for d in ("mon", "tue", "wed", "thu", "fri")},
    "name": "Alpha Agentur", "email": "info@alpha.example", "closures": "24.12.2026 - 31.12.2026 Weihnachten\n\n2027-03-01",
    "holiday_state": "ST", "states": ["ST", "TH"], "roles": ["employer"], "languages": ["de", "ar"],
    "topics": ["recognition", "visa"], "rule": "working", "amount": "2", "remind": "12", "reply": "120", "files": "on",
}  # fmt: skip


async def test_settings_of_the_organisation_are_read_as_people_type_them(house):
    _, client = await administrator(house, "settings@alpha.example")
    saved = await client.post("/en/staff/organisation", data=SETTINGS)
    assert saved.status_code == 303 and (await client.get(saved.headers["location"])).text.count("Saved.") == 1
    async with house.database.read() as session:
        alpha = await session.get_one(Organisation, "alpha")
    assert alpha.hours["mon"] == [["08:00", "12:00"], ["13:00", "16:00"]] and "sat" not in alpha.hours
    assert alpha.closures == [{"from": "2026-12-24", "to": "2026-12-31", "why": "Weihnachten"},
                              {"from": "2027-03-01", "to": "2027-03-01", "why": ""}]  # fmt: skip
    assert alpha.clock == {"rule": "working", "amount": 2, "remind": 12} and alpha.holiday_state == "ST"
    assert alpha.topics == ["recognition", "visa"] and alpha.languages == ["de", "ar"] and alpha.reply == 120
    page = await client.get("/en/staff/organisation")
    assert "08:00-12:00, 13:00-16:00" in page.text and "2026-12-24 - 2026-12-31 Weihnachten" in page.text


@pytest.mark.parametrize(("language", "names"), [
    ("en", ["Bavaria", "Lower Saxony", "Saxony-Anhalt"]), ("de", ["Bayern", "Niedersachsen", "Sachsen-Anhalt"]),
])  # fmt: skip
async def test_federal_states_are_called_as_the_reader_calls_them_in_that_order(house, language, names):
    _, client = await administrator(house, f"states-{language}@alpha.example")
    page = (await client.get(f"/{language}/staff/organisation")).text
    options = page.partition('name="holiday_state"')[2].partition("</select>")[0]
    shown = re.findall(r'<option value="..".*?>(.+?)</option>', options)
    assert len(shown) == 16 and [name for name in shown if name in names] == names
    assert re.findall(r'name="states" value="(..)"', page) == re.findall(r'<option value="(..)"', options)


async def test_limits_are_said_as_they_are_set(house, monkeypatch):
    _, client = await administrator(house, "limits@beta.example", house.beta)
    monkeypatch.setattr(organising, "CLOSURES", 2)
    page = await client.post(
        "/en/staff/organisation", data={**SETTINGS, "closures": "2026-12-24\n2026-12-25\n2026-12-26"}
    )
    assert page.status_code == 422 and "At most 2 lines" in page.text
    page = await client.post("/en/staff/organisation", data={**SETTINGS, "reply": "99999"})
    assert page.status_code == 422 and "from 30 to 3,600" in page.text
    monkeypatch.setitem(tickets.LASTS, "invitation", dt.timedelta(days=4))
    monkeypatch.setitem(tickets.LASTS, "reset", dt.timedelta(minutes=7))
    monkeypatch.setattr(passwords, "LEAST", 14)
    monkeypatch.setattr(passwords, "MOST", 99)
    someone, nothing = browser(house), "x" * 43
    assert "older than 4 days" in (await someone.get(f"/en/staff/invitation/{nothing}")).text
    assert "older than 7 minutes" in (await someone.get(f"/en/staff/reset/{nothing}")).text
    assert "once, for 7 minutes" in (await someone.post("/en/staff/reset", data={"email": "x@y.example"})).text
    page = (await client.get("/en/staff/account")).text
    assert "At least 14 characters" in page and page.count('maxlength="99"') == 3
    words = {"current": PASSWORD, "password": "dreizehn Zeic", "again": "dreizehn Zeic"}
    assert "Use at least 14 characters" in (await client.post("/en/staff/account/password", data=words)).text


@pytest.mark.parametrize(("field", "value"), [
    ("hours_mon", "8 bis zwölf"), ("hours_tue", "12:00-08:00"), ("hours_wed", "08:00-12:00, 11:00-13:00"),
    ("hours_thu", "08:00-25:00"), ("closures", "2026-12-31 - 2026-12-24"), ("closures", "2026-02-30 x"), ("closures", "bald"),
    ("amount", "0"), ("amount", "zwei"), ("remind", "99"), ("reply", "5"), ("topics", "quantum.physics"), ("rule", "never"),
    ("states", ["XX"]), ("languages", []), ("roles", ["king"]), ("email", "nirgends"), ("name", "  "), ("holiday_state", "QQ"),
])  # fmt: skip
async def test_a_wrong_setting_is_said_beside_its_field_and_nothing_is_lost(house, field, value):
    _, client = await administrator(house, f"set-{field}-{abs(hash(str(value)))}@beta.example", house.beta)
    data = {**SETTINGS, "name": "Beta Neu", field: value}
    page = await client.post("/en/staff/organisation", data=data)
    assert page.status_code == 422 and f'id="{field}-error"' in page.text
    if isinstance(value, str) and value.strip() and field not in ("rule", "holiday_state"):
        assert value in page.text
    if field not in ("hours_fri", "name"):
        assert "8-12, 13:00–16:00" in page.text and "Beta Neu" in page.text
    async with house.database.read() as session:
        assert (await session.get_one(Organisation, "beta")).name == "Beta Netzwerk"


async def test_the_audit_shows_the_own_organisation_only_newest_first(house):
    _, alpha = await administrator(house, "audit-a@alpha.example")
    await member(house, "audit-b@beta.example", house.beta, name="Canary Beta")
    await password(browser(house), "audit-b@beta.example")
    for n in range(52):
        await alpha.post("/en/staff/people/teams", data={"do": "add", "team": f"Team {n}"})
    page = await alpha.get("/en/staff/audit")
    assert "Canary" not in page.text and page.text.count("<tr>") == 51
    older = page.text.partition("before=")[2].partition('"')[0]
    assert (await alpha.get(f"/en/staff/audit?before={older}")).text.count("<tr>") >= 3
    assert (await alpha.get("/en/staff/audit?before=x")).status_code == 422


async def test_ones_own_settings(house):
    account = await member(house, "own@alpha.example", house.alpha)
    client = await house.enter(account)
    data = {"shown_name": "Frau Muster", "language": "en", "languages": ["de", "ar"], "notices": ["chat_waiting"]}
    assert (await client.post("/en/staff/account", data=data)).status_code == 303
    after = await account_of(house, account.id)
    assert (after.shown_name, after.language, after.languages, after.on_duty) == (
        "Frau Muster",
        "en",
        ["de", "ar"],
        False,
    )
    assert after.notices["message_left"] is False and "chat_waiting" not in after.notices
    wrong = await client.post("/en/staff/account", data={**data, "shown_name": "", "languages": []})
    assert wrong.status_code == 422 and "shown_name-error" in wrong.text and "languages-error" in wrong.text
    saved = await client.post("/en/staff/account", data={**data, "on_duty": "on"})
    assert (await account_of(house, account.id)).on_duty
    assert (await client.get(saved.headers["location"])).text.count("Saved.") == 1


async def test_ones_own_password_ends_the_other_sessions(house):
    account = await member(house, "pw@alpha.example", house.alpha)
    one, two = await house.enter(account), await house.enter(account)
    new = "drei rote Laternen brennen"
    wrong = await one.post("/en/staff/account/password", data={"current": "x", "password": new, "again": new})
    assert wrong.status_code == 422
    right = await one.post("/en/staff/account/password", data={"current": PASSWORD, "password": new, "again": new})
    assert right.status_code == 303 and (await one.get("/en/staff/account")).status_code == 200
    assert (await two.get("/en/staff/account")).status_code == 303
    assert (await password(browser(house), account.email, new)).status_code == 303
    assert COOKIE in one.cookies
