"""What a visitor, or somebody who pretends to be one, gets out of the chat's interface (SEC-C)."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import statistics
import time

import httpx2
import pytest
from fastapi.routing import iter_route_contexts
from sqlmodel import select
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from portal.handover.models import Handover
from portal.mail.models import Mail
from portal.web import limits
from tests.conftest import Chat
from tests.people import COOKIE
from tests.security.scene import CANARY, MAIL, everything

BODIES = {
    "messages": {"client_msg_id": "m1", "text": "x"}, "feedback": {"seq": 1, "helpful": True}, "person/message": {"text": "x"},
    "rating": {"stars": 1}, "typing": {"on": True}, "read": {"seq": 1}, "address": {"email": "x@x.example"}, "address/code": {"code": "1"},
    "consents/{request_id}": {"refused": True}, "": {"language": "de"},
}  # fmt: skip


def visitor_routes(app) -> list[tuple[str, str]]:
    """(method, what comes after the conversation's address)."""
    prefix = "/api/chat/conversations/{id_}"
    found = [
        (method, context.path.removeprefix(prefix).lstrip("/"))
        for context in iter_route_contexts(app.routes)
        if (getattr(context, "path", "") or "").startswith(prefix)
        for method in sorted(set(context.methods or ()) - {"HEAD"})
    ]
    assert len(found) > 20
    return found


async def knock(chat: Chat, method: str, end: str, world, path: str = "", headers=None, **more):
    """A request to one of the routes, with ids of the world that fit."""
    url = f"{path or chat.path}/{end}".rstrip("/")
    url = url.replace("{file_id}", world.ids["file"]).replace("{consent_id}", world.ids["consents"][0])
    url = url.replace("{request_id}", secrets.token_hex(16))
    kwargs = {}
    if end == "files":
        kwargs["files"] = {"file": ("a.pdf", b"%PDF-1.4")}
    elif method in ("POST", "PATCH"):
        kwargs["json"] = BODIES.get(end, {}) | more
    return await chat.client.request(method, url, headers=chat.headers if headers is None else headers, **kwargs)


# -- SEC-C01: another site's script ------------------------------------------------------------------------------------------

FOREIGN = ["https://evil.example", "null", "http://127.0.0.1.evil.example", "https://127.0.0.1", "http://127.0.0.1:1"]


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("path", ["events", "queue", "cases", "figures.csv"])
async def test_sec_c01_another_sites_script_reads_nothing_of_the_desk(place, origin, path):
    anna = await place.enter(place.alpha.anna)
    for headers in ({"origin": origin}, {"origin": origin, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"},
                    {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}):  # fmt: skip
        answer = await anna.get(f"/en/staff/{path}", headers=headers)
        assert answer.status_code == 403 and CANARY not in answer.text, headers
        assert "access-control-allow-credentials" not in answer.headers


async def test_sec_c01_the_desks_own_pages_and_links_of_mails_still_work(place):
    anna = await place.enter(place.alpha.anna)
    own = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}
    async with anna.stream("GET", "/en/staff/events", headers=own) as stream:
        assert stream.status_code == 200 and "text/event-stream" in stream.headers["content-type"]
    linked = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert (await anna.get("/en/staff/queue", headers=linked)).status_code == 200
    assert (await anna.get("/en/staff/queue", headers={"sec-fetch-site": "none"})).status_code == 200
    nobody = await place.client.get("/en/staff/events", headers={"accept": "text/event-stream"})
    assert nobody.status_code == 401


async def test_sec_c01_a_cookie_opens_no_visitors_stream(place):
    anna = await place.enter(place.alpha.anna)
    visitor = place.alpha.visitors["taken"]
    token = visitor.headers["authorization"].split()[1]
    for headers in ({}, {"cookie": f"token={token}; {COOKIE}={anna.cookies[COOKIE]}"}):
        for end in ("events", "messages", f"events?token={token}"):
            answer = await anna.get(f"{visitor.path}/{end}", headers=headers)
            assert answer.status_code == 404 and CANARY not in answer.text


# -- SEC-C03, C04: whose chat it is ------------------------------------------------------------------------------------------


async def test_sec_c03_an_id_alone_opens_nothing_and_unknown_ones_look_the_same(place):
    visitor, world = place.alpha.visitors["taken"], place.alpha
    known = visitor.path.rsplit("/", 1)[1]
    number = int(known, 16)
    others = [secrets.token_hex(16) for _ in range(20)] + [
        f"{(number + n) % 16**32:032x}" for n in (-1000, -1, 1, 1000)
    ]
    odd = ["1", "x" * 300, "%27%20or%201%3D1--", "..%2f..", known.upper() + "0", "%F0%9F%98%80"]
    before = await everything(place, **MAIL)
    for method, end in visitor_routes(place.app):
        said = set()
        for id_ in [known, *others[:2], *others[-2:], *odd]:
            path = f"/api/chat/conversations/{id_}"
            answer = await knock(visitor, method, end, world, path, {"authorization": "Bearer wrong"})
            if id_ in odd and answer.status_code in (404, 405) and answer.json()["error"] == "no_page":
                continue  # no such page at all
            said.add((answer.status_code, answer.text))
            assert answer.status_code == 404, (method, end, id_, answer.status_code)
        assert len(said) == 1, (method, end, said)
    times: dict[bool, list[float]] = {True: [], False: []}
    for n in range(60):
        id_ = known if n % 2 else others[n % 20]
        began = time.perf_counter()
        await visitor.client.get(f"/api/chat/conversations/{id_}/messages", headers={"authorization": "Bearer wrong"})
        times[bool(n % 2)].append(time.perf_counter() - began)
    assert abs(statistics.median(times[True]) - statistics.median(times[False])) < 0.02
    assert await everything(place, **MAIL) == before


async def test_sec_c04_another_chats_token_opens_no_route(place):
    mine, theirs = place.beta.visitors["taken"], place.alpha.visitors["taken"]
    before = await everything(place, **MAIL)
    for headers in (mine.headers, {}, {"authorization": f"Basic {mine.headers['authorization'].split()[1]}"}):
        for method, end in visitor_routes(place.app):
            answer = await knock(theirs, method, end, place.alpha, headers=headers)
            assert answer.status_code == 404 and answer.json()["error"] == "not_found", (
                method,
                end,
                answer.status_code,
            )
            assert CANARY not in answer.text
    # The own chat takes no file and no consent of another one.
    for method, end in (("GET", "files/{file_id}"), ("POST", "consents/{consent_id}/withdraw")):
        assert (await knock(mine, method, end, place.alpha)).status_code == 404
    assert await everything(place, **MAIL) == before


# -- SEC-C05, C11: what a visitor sends --------------------------------------------------------------------------------------

EXTRA = {"author": "staff", "sender": "staff", "internal": True, "author_id": 1, "created_at": "2020-01-01", "seq": 1, "owner": "staff",
         "name": "Anna", "kind": "notice", "event": "taken_over", "account_id": 1, "organisation_id": "beta", "version": 9}  # fmt: skip


async def test_sec_c05_no_route_takes_a_field_it_does_not_know(place):
    visitor, refused = place.alpha.visitors["waiting"], 0
    before = await everything(place, **MAIL)
    for method, end in visitor_routes(place.app):
        if method in ("POST", "PATCH") and end not in ("files", "transcript", "consents/{consent_id}/withdraw"):
            for name, value in EXTRA.items():
                if (name, end) in (("seq", "read"), ("seq", "feedback")):
                    continue
                answer = await knock(visitor, method, end, place.alpha, **{name: value})
                assert answer.status_code == 422, (end, name, answer.status_code)
                refused += 1
    new = await place.client.post("/api/chat/conversations", json={"language": "en", "owner": "staff"})
    assert new.status_code == 422 and refused > 100
    assert await everything(place, **MAIL) == before


BROKEN = [b"{", b"[]", b'"x"', b"nul", b"\xff\xfe", b"[" * 60_000, b"[" * 200_000, b'{"text":' * 5000, b'{"text": {"a": 1}}', b'{"on": 1e999}',
          b'{"client_msg_id": "1", "text": "\\ud800"}']  # fmt: skip


async def test_sec_c11_broken_json_is_one_sentence_everywhere_and_the_others_live_on(place):
    visitor = await place.chat()
    async with visitor.client.stream("GET", f"{visitor.path}/events", headers=visitor.headers) as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        headers = {**visitor.headers, "content-type": "application/json"}
        for method, end in visitor_routes(place.app):
            if method not in ("POST", "PATCH") or end in ("transcript", "files", "consents/{consent_id}/withdraw"):
                continue
            url = f"{visitor.path}/{end}".rstrip("/").replace("{request_id}", "0" * 32)
            for raw in BROKEN:
                answer = await visitor.client.request(method, url, content=raw, headers=headers)
                taken = answer.status_code in (200, 201) and raw == BROKEN[-1]  # half a character is left out
                assert taken or answer.status_code in (400, 413, 422), (end, raw[:20], answer.status_code)
                assert taken or set(answer.json()) == {"error", "message"}, (end, raw[:20])
        for content in (b"", b"no form", b"--x\r\nContent-Disposition: form-data\r\n\r\n"):
            kind = {"content-type": "multipart/form-data; boundary=x"}
            answer = await visitor.client.post(f"{visitor.path}/files", content=content, headers=visitor.headers | kind)
            assert answer.status_code in (400, 409, 413, 422) and "error" in answer.json()
        await visitor.post(client_msg_id="alive", text="still there?")
        async with asyncio.timeout(10):
            async for line in lines:
                if line == "event: message":
                    break


# -- SEC-C06, C14: what stays inside -----------------------------------------------------------------------------------------


async def heard(visitor: Chat, seconds: float = 0.5, during=None) -> str:
    """What the visitor's stream says for a while."""
    lines: list[str] = []

    async def listen() -> None:
        async with visitor.client.stream("GET", f"{visitor.path}/events", headers=visitor.headers) as stream:
            async for line in stream.aiter_lines():
                lines.append(line)

    task = asyncio.create_task(listen())
    await asyncio.sleep(seconds / 2)
    if during:
        await during()
    await asyncio.sleep(seconds / 2)
    task.cancel()
    return "\n".join(lines)


async def visitors_side(place, visitor: Chat) -> str:
    """Everything that the visitor of a chat can read of it, with the mail of it."""
    read = [
        (await visitor.client.get(f"{visitor.path}/{end}", headers=visitor.headers)).text
        for end in ("messages", "consents")
    ]
    sent = await visitor.client.post(f"{visitor.path}/transcript", headers=visitor.headers)
    assert sent.status_code == 202
    async with place.database.read() as session:
        id_ = visitor.path.rsplit("/", 1)[1]
        mails = (await session.exec(select(Mail).where(Mail.conversation_id == id_))).all()
    bodies = [m.subject + m.body for m in mails if m.key.startswith("transcript")]
    assert bodies
    return "\n".join([*read, *bodies])


async def test_sec_c06_no_note_reaches_the_visitor(place):
    anna, visitor = await place.enter(place.beta.anna), place.beta.visitors["taken"]
    chat, secret = visitor.path.rsplit("/", 1)[1], f"SECRET-{secrets.token_hex(4)}"

    async def noted() -> None:
        await anna.post(f"/en/staff/chats/{chat}/notes", data={"note": f"{secret} note"})
        await anna.post(f"/en/staff/cases/{place.beta.number}/notes", data={"text": f"{secret} case note"})
        await anna.post(f"/en/staff/cases/{place.beta.number}/tasks", data={"title": f"{secret} task"})

    said = await heard(visitor, 1.0, noted)
    assert "hello" in said and secret not in said
    page = (await anna.get(f"/en/staff/chats/{chat}")).text
    assert f"{secret} note" in page
    side = await visitors_side(place, visitor)
    assert "Plain reply" in side and "SECRET" not in side and "Plain note" not in side and "Plain concern" not in side


async def test_sec_c14_typing_has_no_text_and_only_the_shown_name_is_seen(place):
    anna, visitor = await place.enter(place.beta.anna), place.beta.visitors["taken"]
    chat = visitor.path.rsplit("/", 1)[1]

    async def types() -> None:
        await anna.post(f"/en/staff/chats/{chat}/typing", data={"on": "1", "text": "DRAFT of a reply"})

    said = await heard(visitor, 1.0, types)
    assert '"typing": true' in said and "DRAFT" not in said
    assert (
        await visitor.client.post(f"{visitor.path}/typing", json={"on": True, "text": "x"}, headers=visitor.headers)
    ).status_code == 422
    page = await anna.get(f"/en/staff/chats/{chat}")
    assert "DRAFT" not in page.text
    side = said + await visitors_side(place, visitor)
    shown = json.dumps(await visitor.messages()) + said
    assert place.beta.anna.shown_name in side
    assert place.beta.anna.name not in side and place.beta.anna.email not in side
    assert not re.search(r'"(account_id|account|email|hidden|understood)"', shown)


# -- SEC-C08, C10, C12, C15: how much, how often, and the end ----------------------------------------------------------------


async def flood(app, headers, path: str = "/api/chat/conversations", times: int = 62) -> list[httpx2.Response]:
    transport = httpx2.ASGITransport(app=app, client=(f"203.0.113.{secrets.randbelow(200) + 1}", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return [await client.post(path, json={"language": "en"}, headers=headers()) for _ in range(times)]


async def test_sec_c08_a_forged_address_resets_no_limit(place):
    limits.counted.storage.reset()
    served = ProxyHeadersMiddleware(place.app, trusted_hosts="127.0.0.1")  # as uvicorn serves it
    names = ("x-forwarded-for", "x-real-ip", "forwarded", "client-ip", "true-client-ip")
    answers = await flood(served, lambda: {n: f"198.51.100.{secrets.randbelow(255)}" for n in names})
    assert [a.status_code for a in answers[:60]] == [201] * 60 and {a.status_code for a in answers[60:]} == {429}
    assert int(answers[-1].headers["retry-after"]) > 0 and answers[-1].json()["message"]
    limits.counted.storage.reset()


async def test_sec_c10_closed_streams_are_forgotten(place):
    visitor = await place.chat()
    id_ = visitor.path.rsplit("/", 1)[1]
    for _ in range(3):
        await asyncio.gather(*(heard(visitor, 0.2) for _ in range(5)))
    listeners = place.app.state.bus
    for _ in range(100):
        if id_ not in json.dumps([str(k) for k in vars(listeners).values()]):
            break
        await asyncio.sleep(0.05)
    assert (await visitor.client.get(f"{visitor.path}/messages", headers=visitor.headers)).status_code == 200
    assert id_ not in json.dumps([str(k) for k in vars(listeners).values()])


async def test_sec_c12_twenty_requests_at_once_are_one_entry_in_the_queue(place):
    visitor = await place.chat("en", "worker")
    ask = [visitor.client.post(f"{visitor.path}/person", json={}, headers=visitor.headers) for _ in range(20)]
    answers = await asyncio.gather(*ask)
    assert {a.status_code for a in answers} == {200} and len({a.json()["owner"] for a in answers}) == 1
    async with place.database.read() as session:
        id_ = visitor.path.rsplit("/", 1)[1]
        assert len((await session.exec(select(Handover).where(Handover.conversation_id == id_))).all()) == 1
    told = [m for m in await visitor.messages() if m.get("event") == "forwarded"]
    assert len(told) <= 1
    await visitor.client.delete(visitor.path, headers=visitor.headers)


async def test_sec_c15_a_deleted_chats_token_is_dead_everywhere(place):
    visitor = await place.chat("en", "worker")
    await visitor.client.post(f"{visitor.path}/person", json={}, headers=visitor.headers)
    said = asyncio.create_task(heard(visitor, 1.6))
    await asyncio.sleep(0.3)
    assert (await visitor.client.delete(visitor.path, headers=visitor.headers)).status_code == 204
    for method, end in visitor_routes(place.app):
        assert (await knock(visitor, method, end, place.alpha)).status_code == 404, (method, end)
    assert "hello" in await said
