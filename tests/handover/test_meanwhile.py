"""Somebody acts between the look at a hand-over and its lock: what is newer stands (CON-08, FLT-16)."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import col, select, text, update

from portal.accounts.models import Account
from portal.chat import erasing
from portal.chat.drafts import Draft
from portal.chat.models import Conversation
from portal.clock import now
from portal.desk import transcript
from portal.handover import ownership, service, sweeping, waiting
from portal.handover.models import Handover
from tests.desk.scene import Desk, alert
from tests.handover.desk import (
    ADDRESS,
    MINUTE,
    ask,
    do,
    events,
    handovers,
    id_of,
    later,
    reply,
    sweep,
    take,
)

Act = Callable[[], Awaitable[Any]]


@pytest.fixture(autouse=True)
async def alone(house: Any) -> None:
    """Nothing is due in the chats of other tests."""
    async with house.database.write() as session:
        await session.exec(update(Handover).values(status="ended"))
        await session.exec(update(Account).values(on_duty=False))
        await session.commit()


class Meanwhile:
    """A database before whose first write somebody else acts."""

    def __init__(self, house: Any, act: Act | None) -> None:
        self.database, self.act, self.writes = house.database, act, 0

    def look(self) -> Any:
        return self.database.look()

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        self.writes += 1
        act, self.act = self.act, None
        if act is not None:
            await act()
        async with self.database.write() as session:
            yield session


async def swept(house: Any, moment: dt.datetime, act: Act | None = None) -> int:
    """Sweep while somebody acts -> how often it wanted to write."""
    database: Any = Meanwhile(house, act)
    assert (await sweeping.sweep(database, moment, ADDRESS)).failed == []
    assert database.act is None, "nothing was due"
    return int(database.writes)


async def test_con_08_who_is_taken_meanwhile_is_not_away(house, office):
    anna, chat = await office.account("anna"), await office.chat()
    await ask(chat)
    await swept(house, now() + 6 * MINUTE, lambda: take(house, anna, chat))
    assert [(h.status, h.account_id) for h in await handovers(house, chat)] == [("taken", anna.id)]
    assert (await chat.state())["owner"] == "staff" and await events(chat) == ["forwarded", "taken_over"]


async def test_con_08_a_left_message_that_is_taken_meanwhile_is_not_put_back(house, office):
    anna, chat = await office.account("anna"), await office.chat()
    await ask(chat)
    await later(house, chat, reason="message")
    await swept(house, now() + 6 * MINUTE, lambda: take(house, anna, chat))
    assert [(h.status, h.account_id) for h in await handovers(house, chat)] == [("taken", anna.id)]


@pytest.mark.parametrize("gone", ["desk", "silent"])
async def test_con_08_what_was_ended_meanwhile_is_not_revived(house, office, gone):
    anna, chat = await office.account("anna"), await office.chat()
    await ask(chat)
    await take(house, anna, chat)
    await later(house, chat, staff_at=now() + (0 if gone == "desk" else 9) * MINUTE, nudged_at=now())
    await swept(house, now() + 5 * MINUTE, lambda: do(house, service.end, anna, id_of(chat), "answered", now()))
    assert [h.status for h in await handovers(house, chat)] == ["ended"]
    assert (await chat.state())["owner"] == "ended" and "released" not in await events(chat)


async def test_flt_16_two_processes_tell_once(house, office):
    anna, (served, waits) = await office.account("anna"), [await office.chat() for _ in range(2)]
    for chat in (served, waits):
        await ask(chat)
    await take(house, anna, served)
    await reply(house, anna, served, "Which occupation?")
    moment = now() + 11 * MINUTE
    await later(house, served, staff_at=moment)
    await later(house, waits, visitor_at=moment)
    anna.on_duty = False
    async with house.database.write() as session:
        await session.merge(anna)
        await session.commit()
    await swept(house, moment, lambda: sweep(house, moment))
    assert (await events(served)).count("idle_warning") == 1
    assert (await events(waits)).count("unavailable_agents") == 1


async def test_an_erased_chat_stops_no_other(house, office):
    await office.account("anna")
    erased, other = [await office.chat() for _ in range(2)]
    for chat in (erased, other):
        await ask(chat)
    await swept(house, now() + 6 * MINUTE, lambda: erased.client.delete(erased.path, headers=erased.headers))
    assert (await chat.state())["person"]["end_reason"] == "gone"


async def test_flt_11_the_writer_is_taken_only_for_what_is_due(house, office):
    await office.account("anna", seen_at=now())
    chat, moment = await office.chat(), now()
    await ask(chat)
    assert await swept(house, moment + MINUTE) == 0


@pytest.mark.parametrize("what", ["ended", "erased"])
async def test_an_account_that_goes_revives_nothing(house, office, monkeypatch, what):
    anna, chats = await office.account("anna"), [await office.chat() for _ in range(2)]
    for chat in chats:
        await ask(chat)
        await take(house, anna, chat)
    one, locked = id_of(chats[0]), ownership.locked

    async def faster(session: Any, id_: str) -> Conversation:
        """Another process was there first: as its commit looks from here."""
        if id_ == one and what == "ended":
            ended = update(Handover).where(col(Handover.conversation_id) == one).values(status="ended")
            await session.exec(ended.execution_options(synchronize_session=False))
        elif id_ == one:
            await erasing.erase(session, [one], now())
        return await locked(session, id_)

    monkeypatch.setattr(ownership, "locked", faster)
    released = await do(house, service.release_all, anna, now())
    assert [h.conversation_id for h in released] == [id_of(chats[1])]
    async with house.database.read() as session:
        query = select(Handover.status).where(Handover.account_id == anna.id, Handover.status == "taken")
        assert (await session.exec(query)).all() == []


async def behind(session: Any, table: Any, key: Any, **values: Any) -> None:
    """Another process changed a row: this session's objects know nothing of it."""
    await session.exec(update(table).where(key).values(**values).execution_options(synchronize_session=False))


async def test_flt_18_who_comes_second_learns_who_has_it_though_they_looked_before(house, office):
    anna, bela, chat = await office.account("anna"), await office.account("bela"), await office.chat()
    await ask(chat)
    async with house.database.write() as session:
        looked = await transcript.reach(session, bela, id_of(chat))
        await behind(session, Conversation, col(Conversation.id) == id_of(chat), owner="staff", version=2)
        mine = col(Handover.conversation_id) == id_of(chat)
        await behind(session, Handover, mine, status="taken", account_id=anna.id)
        with pytest.raises(service.AlreadyTaken) as error:
            await service.take(session, bela, id_of(chat), now())
    assert error.value.account.id == anna.id and looked[1].account_id == anna.id


async def test_a_reply_gets_a_number_of_its_own_and_knows_who_has_the_chat(house, office):
    anna, bela, chat = await office.account("anna"), await office.account("bela"), await office.chat()
    await ask(chat)
    await take(house, anna, chat)
    async with house.database.write() as session:
        conversation, handover, _ = await transcript.reach(session, anna, id_of(chat))
        seq = conversation.last_seq + 1
        await session.exec(
            text("INSERT INTO message (conversation_id, seq, at, author, kind, language, text, final, shown, hidden)"
                 " VALUES (:id, :seq, '2026-11-16 09:00:00.000000', 'visitor', 'text', 'en', 'quick', 0, '{}', '{}')"),
            params={"id": id_of(chat), "seq": seq},
        )  # fmt: skip
        await behind(session, Conversation, col(Conversation.id) == id_of(chat), last_seq=seq)
        message, _ = await service.reply(
            session, anna, id_of(chat), "one", Draft("text", "hello", "en"), now(), ADDRESS
        )
        assert message.seq == seq + 1
        await behind(session, Handover, col(Handover.conversation_id) == id_of(chat), account_id=bela.id)
        with pytest.raises(service.NotOwner):
            await service.reply(session, anna, id_of(chat), "two", Draft("text", "hello", "en"), now(), ADDRESS)
        assert handover.account_id == bela.id


@pytest.mark.parametrize("way", ["take", "release"])
async def test_what_moved_at_the_same_moment_is_a_page_and_no_fault(house, office, monkeypatch, way):
    anna, chat = await office.account("anna"), await office.chat()
    await ask(chat)
    if way == "release":
        await take(house, anna, chat)

    async def moved(*_: Any, **__: Any) -> None:
        raise ownership.Moved

    monkeypatch.setattr(ownership, "change", moved)
    answer = await Desk(await house.enter(anna), anna).post(id_of(chat), way)
    assert answer.status_code == 409 and "changed at the same moment" in alert(answer.text)


async def test_a_sign_of_life_locks_the_account_first_as_a_reply_does(house, office):
    anna, said = await office.account("anna"), []

    def listen(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement.split()[1].strip('"') if statement.startswith("UPDATE") else "")

    engine = house.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        await do(house, service.touch, anna.id, now())
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    assert [table for table in said if table in ("account", "handover")] == ["account", "handover"]


async def test_what_time_does_is_found_by_an_index(house):
    async with house.database.read() as session:
        engine = house.database.engine.sync_engine
        for rule in sweeping.RULES:
            query = rule.query(now()).compile(engine, compile_kwargs={"literal_binds": True})
            plan = [row[3] for row in (await session.exec(text(f"EXPLAIN QUERY PLAN {query}"))).all()]
            mine = [line for line in plan if " handover" in line]
            assert mine and all("USING" in line and "status=" in line for line in mine), (rule, mine)


async def test_one_chat_that_fails_does_not_stop_the_others(house, office, monkeypatch):
    await office.account("anna")
    chats = [await office.chat() for _ in range(2)]
    for chat in chats:
        await ask(chat)
    whole = waiting.close

    async def fails(session: Any, conversation: Any, *more: Any) -> None:
        if conversation.id == id_of(chats[0]):
            raise RuntimeError("broken")
        await whole(session, conversation, *more)

    monkeypatch.setattr(waiting, "close", fails)
    found = await sweeping.sweep(house.database, now() + 6 * MINUTE, ADDRESS)
    assert [str(error) for error in found.failed] == ["broken"]
    assert [(await chat.state())["owner"] for chat in chats] == ["queue", "assistant"]
