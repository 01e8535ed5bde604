"""Who gets at what, over all routes of the desk: another organisation, another role, a role that was just taken away."""

from __future__ import annotations

import asyncio
import io
import zipfile

import pytest
from sqlmodel import col, update

from portal.accounts.models import Organisation
from portal.accounts.people import ROLES
from portal.chat.service import hashed
from portal.handover.models import Handover
from portal.web.staff import stream
from tests.files.making import paper
from tests.security.scene import CANARY, MAIL, everything, form, robbed, routes

# Besides the outbox's work: each request is a sign of life of a desk (FLT-20).
SIGNS = MAIL | {"account": ("seen_at",), "handover": ("staff_at",)}
LOOKED = {**SIGNS, "conversation": ("staff_read",)}  # who has a chat and looks at it marks it as read (scenario 24)
OWN = {
    "/staff/consents/{purpose}",
    "/staff/consents/{purpose}/publish",
}  # of the own organisation, whatever the address says
CLICKED_TWICE = {"/staff/canned/{id_}/delete"}  # says that it is gone, for a second click


def text(answer) -> str:
    """What an answer says; a workbook's parts are unpacked."""
    if answer.content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    return answer.text


async def member(place, name: str, world, *roles: str):
    account = await place.account(f"{name}@{world.organisation.id}.example", world.organisation, roles=list(roles))
    return account, await place.enter(account)


@pytest.mark.parametrize("role", ["counsellor", "team_lead", "administrator", "auditor"])
async def test_sec_b02_b03_b15_another_organisation_finds_nothing_and_changes_nothing(place, role):
    _, client = await member(place, f"b02-{role}", place.beta, role)
    before, tried = await everything(place, **SIGNS), 0
    for method, path, _ in routes(place, "GET", "POST"):
        if "{" not in path or path in OWN:
            continue
        for url in place.alpha.filled(path):
            url += "?q=cost" if (method, path.rsplit("/", 1)[1]) == ("GET", "answers") else ""
            answer = await client.request(method, url, data=form(path) if method == "POST" else None)
            allowed = {403, 404, 303} if path in CLICKED_TWICE else {403, 404}
            assert answer.status_code in allowed, (method, url, answer.status_code)
            assert CANARY not in text(answer).upper(), (method, url)
            tried += 1
    assert tried > 70
    assert await everything(place, **SIGNS) == before


@pytest.mark.parametrize("role", ["counsellor", "team_lead", "administrator", "auditor"])
async def test_sec_b03_b15_lists_searches_figures_and_files_tell_nothing_of_others(place, role):
    _, client = await member(place, f"b03-{role}", place.beta, role)
    seen = 0
    for _, path, _ in routes(place, "GET"):
        if "{" in path or path == "/staff/audit":  # which says what Beta's own people asked for
            continue
        team, chat = place.alpha.ids["team"], place.alpha.chats["waiting"]
        for query in ("", f"?q={place.alpha.number}&whose=all&team={team}&which=out&show=999", f"?chat={chat}", "?by=organisation",
                      "?whose=all&which=decided&by=topic", f"?by=topic&organisation=alpha&org_id=alpha&q={CANARY}"):  # fmt: skip
            answer = await client.get(f"/en{path}{query}")
            assert CANARY not in text(answer).upper().replace(f"Q={CANARY}", "").replace(f'VALUE="{CANARY}"', ""), (
                path,
                query,
            )
            assert place.alpha.number not in text(answer).replace(f'value="{place.alpha.number}"', "").replace(
                f"q={place.alpha.number}", ""
            ), (path, query)
            assert chat not in text(answer).replace(f"chat={chat}", ""), (path, query)
            seen += answer.status_code == 200
    assert seen > 20


async def test_sec_b03_one_organisations_stream_is_not_woken_by_anothers_chats(place):
    _, client = await member(place, "b03-stream", place.beta, "counsellor")
    heard: list[str] = []

    async def listen() -> None:
        async with client.stream("GET", "/en/staff/events") as stream:
            async for line in stream.aiter_lines():
                heard.append(line)

    task = asyncio.create_task(listen())
    for _ in range(100):
        if heard:
            break
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    heard.clear()
    await place.alpha.visitors["waiting"].post(client_msg_id="wake", text=f"{CANARY} again")
    place.app.state.bus.wake("org:alpha")
    await asyncio.sleep(0.3)
    assert [line for line in heard if line.startswith("event")] == []
    await place.beta.visitors["waiting"].post(client_msg_id="wake", text="Hello")
    place.app.state.bus.wake("org:beta")
    await asyncio.sleep(0.3)
    task.cancel()
    assert "event: queue" in heard and CANARY not in "".join(heard)
    answer = await client.get(f"/en/staff/events?chat={place.alpha.chats['waiting']}")
    assert answer.status_code == 404


async def test_sec_b02_a_stream_ends_when_the_chat_has_gone_to_another_organisation(place, monkeypatch):
    monkeypatch.setattr(stream, "BREATH", 0.1)
    anna = await place.enter(place.beta.anna)
    gone = place.beta.chats["waiting"]
    async with anna.stream("GET", f"/en/staff/events?chat={gone}") as answer:
        lines = answer.aiter_lines()
        await anext(lines)
        presence = place.app.state.presence
        for _ in range(100):
            if place.beta.anna.id in presence.lookers(gone):
                break
            await asyncio.sleep(0.02)
        async with place.database.write() as session:
            of_chat = col(Handover.conversation_id) == gone
            await session.exec(update(Handover).where(of_chat).values(organisation_id="gamma"))
            await session.commit()
        _, gina = await member_of(place, "gina", "gamma")
        shown = await gina.get(f"/en/staff/chats/{gone}")
        assert shown.status_code == 200 and "Plain Name" not in shown.text  # who else looks, elsewhere, is not told
        async with asyncio.timeout(5):
            async for _ in lines:
                pass  # it ends
    assert place.beta.anna.id not in presence.lookers(gone)
    async with place.database.write() as session:
        await session.exec(update(Handover).where(of_chat).values(organisation_id="beta"))
        await session.commit()


async def member_of(place, name: str, organisation: str):
    async with place.database.read() as session:
        found = await session.get_one(Organisation, organisation)
    account = await place.account(f"{name}@{organisation}.example", found)
    return account, await place.enter(account)


async def test_sec_b04_own_parents_take_no_foreign_children(place):
    beta, alpha = place.beta, place.alpha
    anna = await place.enter(beta.anna)
    _, boss = await member(place, "b04-boss", beta, "administrator")
    own = await place.account("b04-own@beta.example", beta.organisation)
    before = await everything(place, **SIGNS)
    chat, case = f"/en/staff/chats/{beta.chats['taken']}", f"/en/staff/cases/{beta.number}"
    person = form("/staff/people/1") | {"name": own.name, "shown_name": own.shown_name}
    tries = [
        (anna, "GET", f"{chat}/files/{alpha.ids['file']}", {}, {404}),
        (anna, "POST", f"{chat}/transfer", {"to": f"account:{alpha.anna.id}"}, {422}),
        (anna, "POST", f"{chat}/transfer", {"to": f"team:{alpha.ids['team']}"}, {422}),
        (anna, "POST", f"{chat}/transfer", {"to": "organisation:nowhere"}, {422}),
        (anna, "POST", f"{chat}/consent", {"purpose": "forward", "fields": ["name"], "receivers": ["nowhere"]}, {422}),
        (anna, "GET", f"/en/staff/cases/new?chat={alpha.chats['taken']}", {}, {404}),
        (anna, "POST", "/en/staff/cases", form("/staff/cases") | {"chat": alpha.chats["taken"]}, {404}),
        (anna, "POST", f"{case}/parts/{alpha.ids['part']}/end", {}, {404}),
        (anna, "POST", f"{case}/tasks", {"title": "x", "who": str(alpha.anna.id)}, {422}),
        (anna, "POST", "/en/staff/account/sessions", {"which": sign_in_of(alpha)}, {404}),
        (boss, "POST", "/en/staff/people/teams", {"do": "rename", "id": str(alpha.ids["team"]), "team": "Mine"}, {404}),
        (boss, "POST", "/en/staff/people/teams", {"do": "delete", "id": str(alpha.ids["team"])}, {404}),
        (boss, "POST", f"/en/staff/people/{own.id}", person | {"team_id": str(alpha.ids["team"])}, {422}),
        (boss, "POST", f"/en/staff/people/{own.id}", person | {"deputy_id": str(alpha.anna.id)}, {422}),
    ]  # fmt: skip
    page = (await anna.get(case)).text
    version = page.split('name="version" value="')[1].split('"')[0]
    tries.append((anna, "POST", f"{case}/owner", {"owner": str(alpha.anna.id), "version": version}, {422}))
    for client, method, path, data, wanted in tries:
        answer = await client.request(method, path, data=data or None)
        assert answer.status_code in wanted, (path, data, answer.status_code)
        assert CANARY not in answer.text.upper(), path
    assert await everything(place, **SIGNS) == before


def sign_in_of(world) -> str:
    """A sign-in of Alpha's, as the list of one's own sign-ins names it."""
    return hashed(f"session-{world.anna.id}-1")


async def test_sec_b05_the_receiver_sees_only_what_was_passed_on_and_only_after_accepting_the_case(place):
    _, gina = await member_of(place, "gina-b05", "gamma")
    id_, number = place.alpha.ids["transfer"], place.alpha.number
    shown = (await gina.get(f"/en/staff/transfers/{id_}")).text
    assert f"{CANARY} Person" in shown and f"{CANARY} message" in shown
    for kept in ("concern", "note", "task", "reply", "asks", "comment", "Name", "Shown"):
        assert f"{CANARY} {kept}" not in shown, kept
    assert f"{CANARY.lower()}@person" not in shown
    for path in (f"cases/{number}", f"chats/{place.alpha.chats['taken']}", f"cases/{number}/transfer"):
        assert (await gina.get(f"/en/staff/{path}")).status_code == 404
    for path in (f"transfers/{id_}/proof", "transfers", "cases?whose=all", "queue", "figures.csv"):
        assert CANARY not in (await gina.get(f"/en/staff/{path}")).text.upper(), path


@pytest.mark.parametrize("role", ["editor", "operator"])
async def test_sec_b10_content_and_technical_staff_see_no_chat_and_no_name(place, role):
    _, client = await member(place, f"b10-{role}", place.alpha, role)
    opened = []
    for method, path, rights in routes(place, "GET", "POST"):
        if rights == {"own.write"}:
            continue
        for url in place.alpha.filled(path):
            answer = await client.request(method, url, data=form(path) if method == "POST" else None)
            assert answer.status_code == 403, (method, url, answer.status_code)
            assert CANARY not in answer.text.upper()
    for _, path, rights in routes(place, "GET"):
        if rights == {"own.write"}:
            answer = await client.get(f"/en{path}", follow_redirects=True)
            assert CANARY not in answer.text.upper(), path
            opened.append(answer.status_code)
    assert 200 in opened
    assert (await client.get("/en/staff/events")).status_code == 403


@pytest.mark.parametrize("role", ROLES)
async def test_sec_a20_looking_at_pages_changes_nothing(place, role):
    account, client = await member(place, f"a20-{role}", place.alpha, role)
    clients = [client, await place.enter(place.alpha.anna)] if role == "counsellor" else [client]
    before, opened = await everything(place, **LOOKED), 0
    for one in clients:
        for _, path, _ in routes(place, "GET"):
            for url in place.alpha.filled(path):
                opened += (await one.get(url)).status_code == 200
    for path in (
        "/en/staff/sign-in",
        "/en/staff/reset",
        f"/en/staff/reset/{'x' * 43}",
        f"/en/staff/invitation/{'x' * 43}",
    ):
        await place.client.get(path)
    assert opened >= 1
    assert await everything(place, **LOOKED) == before


# Nothing is written by these, or not by right of a role that can be taken away.
UNWRITTEN = {"/staff/chats/{id_}/translate", "/staff/chats/{id_}/typing", "/staff/queue/next"}
FILE = {"file": ("x.pdf", paper(), "application/pdf")}


async def test_sec_b11_a_role_that_goes_between_the_door_and_the_writing_changes_nothing(place):
    """Every form of the desk asks for the right once more in the transaction that acts."""
    beta = place.beta
    boss, chief = await member(place, "b11-boss", beta, "administrator")
    anna, tried = await place.enter(beta.anna), []
    before = await everything(place, **SIGNS | {"account": ("roles", "seen_at")})
    for _, path, rights in routes(place, "POST"):
        if rights == {"own.write"} or path in UNWRITTEN:
            continue
        account, client = (boss, chief) if rights & {"people.write", "organisation.write"} else (beta.anna, anna)
        for url in beta.filled(path):
            async with robbed(place, account):
                files = FILE if path.endswith("/files") else None
                answer = await client.post(url, data=None if files else form(path), files=files)
            reached = answer.status_code in (403, 404, 422, 409)
            assert reached, (url, answer.status_code)
            if answer.status_code != 403:
                assert path in UNFIT or answer.status_code == 404, (url, answer.status_code, answer.text[-600:])
            tried += [path] if answer.status_code == 403 else []
    assert len(tried) > 40 and {"/staff/chats/{id_}/files", "/staff/chats/{id_}/answers"} <= set(tried)
    assert await everything(place, **SIGNS | {"account": ("roles", "seen_at")}) == before


# Its form is refused before anything is written; a file, where nobody has the chat.
UNFIT = {"/staff/organisation", "/staff/consents/{purpose}/publish", "/staff/chats/{id_}/files"}


async def test_sec_g03_other_sites_reach_the_chat_only(place):
    foreign = {"origin": "https://employer.example"}
    shared = await place.client.get("/api/chat/strings?lang=en", headers=foreign)
    assert shared.headers["access-control-allow-origin"] == "*"
    for path in ("/en/staff/sign-in", "/en/chat", "/en/staff/queue"):
        assert "access-control-allow-origin" not in (await place.client.get(path, headers=foreign)).headers
