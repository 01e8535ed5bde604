"""Faults of a visitor's side: away, too late, everything twice, a slow reader (FLT-21, 23, 24, 27, 28)."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid

import pytest

from portal.chat.drafts import Draft
from portal.clock import now
from portal.handover import service
from portal.web.api import listening
from tests.handover.desk import (
    ADDRESS,
    MINUTE,
    ask,
    call,
    do,
    events,
    handovers,
    id_of,
    later,
    reply,
    served,
    sweep,
    take,
    until,
    waits,
)


async def test_flt_21_a_visitor_who_is_away(house, office):
    await office.account("anna")
    first, second = await waits(office), await waits(office)
    start = now()
    await later(house, first, visitor_at=start)
    await later(house, second, visitor_at=start + 10 * MINUTE)
    await sweep(house, start + dt.timedelta(seconds=290))
    assert (await first.state())["person"]["place"] == 1, "back in time: the place is kept"
    await sweep(house, start + dt.timedelta(seconds=310))
    await sweep(house, start + dt.timedelta(seconds=320))
    state = await first.state()
    assert (state["owner"], state["person"]["end_reason"]) == ("assistant", "gone")
    assert (await events(first)) == ["forwarded", "continue_with_assistant"]
    assert (await second.state())["person"]["place"] == 1


async def test_flt_21_whoever_reads_is_not_away(house, office, monkeypatch):
    await office.account("anna")
    monkeypatch.setattr(listening, "SIGN", 0.0)
    chat = await waits(office)
    await later(house, chat, visitor_at=now() - 4 * MINUTE)
    await chat.state()

    async def seen() -> bool:
        return now() - (await handovers(house, chat))[0].visitor_at < MINUTE

    await until(seen)


async def test_flt_23_a_message_into_an_ended_chat_is_refused_not_swallowed(house, office):
    anna, chat = await served(office)
    await do(house, service.end, anna, id_of(chat), "answered", now())
    refused = await chat.post(client_msg_id="1", text="one more thing")
    assert (refused.status_code, refused.json()["error"]) == (409, "ended") and refused.json()["message"]
    before = len(await chat.messages())
    with pytest.raises(service.NotOwner):
        await reply(house, anna, chat, "too late")
    assert len(await chat.messages()) == before
    assert (await call(chat, "DELETE", "person")).json() == {"owner": "assistant"}
    assert (await chat.post(client_msg_id="1", text="one more thing")).status_code == 201
    assert (await ask(chat))["owner"] == "queue"


async def test_flt_24_everything_twice_is_once(house, office):
    anna = await office.account("anna")
    chat = await office.chat()
    await asyncio.gather(*(ask(chat) for _ in range(20)))  # SEC-C12 too
    assert len(await handovers(house, chat)) == 1
    assert (await events(chat)) == ["forwarded"]
    await asyncio.gather(*(take(house, anna, chat) for _ in range(5)))
    assert (await events(chat)).count("taken_over") == 1
    body = {"client_msg_id": str(uuid.uuid4()), "text": "hello"}
    answers = await asyncio.gather(*(chat.post(**body) for _ in range(10)))
    assert len({a.text for a in answers}) == 1 and answers[0].status_code == 201
    assert (await chat.post(**{**body, "text": "other"})).status_code == 422
    draft = [Draft("text", "same", "en") for _ in range(5)]
    found = await asyncio.gather(
        *(do(house, service.reply, anna, id_of(chat), "one", d, now(), ADDRESS) for d in draft)
    )
    assert sorted(new for _, new in found) == [False] * 4 + [True]
    with pytest.raises(service.Conflict):
        await do(house, service.reply, anna, id_of(chat), "one", Draft("text", "else", "en"), now(), ADDRESS)
    await asyncio.gather(*(call(chat, "POST", "end") for _ in range(5)))
    assert (await events(chat)).count("ended") == 1
    answers = await asyncio.gather(*(call(chat, "POST", "rating", stars=5) for _ in range(5)))
    assert sorted(a.status_code for a in answers) == [204] + [409] * 4


async def test_flt_28_a_slow_reader_keeps_nobody_waiting(house, office):
    """It opens the stream and reads nothing, while 500 signs and 120 messages come; another one gets everything."""
    anna, chat = await served(office)
    slow = await asyncio.open_connection("127.0.0.1", chat.client.base_url.port)
    head = [
        f"GET {chat.path}/events HTTP/1.1",
        f"host: 127.0.0.1:{chat.client.base_url.port}",
        f"authorization: {chat.headers['authorization']}",
        "",
        "",
    ]
    slow[1].write("\r\n".join(head).encode())
    await slow[1].drain()
    await until(lambda: listening.listening(house.app.state).streams.get(id_of(chat)))
    bus = house.app.state.bus
    for n in range(500):
        bus.pass_on(id_of(chat), kind="typing", side="staff", on=bool(n % 2))
    assert all(len(x.heard) <= 100 for x in bus._waiting[id_of(chat)])
    async with house.database.write() as session:
        conversation, _ = await service.chat(session, anna, id_of(chat), lock=True)
        for n in range(120):
            await service.chats.add(session, conversation, Draft("text", f"{n}", "en"), "staff")
        await session.commit()
    bus.wake(id_of(chat))
    async with asyncio.timeout(10):
        assert len(await chat.messages()) == 122
    slow[1].close()
    await until(lambda: id_of(chat) not in listening.listening(house.app.state).streams, 12)


async def test_flt_27_after_an_hour_away_everything_is_there(house, office):
    anna, chat = await served(office)
    known = (await chat.messages())[-1]["seq"]
    for n in range(30):
        await reply(house, anna, chat, f"{n}")
    news = await chat.state(after=known)
    assert [m["text"] for m in news["messages"]] == [str(n) for n in range(30)]
    assert news["person"]["name"] == "Anna"
