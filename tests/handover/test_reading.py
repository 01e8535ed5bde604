"""Reading and answering while the database cannot be written to, and what was left without an answer."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from portal import sqlite
from portal.chat import service, turns
from portal.chat.computing import Computed
from portal.chat.drafts import Draft
from portal.chat.models import Conversation, Message, Turn
from portal.chat.turns import Turns
from portal.clock import now
from portal.handover import ownership
from tests.conftest import Chat
from tests.handover.desk import ask, call, handovers, id_of, later, until, write
from tests.people import House, portal

AGO = dt.timedelta(minutes=4)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Somebody holds the write lock."""
    thief = sqlite3.connect(path / "portal.db", isolation_level=None)
    thief.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        thief.execute("ROLLBACK")
        thief.close()


@pytest.fixture
def impatient(monkeypatch) -> None:
    """A writer gives up after half a second."""
    monkeypatch.setattr(sqlite, "BUSY", 500)
    monkeypatch.setattr("portal.database.IN_LINE", 0.5)


async def unanswered(house: House, chat: Chat, text: str = "Which visa?", ago: dt.timedelta = AGO) -> None:
    """A message that was stored, whose process then died."""
    async with house.database.write() as session:
        conversation = await ownership.locked(session, id_of(chat))
        message, _ = await service.receive(session, conversation, text, Draft("text", text, "en"), None)
        message.at = now() - ago
        await session.commit()


async def answers(chat: Chat) -> list[dict[str, Any]]:
    return [m for m in await chat.messages() if m.get("final")]


def computing(monkeypatch) -> list[int]:
    """The numbers of what was computed."""
    numbers: list[int] = []

    async def compute(self: Turns, conversation: Conversation, message: Message) -> Computed:
        numbers.append(message.seq)
        return Computed([Draft("answer", "The answer", "en", "visa.overview")], "en")

    monkeypatch.setattr(Turns, "_compute", compute)
    return numbers


async def test_flt_11_who_waits_reads_while_nobody_can_write(tmp_path: Path, impatient):
    """The sign of life that comes with reading is stored beside it, and again later where it could not be."""
    loop, heard = asyncio.get_running_loop(), []
    async with portal(tmp_path) as house:
        await house.account("anna@a.example", await house.organisation())
        chat = await house.chat()
        await ask(chat)
        start = now() - AGO
        await later(house, chat, visitor_at=start)

        async def listen() -> None:
            async with chat.client.stream("GET", f"{chat.path}/events", headers=chat.headers) as stream:
                assert stream.status_code == 200
                async for line in stream.aiter_lines():
                    heard.append(line)

        with held(tmp_path):
            began = loop.time()
            listener = asyncio.create_task(listen())
            reading = await call(chat, "GET", "messages")
            assert reading.status_code == 200 and reading.json()["person"]["place"] == 1
            assert loop.time() - began < 0.4, "it waits for no writer"
            await until(lambda: any("event: person" in line for line in heard))
            await asyncio.sleep(1)
        assert (await handovers(house, chat))[0].visitor_at == start
        await call(chat, "GET", "messages")

        async def seen() -> bool:
            return (await handovers(house, chat))[0].visitor_at > start

        await until(seen)
        await write(chat, "Hello")
        await until(lambda: any("event: message" in line for line in heard))
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)


async def test_flt_11_12_an_answer_is_computed_once_and_stored_however_long_it_takes(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY", 50)
    monkeypatch.setattr(turns, "PAUSES", (0.01, 0.02, 0.05))
    async with portal(tmp_path) as house:
        computed, chat = computing(monkeypatch), await house.chat()
        await unanswered(house, chat)
        with held(tmp_path):
            house.app.state.turns.begin(id_of(chat), 1)
            await asyncio.sleep(1.5)
            assert computed == [1] and await answers(chat) == []
        await until(lambda: answers(chat))
        assert computed == [1] and len(await answers(chat)) == 1


async def test_con_07_the_assistant_has_it_again_before_the_nothing_it_computed_is_stored(house, office, monkeypatch):
    await office.account("anna")
    computed, chat = computing(monkeypatch), await office.chat()
    await unanswered(house, chat)
    await ask(chat)
    line = house.database._writing
    async with house.database.write():
        leaving = asyncio.create_task(call(chat, "DELETE", "person"))
        await until(lambda: line._waiters and len(line._waiters) == 1)
        house.app.state.turns.begin(id_of(chat), 1)  # looks while the person has it, is next after the visitor left
        await until(lambda: len(line._waiters) == 2)
        assert computed == []
    assert (await leaving).status_code == 200
    await until(lambda: not house.app.state.turns._tasks)
    assert [m["reply_to"] for m in await answers(chat)] == [1] and computed == [1]


async def test_flt_08_what_no_process_answers_any_more_is_taken_up(house, office, monkeypatch):
    computed, old, young = computing(monkeypatch), await office.chat(), await office.chat()
    await unanswered(house, old)
    await unanswered(house, old, "And what does it cost?")
    await unanswered(house, young, ago=dt.timedelta(seconds=5))
    for _ in range(2):  # the second finds the first at work
        await turns.tick(house.app.state, house.app.state.settings)
    await until(lambda: not house.app.state.turns._tasks)
    assert [m["reply_to"] for m in await answers(old)] == [1, 2] and await answers(young) == []
    assert computed == [1, 2]
    house.app.state.turns.begin(id_of(old), 1)
    await until(lambda: not house.app.state.turns._tasks)
    assert computed == [1, 2], "what has its answer is not thought about again"
    async with house.database.read() as session:
        assert [t.conversation_id for t in (await session.exec(select(Turn))).all()] == [id_of(young)]


async def test_no_page_that_a_browser_names_keeps_a_person_away(house, office):
    await office.account("anna")
    body = {"language": "en", "role": "employer", "page": "(one question)"}
    made = (await house.client.post("/api/chat/conversations", json=body)).json()
    chat = Chat(house.client, f"/api/chat/conversations/{made['id']}", {"authorization": f"Bearer {made['token']}"})
    said = await chat("I want to talk to a human")
    assert said[-1]["event"] == "forwarded" and (await chat.state())["owner"] == "queue"
