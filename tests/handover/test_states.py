"""SM-01: whatever visitors, staff, the assistant and time do, in whatever order: one owner, numbers without a gap, no assistant
after a take-over, nothing after the end, and a reaction to every message of the visitor.

The services on a database file without fsync, in one event loop. 50 derandomised examples of at most 25 steps keep within a
test's time; WEGWEISER_EXAMPLES=5000 is for a night.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import integers, sampled_from
from sqlalchemy import event
from sqlmodel import SQLModel, and_, col, delete, select

from portal.accounts.models import Account, Organisation
from portal.chat import persons
from portal.chat import service as chats
from portal.chat.computing import Computed
from portal.chat.drafts import Draft
from portal.chat.models import Conversation, Message, Turn
from portal.chat.turns import Turns
from portal.database import Database
from portal.handover import asking, leaving, ownership, service, sweeping
from portal.handover.models import Handover
from tests.handover.desk import ADDRESS

ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
START = dt.datetime(2026, 11, 16, 9, 0, tzinfo=dt.UTC)
WHO = sampled_from([0, 1])
EXAMPLES, STEPS = int(os.environ.get("WEGWEISER_EXAMPLES", 50)), 25


class World:
    """One database for all examples: a new conversation each, which is cheaper than a new database."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database(f"sqlite+aiosqlite:///{Path(self.folder.name)}/sm.db")

        @event.listens_for(self.database.engine.sync_engine, "connect")
        def _(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")

        self.accounts: list[Account] = []
        self.run(self.make())

    def run(self, what: Any) -> Any:
        return self.runner.run(what)

    async def make(self) -> None:
        async with self.database.engine.begin() as connection:
            await connection.run_sync(SQLModel.metadata.create_all)
        async with self.database.write() as session:
            session.add(Organisation(id="a", name="A", kind="ag_s", hours=ALWAYS))
            session.add(Organisation(id="b", name="B", kind="ips", hours=ALWAYS))
            await session.flush()
            self.accounts = [
                Account(
                    email=f"{n}@x.example",
                    organisation_id="a",
                    name=n,
                    shown_name=n,
                    status="active",
                    roles=["counsellor"],
                    on_duty=True,
                    most=9,
                )
                for n in ("anna", "bela")
            ]
            session.add_all(self.accounts)
            await session.commit()

    def close(self) -> None:
        self.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()


LIBRARY: Any = SimpleNamespace(topics={"visa.overview"})
LIVE: Any = SimpleNamespace(edition=SimpleNamespace(library=LIBRARY))
NO_BUS: Any = SimpleNamespace(wake=lambda *_: None)


class Owner(RuleBasedStateMachine):
    world: World

    def __init__(self) -> None:
        super().__init__()
        self.moment, self.sent, self.version = START, 0, 0

    def do(self, what: Any, *args: Any, **more: Any) -> Any:
        """One service in one transaction; what the desk or the visitor is refused changes nothing."""

        async def once() -> Any:
            async with self.world.database.write() as session:
                try:
                    found = await what(session, *args, **more)
                except (
                    service.NotOwner,
                    service.AlreadyTaken,
                    service.NotFound,
                    service.Full,
                    asking.NotNow,
                    chats.Ended,
                ):
                    await session.rollback()
                    return None
                await session.commit()
                return found

        return self.world.run(once())

    async def conversation(self, session: Any) -> Conversation:
        return await ownership.locked(session, self.id)

    @initialize()
    def begin(self) -> None:
        async def new(session: Any) -> Conversation:
            await session.exec(delete(Conversation))
            made, _ = await chats.create(session, "en", "employer", None)
            return made

        self.id = self.do(new).id

    @rule(seconds=sampled_from([1, 30, 100, 200, 400, 1000]))
    def time_passes(self, seconds: int) -> None:
        self.moment += dt.timedelta(seconds=seconds)
        assert self.world.run(sweeping.sweep(self.world.database, self.moment, ADDRESS)).failed == []

    @rule()
    def visitor_writes(self) -> None:
        async def write(session: Any) -> Message:
            conversation = await self.conversation(session)
            if conversation.owner == "ended":
                await leaving.reopen(session, conversation, self.moment)
            draft = Draft("text", f"v{self.sent}", "en")
            message, _ = await chats.receive(session, conversation, f"m{self.sent}", draft, None)
            message.at = self.moment
            if conversation.owner != "assistant":
                await leaving.wrote(session, conversation, await service.current(session, self.id), self.moment)
            return message

        self.sent += 1
        self.do(write)

    @rule()
    def assistant_answers(self) -> None:
        """The oldest message that awaits its answer; the computing is done, the owner may have changed since."""

        async def open_turn(session: Any) -> Turn | None:
            return (
                await session.exec(select(Turn).where(Turn.conversation_id == self.id).order_by(col(Turn.seq)))
            ).first()

        turn = self.do(open_turn)
        if turn is None:
            return
        turns = Turns(self.world.database, NO_BUS, LIVE, NO_BUS)

        async def computed(*_: Any) -> Computed:
            return Computed([Draft("answer", "answer", "en", "visa.overview")], "en")

        turns._compute = computed  # type: ignore[method-assign]

        async def answer() -> None:
            found = await turns._stored(self.id, turn.seq)
            assert found is not None
            message = found[1]
            looked = Conversation(id=self.id, token_hash="", sender="", epoch="", language="en", owner="assistant")
            await turns._answer(self.id, turn.seq, (looked, message))

        self.world.run(answer())

    @rule(times=integers(1, 3))
    def visitor_asks(self, times: int) -> None:
        async def ask(session: Any) -> Any:
            return await persons.ask(session, await self.conversation(session), LIBRARY, self.moment)

        for _ in range(times):
            self.do(ask)

    @rule(what=sampled_from([leaving.leave, leaving.finish]))
    def visitor_goes(self, what: Any) -> None:
        async def go(session: Any) -> Any:
            return await what(session, await self.conversation(session), self.moment)

        self.do(go)

    @rule()
    def visitor_leaves_a_message(self) -> None:
        async def leave(session: Any) -> Any:
            return await asking.message(session, await self.conversation(session), f"left{self.sent}", self.moment)

        self.sent += 1
        self.do(leave)

    @rule(who=WHO, what=sampled_from([service.take, service.release, service.give_back, service.end, service.reply]))
    def staff(self, who: int, what: Any) -> None:
        more: tuple[Any, ...] = (self.moment,)
        if what is service.end:
            more = ("answered", self.moment)
        if what is service.reply:
            self.sent += 1
            more = (f"r{self.sent}", Draft("text", f"s{self.sent}", "en"), self.moment, ADDRESS)
        self.do(what, self.world.accounts[who], self.id, *more)

    @rule(who=WHO)
    def staff_transfers(self, who: int) -> None:
        accounts = self.world.accounts
        self.do(service.transfer, accounts[who], self.id, to_account=accounts[1 - who].id, moment=self.moment)

    @rule(who=WHO)
    def desk_lives(self, who: int) -> None:
        self.do(service.touch, self.world.accounts[who].id, self.moment)

    @staticmethod
    def last_owner(messages: list[Message]) -> str:
        """Who has the chat by the transcript alone."""
        told = [AFTER[e] for m in messages if (e := str(m.shown.get("event"))) in AFTER]
        return told[-1] if told else "assistant"

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "id"):
            self.world.run(self.check())

    async def check(self) -> None:
        async with self.world.database.read() as session:
            turns = select(Turn.seq).where(Turn.conversation_id == self.id)
            query = select(Conversation, Handover).join(
                Handover, and_(Handover.conversation_id == Conversation.id, Handover.status != "ended"), isouter=True
            )
            rows = (await session.exec(query.where(Conversation.id == self.id))).all()
            query = select(Message).where(Message.conversation_id == self.id).order_by(col(Message.seq))
            messages = list((await session.exec(query)).all())
            last = await service.latest(session, self.id)
            waiting = set((await session.exec(turns)).all())
        conversation = rows[0][0]
        one_owner(conversation, [row[1] for row in rows if row[1] is not None])
        assert [m.seq for m in messages] == list(range(1, conversation.last_seq + 1))
        assert conversation.version >= self.version
        self.version = conversation.version
        assert conversation.owner == self.last_owner(messages)
        follows(messages, waiting)
        if conversation.owner == "assistant" and last is not None and last.end_reason in ("gone", "returned"):
            nothing_dropped(messages, waiting)


def one_owner(conversation: Conversation, open_: list[Handover]) -> None:
    assert len(open_) <= 1
    status = open_[0].status if open_ else None
    allowed = {
        "assistant": (None, "message"), "queue": ("waiting", "message"), "staff": ("taken",), "ended": (None, "message"),
    }  # fmt: skip
    assert status in allowed[conversation.owner], (conversation.owner, status)
    assert not open_ or (open_[0].account_id is not None) == (status == "taken")


AFTER = {
    "forwarded": "queue", "taken_over": "staff", "released": "queue", "redirected": "queue", "ended": "ended",
    "closed_idle": "ended", "continue_with_assistant": "assistant",
}  # fmt: skip


def follows(messages: list[Message], waiting: set[int]) -> None:
    """Reads the transcript as somebody does who knows only it."""
    had = "assistant"
    answered = {m.reply_to for m in messages if m.author == "assistant"}
    for m in messages:
        if m.author == "system":
            had = AFTER.get(str(m.shown.get("event")), had)
        elif m.author == "assistant":
            assert had == "assistant", "the assistant speaks while somebody else has the chat"
        elif m.author == "staff":
            assert had == "staff", "only who has the chat writes"
        else:
            assert had != "ended" or "left" in m.hidden, (
                "nothing after the end, but a message that opens a new hand-over"
            )
            reacted = m.seq in answered or m.seq in waiting or "suppressed" in m.hidden or "left" in m.hidden
            assert reacted or had in ("queue", "staff"), "every message has a reaction"


def nothing_dropped(messages: list[Message], waiting: set[int]) -> None:
    """The assistant has the chat again: it answers what was written last, if nobody has."""
    said = [m for m in messages if m.author in ("visitor", "staff")][-1:]
    for m in said:
        answered = any(r.reply_to == m.seq for r in messages)
        assert m.author == "staff" or "left" in m.hidden or answered or m.seq in waiting


def test_sm_01_one_owner_whatever_happens():
    world = Owner.world = World()
    try:
        from hypothesis.stateful import run_state_machine_as_test

        run_state_machine_as_test(
            Owner,
            settings=settings(
                max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
    finally:
        world.close()
