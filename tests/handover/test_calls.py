"""What a visitor's calls cannot do: SEC-C for the calls around a person."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlmodel import select

from portal.chat.models import Conversation
from portal.handover import service
from portal.handover.models import Handover
from portal.web.api import listening
from tests.conftest import Chat
from tests.handover.desk import ask, call, handovers, id_of, reply, served, until, waits, write


async def test_scenario_28_sec_c04_a_foreign_token_opens_nothing(house, office):
    await office.account("anna")
    mine, other = await office.chat(), await office.chat()
    await ask(mine)
    before = await mine.state()
    for headers in (other.headers, {}, {"authorization": "Bearer x"}):
        thief = Chat(mine.client, mine.path, headers)
        for method, end, body in (
            ("GET", "messages", {}), ("GET", "events", {}), ("POST", "person", {}), ("DELETE", "person", {}),
            ("POST", "person/message", {"text": "x"}), ("POST", "end", {}), ("POST", "rating", {"stars": 1}),
            ("POST", "typing", {"on": True}), ("POST", "read", {"seq": 1}), ("DELETE", "", {}),
            ("POST", "messages", {"client_msg_id": "1", "text": "x"}),
        ):  # fmt: skip
            answer = (
                await call(thief, method, end, **body)
                if end
                else await thief.client.delete(thief.path, headers=headers)
            )
            assert answer.status_code == 404, (method, end)
            assert answer.json()["error"] == "not_found"
    assert await mine.state() == before


async def test_sec_c05_a_visitor_cannot_be_staff(house, office):
    await office.account("anna")
    chat = await waits(office)
    for more in ({"author": "staff"}, {"internal": True}, {"seq": 1}, {"account_id": 1}, {"owner": "staff"}):
        assert (await chat.post(client_msg_id="x", text="hello", **more)).status_code == 422
    for end, body in (("person", {"reason": "guide"}), ("person", {"organisation": "x"}), ("end", {"reason": "x"}),
                      ("rating", {"stars": 5, "account": 1}), ("typing", {"on": True, "text": "secret"}),
                      ("read", {"seq": 1, "side": "staff"}), ("person/message", {"text": "x", "owner": "staff"}),
                      ("rating", {"stars": "5"}), ("read", {"seq": -1}), ("typing", {"on": "yes"})):  # fmt: skip
        assert (await call(chat, "POST", end, **body)).status_code == 422, (end, body)
    assert (await chat.state())["owner"] == "queue"


async def test_sec_c09_too_long_and_too_large(house, office):
    chat = await office.chat()
    assert (await call(chat, "POST", "person/message", text="x" * 2001)).status_code == 422
    assert (await call(chat, "POST", "person/message", text=" ")).status_code == 422
    assert (await call(chat, "POST", "person/message", text="x" * 300_000)).status_code == 413
    assert (await call(chat, "POST", "person/message", text="x", email="no address")).status_code == 422
    assert await handovers(house, chat) == []


async def test_sec_c10_five_streams_of_a_chat_and_no_more(house, office):
    chat = await office.chat()
    async with asyncio.timeout(20):
        streams = [
            await chat.client.send(
                chat.client.build_request("GET", f"{chat.path}/events", headers=chat.headers), stream=True
            )
            for _ in range(5)
        ]
        await until(lambda: listening.listening(house.app.state).streams[id_of(chat)] == 5)
        sixth = await call(chat, "GET", "events")
        assert sixth.status_code == 429 and sixth.headers["retry-after"]
        for one in streams:
            await one.aclose()
        await until(lambda: not listening.listening(house.app.state).streams[id_of(chat)], 15)


@pytest.mark.parametrize("raw", [b"{", b"[]", b'"x"', b"\xff", b"[" * 200_000])
@pytest.mark.parametrize("end", ["person/message", "typing", "read", "rating", "end", "person"])
async def test_sec_c11_wrong_json_is_one_sentence(house, office, raw, end):
    chat = await office.chat()
    headers = {**chat.headers, "content-type": "application/json"}
    answer = await chat.client.post(f"{chat.path}/{end}", content=raw, headers=headers)
    assert answer.status_code in (400, 413, 422) and set(answer.json()) == {"error", "message"}


async def test_sec_c14_typing_tells_that_not_what(house, office):
    anna, chat = await served(office)
    with house.app.state.bus.subscribe(id_of(chat)) as desk:
        assert (await call(chat, "POST", "typing", on=True)).status_code == 204
        assert list(desk.heard) == [{"kind": "typing", "side": "visitor", "on": True}]
    assert house.app.state.presence.types(id_of(chat), "visitor")
    await write(chat, "sent")
    assert not house.app.state.presence.types(id_of(chat), "visitor")
    assert (await chat.state())["person"]["typing"] is False
    house.app.state.presence.typing(id_of(chat), "staff")
    person = (await chat.state())["person"]
    assert person["typing"] is True and anna.email not in json.dumps(person)


async def test_sec_c15_a_deleted_chat_is_gone_and_the_desk_is_told(house, office):
    anna, chat = await served(office)
    with house.app.state.bus.subscribe(f"org:{office.organisation.id}") as desk:
        assert (await chat.client.delete(chat.path, headers=chat.headers)).status_code == 204
        assert desk.is_set()
    assert (await call(chat, "GET", "messages")).status_code == 404
    assert (await call(chat, "POST", "person")).status_code == 404
    with pytest.raises(service.NotFound):
        await reply(house, anna, chat, "are you there?")
    async with house.database.read() as session:
        assert (await session.exec(select(Handover).where(Handover.conversation_id == id_of(chat)))).all() == []
        assert await session.get(Conversation, id_of(chat)) is None
