"""Reading and writing a chat by machine translation. A page never waits for the server: what is missing is fetched behind it.

Notes never come here: only messages of the chat are translated (SEC-C06).
"""

from __future__ import annotations

import asyncio
import time

import structlog
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account
from portal.chat.bus import Bus
from portal.chat.models import Conversation, Message
from portal.database import Database
from portal.desk.models import Reading, Translation
from portal.desk.translating import Translator, Untranslated

log = structlog.get_logger("desk")
KINDS = ("text", "answer", "offer", "ask", "not_covered", "handover", "steps")
AT_ONCE = 12  # the newest messages first; older ones with the next look
PAUSE = 10.0  # seconds after a failure
NEVER = ("not_offered", "too_long")  # reasons that another try does not change


async def chosen(session: AsyncSession, account: Account, conversation: Conversation, desk: str) -> bool:
    """Does this person read the chat translated? By default if they do not speak its language."""
    found = await session.get(Reading, (conversation.id, account.id))
    if found is not None:
        return found.translated
    return conversation.language != desk and conversation.language not in account.languages


async def choose(session: AsyncSession, account: Account, chat: str, on: bool) -> None:
    """Switch translation for a chat."""
    assert account.id is not None
    await session.merge(Reading(conversation_id=chat, account_id=account.id, translated=on))


async def stored(session: AsyncSession, chat: str, language: str) -> dict[int, str]:
    """Translations there are, by message number; empty for a message that has none."""
    query = select(Translation.seq, Translation.text).where(
        Translation.conversation_id == chat, Translation.language == language
    )
    return {seq: text for seq, text in await session.exec(query)}


def wanted(messages: list[Message], language: str, known: dict[int, str]) -> list[Message]:
    """Messages that the desk cannot read yet: the newest ones. What a colleague wrote keeps its original anyway."""
    missing = [
        m for m in messages
        if m.author in ("visitor", "assistant") and m.kind in KINDS and m.seq not in known and m.text.strip()
        and (m.language != language or m.author == "visitor")
    ]  # fmt: skip
    return missing[-AT_ONCE:]


class Readers:
    """Fetches missing translations in the background, one task per chat and language."""

    def __init__(self, database: Database, bus: Bus, translator: Translator) -> None:
        self.database, self.bus, self.translator = database, bus, translator
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._failed: dict[tuple[str, str], float] = {}

    def failed(self, chat: str, language: str) -> bool:
        """Did the server fail for this chat a moment ago?"""
        return self._failed.get((chat, language), 0.0) > time.monotonic()

    def fetch(self, chat: str, language: str, messages: list[Message]) -> None:
        key = (chat, language)
        if not messages or key in self._running or self.failed(*key):
            return
        task = asyncio.create_task(self._fetch(key, messages))
        self._running[key] = task
        task.add_done_callback(lambda _: self._running.pop(key, None))

    async def _fetch(self, key: tuple[str, str], messages: list[Message]) -> None:
        chat, language = key
        made: list[Translation] = []
        for m in messages:
            try:
                text = await self._text(m, language)
            except Untranslated:  # the next ones would fail too
                self._fails(key)
                break
            except Exception:
                self._fails(key)
                log.exception("translation_failed", conversation=chat)
                continue
            made.append(Translation(conversation_id=chat, seq=m.seq, language=language, text=text))
        if made:
            await self._store(chat, made)
        self.bus.wake(chat)

    async def _text(self, m: Message, language: str) -> str:
        """The translation; empty where there is none: it is in this language already, or the server has no way to do it.
        Raises Untranslated."""
        try:
            got = await self.translator.translate(m.text, m.language if m.author != "visitor" else None, language)
        except Untranslated as error:
            if error.reason not in NEVER:
                raise
            return ""
        return got.text if got.text != m.text else ""

    def _fails(self, key: tuple[str, str]) -> None:
        self._failed = {k: until for k, until in self._failed.items() if until > time.monotonic()}
        self._failed[key] = time.monotonic() + PAUSE

    async def close(self) -> None:
        """What is on its way is given up: the next look asks for it again."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _store(self, chat: str, made: list[Translation]) -> None:
        async with self.database.write() as session:
            if await session.get(Conversation, chat) is None:
                return  # deleted meanwhile
            for one in made:
                await session.merge(one)
            await session.commit()
