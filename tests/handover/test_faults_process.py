"""Faults of process and machine: it dies, it stops, the lock, the disk, the clock (FLT-07, 09 to 12, 30)."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event

from portal import sqlite
from portal.chat.turns import Turns
from portal.clock import now
from portal.handover.steady import Steady
from portal.web.api import listening
from tests.conftest import Chat
from tests.handover.desk import MINUTE, ask, reply, served, until
from tests.people import portal


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
