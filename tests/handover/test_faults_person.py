"""What goes wrong around a person: FLT ids, and SEC-C for the new calls."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sqlite3
import uuid
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import select

from portal import sqlite
from portal.chat.computing import Computed
from portal.chat.drafts import Draft
from portal.chat.models import Conversation, Message
from portal.chat.turns import Turns
from portal.clock import german_day, now
from portal.handover import service
from portal.handover.models import Handover
from portal.handover.steady import Steady
from portal.web.api import listening
from tests.conftest import Chat
from tests.handover.desk import (
    ADDRESS,
    ask,
    call,
    do,
    events,
    handovers,
    id_of,
    later,
    reply,
    sweep,
    take,
    until,
    write,
)
from tests.people import portal

MINUTE = dt.timedelta(minutes=1)


async def waits(office) -> Chat:
    chat = await office.chat()
    await ask(chat)
    return chat


async def served(office, **fields):
    anna = await office.account("anna", **fields)
    chat = await waits(office)
    await take(office.house, anna, chat)
    return anna, chat


@pytest.mark.parametrize("taken", [False, True])
async def test_flt_19_an_answer_that_comes_after_the_take_over_is_suppressed(house, office, monkeypatch, taken):
    anna = await office.account("anna")
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(self, conversation, message):
        begun.set()
        await go.wait()
        return Computed(
            [Draft("answer", "LATE", "en", "visa.overview")], "en", understood={"topics": ["visa.overview"]}
        )

    monkeypatch.setattr(Turns, "_compute", slow)
    chat = await office.chat()
    await write(chat, "Which visa?")
    await begun.wait()
    await ask(chat)
    if taken:
        await take(house, anna, chat)
    go.set()
    await until(lambda: not house.app.state.turns._tasks)
    messages = await chat.messages()
    assert "LATE" not in json.dumps(messages)
    assert [m["author"] for m in messages] == ["visitor", "system", "system"][: 3 if taken else 2]
    async with house.database.read() as session:
        stored = await session.get(Message, (id_of(chat), 1))
    assert stored.hidden["suppressed"] == {"topics": ["visa.overview"]}
    assert stored.hidden["understood"] == {"topics": ["visa.overview"]}


async def test_flt_20_a_desk_that_is_gone_for_two_minutes(house, office):
    anna, chat = await served(office)
    await reply(house, anna, chat, "Hello")
    start = now()
    await later(house, chat, staff_at=start)
    await sweep(house, start + dt.timedelta(seconds=110))
    assert (await chat.state())["owner"] == "staff"
    await do(house, service.touch, anna.id, start + dt.timedelta(seconds=115))
    await sweep(house, start + dt.timedelta(seconds=200))
    assert (await chat.state())["owner"] == "staff", "a sign of life counts"
    with house.app.state.bus.subscribe(f"org:{office.organisation.id}") as colleagues:
        await sweep(house, start + dt.timedelta(seconds=240))
        assert colleagues.is_set(), "colleagues see it"
    assert (await chat.state())["owner"] == "queue" and (await events(chat))[-1] == "released"
    await do(house, service.touch, anna.id, start)
    await sweep(house, start + 16 * MINUTE)
    async with house.database.read() as session:
        assert not (await session.get(type(anna), anna.id)).on_duty, "who has no desk is not on duty"


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


async def test_flt_22_the_last_one_goes_off_duty(house, office):
    anna = await office.account("anna")
    chat = await waits(office)
    await sweep(house, now())
    assert (await chat.state())["person"]["there"] is True
    for on_duty, expected in ((False, 1), (False, 1), (True, 1), (False, 2)):
        anna.on_duty = on_duty
        async with house.database.write() as session:
            await session.merge(anna)
            await session.commit()
        await sweep(house, now())
        await sweep(house, now())
        assert (await events(chat)).count("unavailable_agents") == expected
    person = (await chat.state())["person"]
    assert (person["status"], person["there"]) == ("waiting", False) and person["opens_at"] is None
    left = await call(chat, "POST", "person/message", text="Please write to me.")
    assert left.json()["person"]["status"] == "message"
    assert len(await handovers(house, chat)) == 1


async def test_flt_22_it_closes_while_somebody_waits(house, office):
    await office.account("anna")
    chat = await waits(office)
    async with house.database.write() as session:
        one = await session.get(type(office.organisation), office.organisation.id)
        one.closures = [{"from": "2000-01-01", "to": german_day().isoformat(), "why": "strike"}]
        session.add(one)
        await session.commit()
    await sweep(house, now())
    line = (await chat.messages())[-1]
    assert line["event"] == "unavailable_organisation" and line["values"]["opens_at"] is None, (
        "open day and night: no midnight"
    )
    assert (await chat.state())["owner"] == "queue", "the place is kept"


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


def test_flt_30_a_clock_that_jumps_makes_nobody_late():
    start, hour = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC), dt.timedelta(hours=1)
    clock = Steady(start, 1000.0)
    assert clock.at(start + MINUTE, 1060.0) == start + MINUTE
    assert clock.at(start + MINUTE + hour, 1065.0) == start + MINUTE + dt.timedelta(seconds=5), "an hour forwards"
    assert clock.at(start + 59 * MINUTE + hour, 4540.0) == start + 59 * MINUTE
    late = start + 62 * MINUTE + hour
    assert clock.at(late, 1000.0 + 62 * 60) == late, "believed after an hour"
    back = late + MINUTE - hour
    assert clock.at(back, 1000.0 + 63 * 60) == back, "an hour backwards: nobody is late by it"


async def test_flt_30_order_is_by_number_whatever_the_clock_says(house, office):
    anna, chat = await served(office)
    await reply(house, anna, chat, "first", now())
    await reply(house, anna, chat, "second", now() - dt.timedelta(hours=1))
    assert [m["text"] for m in await chat.messages()][-2:] == ["first", "second"]


async def test_flt_27_after_an_hour_away_everything_is_there(house, office):
    anna, chat = await served(office)
    known = (await chat.messages())[-1]["seq"]
    for n in range(30):
        await reply(house, anna, chat, f"{n}")
    news = await chat.state(after=known)
    assert [m["text"] for m in news["messages"]] == [str(n) for n in range(30)]
    assert news["person"]["name"] == "Anna"


async def test_flt_07_09_a_process_that_dies_at_the_wrong_moment(tmp_path: Path, monkeypatch):
    """It dies after the commit, before the answer: the retry gets the same. And after computing, before storing: once."""
    body = {"client_msg_id": "one", "text": "hello"}
    async with portal(tmp_path) as house:
        chat = await house.chat()

        async def dies(self, *_):
            raise SystemError("killed")

        with monkeypatch.context() as patch:
            patch.setattr(Turns, "_say", dies)
            first = await chat.post(**body)
            await until(lambda: not house.app.state.turns._tasks)
        assert len(await chat.messages()) == 1
    async with portal(tmp_path) as house:
        chat = Chat(house.client, chat.path, chat.headers)
        assert (await chat.post(**body)).json() == first.json()
        await until(lambda: chat.messages())

        async def answered():
            return [m for m in await chat.messages() if m.get("final")]

        assert len(await until(answered)) == 1
        assert [m["author"] for m in await chat.messages()] == ["visitor", "assistant"]


async def test_flt_10_it_stops_with_fifty_streams_open(tmp_path: Path):
    loop = asyncio.get_running_loop()
    async with portal(tmp_path) as house:
        chats = [await house.chat() for _ in range(50)]

        async def listen(chat: Chat) -> None:
            async with chat.client.stream("GET", f"{chat.path}/events", headers=chat.headers) as stream:
                async for _ in stream.aiter_lines():
                    pass

        listeners = [asyncio.create_task(listen(c)) for c in chats]
        await until(lambda: len(listening.listening(house.app.state).streams) == 50, 20)
        began = loop.time()
    assert loop.time() - began < 10
    await asyncio.wait(listeners, timeout=5)
    for one in listeners:
        one.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)


@pytest.mark.parametrize(("seconds", "status"), [(0.5, 201), (3.5, 503)])
async def test_flt_11_somebody_holds_the_write_lock(tmp_path: Path, monkeypatch, seconds, status):
    """Shorter than we wait: everything succeeds; longer: 503 and when to come back, and nothing half-written."""
    monkeypatch.setattr(sqlite, "BUSY", 1500)
    monkeypatch.setattr("portal.database.IN_LINE", 1.5)
    async with portal(tmp_path) as house:
        chats = [await house.chat() for _ in range(3)]
        thief = sqlite3.connect(tmp_path / "portal.db", isolation_level=None)
        thief.execute("BEGIN IMMEDIATE")
        posts = [asyncio.create_task(c.post(client_msg_id="1", text="hello")) for c in chats]
        reading = await chats[0].client.get(f"{chats[0].path}/messages", headers=chats[0].headers)
        assert reading.status_code == 200, "reading goes on"
        await asyncio.sleep(seconds)
        thief.execute("ROLLBACK")
        thief.close()
        answers = [await p for p in posts]
        assert {a.status_code for a in answers} == {status}
        if status == 503:
            assert all(a.headers["retry-after"] and a.json()["message"] for a in answers)
            assert [await c.messages() for c in chats] == [[], [], []]
        again = await asyncio.gather(*(c.post(client_msg_id="1", text="hello") for c in chats))
        assert {a.status_code for a in again} == {201}
        for chat in chats:
            assert [m["author"] for m in await chat.messages()][0] == "visitor"


async def test_flt_12_the_disk_is_full(tmp_path: Path):
    async with portal(tmp_path) as house:
        await house.account("anna@a.example", await house.organisation())
        chat = await house.chat()
        await ask(chat)
        engine = house.database.engine.sync_engine

        def full(connection, _record) -> None:
            pages = connection.execute("PRAGMA page_count")
            connection.execute(f"PRAGMA max_page_count={pages.fetchone()[0]}")

        event.listen(engine, "connect", full)
        await house.database.engine.dispose()
        status = 201
        for n in range(200):
            answer = await chat.post(client_msg_id=f"{n}", text="x" * 2000)
            if (status := answer.status_code) != 201:
                break
        assert status == 503 and answer.json()["error"] == "server_error" and answer.headers["retry-after"]
        assert house.database.failing
        told = [m for m in await chat.messages() if m.get("event") == "kept_for_person"]
        assert len(await chat.messages()) == n + 1 + len(told), "reading goes on, nothing half-written"
        event.remove(engine, "connect", full)
        await house.database.engine.dispose()
        assert (await chat.post(client_msg_id=f"{n}", text="x" * 2000)).status_code == 201
        assert not house.database.failing


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


async def test_scenario_24_read_by_both_sides(house, office):
    anna, chat = await served(office)
    await write(chat, "hello")
    assert (await chat.state())["person"]["read"] == 0
    message = await reply(house, anna, chat, "hi")
    assert (await chat.state())["person"]["read"] == message.seq
    for seq, expected in ((2, 2), (1, 2), (999, message.seq)):
        assert (await call(chat, "POST", "read", seq=seq)).status_code == 204
        async with house.database.read() as session:
            assert (await session.get(Conversation, id_of(chat))).visitor_read == expected


async def test_an_account_that_goes_gives_its_chats_back(house, office):
    anna, chat = await served(office)
    found = await do(house, service.release_all, anna, now())
    assert [h.conversation_id for h in found] == [id_of(chat)]
    assert (await chat.state())["person"]["place"] == 1


async def test_given_back_to_the_assistant(house, office):
    anna, chat = await served(office)
    await do(house, service.give_back, anna, id_of(chat), now())
    assert (await events(chat))[-1] == "continue_with_assistant"
    said = await chat("thank you")
    assert said[-1]["final"] and (await chat.state())["owner"] == "assistant"


async def test_a_message_that_was_left_is_answered_later_and_not_swept(house, office):
    anna = await office.account("anna", on_duty=False)
    chat = await office.chat()
    await call(chat, "POST", "person/message", text="Please call me")
    await sweep(house, now() + 60 * MINUTE)
    assert (await chat.state())["person"]["status"] == "message"
    await take(house, anna, chat)
    await later(house, chat, staff_at=now() + 200 * MINUTE)
    await sweep(house, now() + 30 * MINUTE)
    assert (await chat.state())["owner"] == "staff", "time to look things up"
    await later(house, chat, visitor_at=now() - 10 * MINUTE)
    await do(house, service.release, anna, id_of(chat), now())
    assert (await chat.state())["person"]["status"] == "message", "nobody sits there and waits"
    await take(house, anna, chat)
    await reply(house, anna, chat, "Here is your answer")
    await later(house, chat, staff_at=now() + 200 * MINUTE)
    await sweep(house, now() + 60 * MINUTE)
    assert (await events(chat)).count("idle_warning") == 0
