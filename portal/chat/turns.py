"""Answering: each stored message gets its answer, in order per conversation, within 20 seconds, once (CON-06, CON-07).

What is not answered stands as a Turn in the database; after a crash it is taken up again at the start.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
from collections import OrderedDict, defaultdict
from typing import Any

import structlog
from sqlmodel import col, delete, select

from knowledge.library import Library
from portal.chat import service
from portal.chat.bot import Bot, BotFailed
from portal.chat.bus import Bus
from portal.chat.drafts import Draft, sentence
from portal.chat.guiding import correction
from portal.chat.heard import GOES_ON, guide_named
from portal.chat.models import Conversation, Message, Turn
from portal.chat.saying import drafts, with_person
from portal.chat.understanding import Understanding, understand
from portal.database import Database
from portal.editing.live import Live

log = structlog.get_logger("turns")
TRIES = 2
FEW_WORDS = 4
AT_ONCE = 32
Computed = tuple[list[Draft], str, str | None, dict[str, Any] | None]


def brief(conversation: Conversation, message: Message) -> bool:
    """Is it a short answer to a guide's question ("53.500 euro brutto")? In Latin letters it tells no other language."""
    words = re.findall(r"[^\W\d_]{2,}", message.text)
    return bool(conversation.guide.get("asked")) and len(words) < FEW_WORDS and all(max(w) < "\u0250" for w in words)


def going_on(text: str, record: dict[str, Any], library: Library) -> dict[str, Any] | None:
    """What a message means for a guide by its wording alone: its title, or "go on" after it was left."""
    guide = guide_named(text, library)
    if (
        guide is None
        and GOES_ON.match(text)
        and record.get("guide")
        and not record.get("asked")
        and not record.get("result")
    ):
        guide = record["guide"]
    if guide is None:
        return None
    if record.get("brought") and record["guide"] == guide:
        meant = {"guide": guide, "facts": json.dumps(record["facts"])}
        return {"intent": "correct_facts", "entities": meant, "title": text}
    return {"intent": "start_guide", "entities": {"guide": guide}, "title": text}


def corrected(said: Understanding, record: dict[str, Any], library: Library) -> dict[str, Any] | None:
    """A correction right after a guide's result ("no, in Bavaria", "sorry, she has a bachelor") as the new facts."""
    facts = correction(said, record, library, dt.date.today()) if record.get("result") else {}
    meant = {"guide": record.get("guide"), "facts": json.dumps(facts)}
    return {"intent": "correct_facts", "entities": meant, "title": said.text} if facts else None


def guide_after(says: list[dict[str, Any]], before: dict[str, Any]) -> dict[str, Any] | None:
    """The state of the guided dialogue {guide, facts, trail, asked} after a turn; None: as it was."""
    for one in reversed(says):
        if one["say"] in ("ask_fact", "result"):
            return {**json.loads(one["case"]), "asked": one.get("fact"), "result": one["say"] == "result"}
        if one["say"] == "started_over":
            return {}
        if one["say"] in ("guide_left", "handover", "goodbye"):
            return {**before, "asked": None, "result": False} if before else None
    return {**before, "result": False} if before.get("result") else None


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

    async def recover(self) -> int:
        """Take up what was stored but not answered; returns how many."""
        async with self.database.read() as session:
            waiting = (await session.exec(select(Turn).order_by(col(Turn.conversation_id), col(Turn.seq)))).all()
        for turn in waiting:
            self.begin(turn.conversation_id, turn.seq)
        return len(waiting)

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
                async with self._slots:
                    await self._answer(conversation_id, seq, stored)
            except Exception:
                log.exception("turn_failed", conversation=conversation_id, seq=seq)
            finally:
                self.bus.wake(conversation_id)
        if not lock.locked() and not getattr(lock, "_waiters", None):
            self._order.pop(conversation_id, None)

    async def _stored(self, conversation_id: str, seq: int) -> tuple[Conversation | None, Message | None]:
        async with self.database.read() as session:
            return await session.get(Conversation, conversation_id), await session.get(Message, (conversation_id, seq))

    async def _answer(self, conversation_id: str, seq: int, stored: tuple[Conversation, Message] | None) -> None:
        conversation, message = stored or await self._stored(conversation_id, seq)
        if conversation is None or message is None:
            return
        said, language, name, guide = await self._compute(conversation, message)
        async with self.database.write() as session:
            locked = (
                await session.exec(select(Conversation).where(Conversation.id == conversation_id).with_for_update())
            ).first()
            turn = await session.get(Turn, (conversation_id, seq))
            if locked is None or turn is None:
                return  # deleted, or answered meanwhile
            for i, draft in enumerate(said):
                await service.add(session, locked, draft, "assistant", reply_to=seq, final=i == len(said) - 1)
            locked.turns += 1
            locked.language = name or language
            if guide is not None:
                locked.guide = guide
            await session.exec(delete(Turn).where(col(Turn.conversation_id) == conversation_id, col(Turn.seq) == seq))
            await session.commit()

    async def _compute(self, conversation: Conversation, message: Message) -> Computed:
        """What to say -> (messages, the language of the message, a language that was asked for, the guide's state)."""
        usual = conversation.language
        try:
            library, record = self.live.edition.library, conversation.guide
            choice = message.hidden.get("choice") or going_on(message.text, record, library)
            said = None
            if choice is None:
                async with self._encoding:
                    said = await asyncio.to_thread(
                        understand, message.text, usual, self.live, brief(conversation, message)
                    )
                choice = corrected(said, record, library)
            language = said.language if said else usual
            said = said if choice is None else None
            says = await self._ask(conversation, message, choice, said)
            named = next((s["language"] for s in says if s["say"] == "language"), None)
            said_ = drafts(says, language, library, dt.date.today())
            return said_, language, named, guide_after(says, conversation.guide)
        except BotFailed as error:
            self.failures += 1
            log.warning("bot_failed", reason=str(error), conversation=conversation.id)
        except Exception:
            self.failures += 1
            log.exception("answer_failed", conversation=conversation.id)
        return [with_person(sentence("failure", "notice", usual))], usual, None, None

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
