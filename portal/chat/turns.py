"""Answering: each stored message gets its answer, in order per conversation, within 20 seconds, once (CON-06, CON-07).

What is not answered stands as a Turn in the database; it is taken up again at the start, and by portal.clockwork.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import OrderedDict, defaultdict
from itertools import chain, repeat
from typing import Any

import structlog
from sqlalchemy import ColumnElement
from sqlalchemy.exc import OperationalError
from sqlmodel import and_, col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.chat import service
from portal.chat.bot import Bot, BotFailed
from portal.chat.bus import Bus
from portal.chat.computing import (
    Computed,
    brief,
    corrected,
    going_on,
    guide_after,
    names_of,
    person_wanted,
    what_was_understood,
)  # fmt: skip
from portal.chat.drafts import sentence
from portal.chat.models import Conversation, Message, Turn
from portal.chat.saying import drafts, handover, honest, with_person
from portal.chat.understanding import Understanding, understand
from portal.chat.wanting import asks_for_person, wants_person
from portal.clock import now
from portal.database import Database
from portal.editing.live import Live
from portal.handover import asking
from portal.settings import Settings

log = structlog.get_logger("turns")
PAUSES = (1, 5, 15, 60)  # seconds after which it is tried again to store an answer; the last one again and again
OLD = dt.timedelta(seconds=60)  # a message this old should have its answer
AT_ONCE = 32
OF_TURN = and_(col(Message.conversation_id) == col(Turn.conversation_id), col(Message.seq) == col(Turn.seq))


class Turns:
    """The workers of one portal process."""

    def __init__(self, database: Database, bot: Bot, live: Live, bus: Bus, session_turns: int = 60) -> None:
        self.database, self.bot, self.live, self.bus, self.session_turns = database, bot, live, bus, session_turns
        self.understood: OrderedDict[str, Understanding] = OrderedDict()
        self.failures = 0
        self._order: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._encoding = asyncio.Semaphore(1)
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, conversation_id: str, seq: int, stored: tuple[Conversation, Message] | None = None) -> None:
        """Answer a stored message in the background; `stored` is what was just written, if it is at hand."""
        task = asyncio.create_task(self._in_order(conversation_id, seq, stored))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def recover(self, before: dt.datetime | None = None) -> None:
        """Take up what was stored (`before`: earlier than that), is not answered, and is not being answered here."""
        old = [col(Message.at) < before] if before else []
        for conversation_id, seq in await self._open(*old):
            if conversation_id not in self._order:
                self.begin(conversation_id, seq)

    async def take_up(self, conversation_id: str) -> None:
        """Answer what stands as a Turn of one conversation: the assistant has it again."""
        for _, seq in await self._open(col(Turn.conversation_id) == conversation_id):
            self.begin(conversation_id, seq)

    async def _open(self, *which: ColumnElement[bool]) -> list[tuple[str, int]]:
        """(conversation, number) of what awaits its answer, in order."""
        query = select(Turn.conversation_id, Turn.seq).join(Message, OF_TURN).where(*which)
        async with self.database.look() as session:
            rows = await session.exec(query.order_by(col(Turn.conversation_id), col(Turn.seq)))
            return [(row[0], row[1]) for row in rows.all()]

    async def drain(self) -> None:
        """Let running turns end (5 s), then leave the rest to the next start."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        for task in list(self._tasks):
            task.cancel()

    async def _in_order(self, conversation_id: str, seq: int, stored: tuple[Conversation, Message] | None) -> None:
        lock = self._order[conversation_id]
        if lock.locked():
            stored = None  # the turn before may change the conversation
        async with lock:
            try:
                await self._answer(conversation_id, seq, stored)
            except Exception:
                log.exception("turn_failed", conversation=conversation_id, seq=seq)
            finally:
                self.bus.wake(conversation_id)
        if not lock.locked() and not getattr(lock, "_waiters", None):
            self._order.pop(conversation_id, None)

    async def _stored(self, conversation_id: str, seq: int) -> tuple[Conversation, Message] | None:
        """A message that awaits its answer; none: it has it, or is gone."""
        query = (
            select(Conversation, Message)
            .join(Message, col(Message.conversation_id) == col(Conversation.id))
            .join(Turn, OF_TURN)
            .where(Turn.conversation_id == conversation_id, Turn.seq == seq)
        )
        async with self.database.look() as session:
            return (await session.exec(query)).first()

    async def _answer(self, conversation_id: str, seq: int, stored: tuple[Conversation, Message] | None) -> None:
        """Compute an answer once and store it, however often that must be tried: a database that cannot be written to for a
        while leaves no message without an answer (FLT-11, FLT-12)."""
        pauses, answer = chain(PAUSES, repeat(PAUSES[-1])), None
        while True:
            try:
                async with self._slots:
                    if answer is None:
                        found = stored or await self._stored(conversation_id, seq)
                        if found is None:
                            return
                        conversation, message = found
                        if conversation.owner == "assistant":
                            answer = await self._compute(conversation, message)
                    if await self._store(message, answer):
                        return
            except OperationalError as error:
                log.error("answer_not_stored", reason=type(error.orig).__name__, conversation=conversation_id)
                await asyncio.sleep(next(pauses))
            stored = None

    async def _store(self, message: Message, answer: Computed | None) -> bool:
        """Store what was computed for a message; nothing was, where somebody else had the chat -> is the message done with?"""
        conversation_id, seq = message.conversation_id, message.seq
        async with self.database.write() as session:
            locked = (
                await session.exec(select(Conversation).where(Conversation.id == conversation_id).with_for_update())
            ).first()
            open_ = await session.exec(
                delete(Turn).where(col(Turn.conversation_id) == conversation_id, col(Turn.seq) == seq)
            )
            if locked is None or open_.rowcount == 0:
                return True  # deleted, or answered meanwhile
            if answer is None:
                if locked.owner == "assistant":
                    return False  # it has the chat again: the Turn stays
                await session.commit()
                return True
            known = {"understood": answer.understood} if answer.understood else {}
            woken = None
            if locked.owner == "assistant":
                woken = await self._say(session, locked, seq, answer)
            elif answer.said:  # somebody took over while we thought (CON-07)
                known["suppressed"] = {"topics": [d.topic for d in answer.said if d.topic]}
            if known:
                await session.exec(
                    update(Message)
                    .where(col(Message.conversation_id) == conversation_id, col(Message.seq) == seq)
                    .values(hidden=message.hidden | known)
                )
            await session.commit()
        if woken:
            self.bus.wake(woken)
        return True

    async def _say(self, session: AsyncSession, locked: Conversation, seq: int, answer: Computed) -> str | None:
        """Store an answer; where a person is wanted, ask for one in the same transaction -> the queue's key to be woken."""
        locked.language = answer.named or answer.language
        said, outcome = answer.said, None
        if answer.person is not None and not locked.once:
            library = self.live.edition.library
            outcome = await asking.request(session, locked, **answer.person, library=library, moment=now())
            said = [honest(d, outcome) for d in said]
        for i, draft in enumerate(said):
            await service.add(session, locked, draft, "assistant", reply_to=seq, final=i == len(said) - 1)
        locked.turns += 1
        if answer.guide is not None:
            locked.guide = answer.guide
        waits = outcome is not None and outcome.status == "waiting" and outcome.organisation is not None
        return f"org:{outcome.organisation.id}" if waits else None  # type: ignore[union-attr]

    async def _compute(self, conversation: Conversation, message: Message) -> Computed:
        """What to say to a message."""
        usual = conversation.language
        choice, said = message.hidden.get("choice"), None
        try:
            library, record = self.live.edition.library, conversation.guide
            choice = choice or going_on(message.text, record, library)
            if choice is None:
                async with self._encoding:
                    said = await asyncio.to_thread(
                        understand, message.text, usual, self.live, brief(conversation, message)
                    )
                choice = corrected(said, record, library)
                if asks_for_person(
                    message.text
                ):  # it wins over any answer, and over a guide that what is told would begin
                    choice = {"intent": "human", "entities": {}, "title": message.text}
            language = said.language if said else usual
            heard = said if choice is None else None
            says = await self._ask(conversation, message, choice, heard)
            named = next((s["language"] for s in says if s["say"] == "language"), None)
            return Computed(
                drafts(says, language, library, dt.date.today()), language, named, guide_after(says, record),
                person_wanted(says, record, said), what_was_understood(said, says, language),
            )  # fmt: skip
        except BotFailed as error:
            self.failures += 1
            log.warning("bot_failed", reason=str(error), conversation=conversation.id)
        except Exception:
            self.failures += 1
            log.exception("answer_failed", conversation=conversation.id)
        return self._failed(usual, message, choice, said)

    def _failed(
        self, usual: str, message: Message, choice: dict[str, Any] | None, said: Understanding | None
    ) -> Computed:
        """Without Rasa: who wants a person gets one all the same (scenario 3); else the fault is ours, and a person is offered."""
        language = said.language if said else usual
        human = choice["intent"] == "human" if choice else wants_person(message.text, said, self.live.edition)
        if not human:
            return Computed([with_person(sentence("failure", "notice", usual))], usual)
        return Computed([handover(language)], language, person={"reason": "failure", "names": names_of(said)})

    async def _ask(
        self, conversation: Conversation, message: Message, choice: dict[str, Any] | None, said: Understanding | None
    ) -> list[dict[str, Any]]:
        message_id = f"{conversation.sender}-{message.seq}"
        sender = f"{conversation.sender}-{conversation.turns // self.session_turns}"
        if said is not None:
            self.understood[message_id] = said
            while len(self.understood) > 1000:
                self.understood.popitem(last=False)
        entities = [
            {"entity": f.kind, "value": f.id, "start": 0, "end": 0, "extractor": "gazetteer"}
            for f in (said.names if said else [])
        ]
        try:
            async with asyncio.timeout(self.bot_timeout):
                return await self.bot.turn(
                    sender, message_id,
                    text=None if choice else message.text,
                    choice=choice,
                    vector=said.vector if said else None,
                    entities=entities,
                    metadata={"message": message_id, "role": conversation.role, "guide": conversation.guide},
                )  # fmt: skip
        except TimeoutError:
            raise BotFailed("no answer in time") from None
        finally:
            self.understood.pop(message_id, None)

    bot_timeout = 16.0  # seconds for one try, whatever the connection does


async def tick(state: Any, _settings: Settings) -> None:
    """Take up messages that a process left without an answer: it died, or failed."""
    await state.turns.recover(now() - OLD)
