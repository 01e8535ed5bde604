"""Deletes a chat some days after its last message (GDPR Art. 5 (1) (e), RET-01), here and in the bot's memory."""

from __future__ import annotations

import asyncio
import datetime as dt

import structlog
from sqlmodel import col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.chat.bot import Bot
from portal.chat.models import Conversation, Message, Turn
from portal.clock import now
from portal.database import Database

log = structlog.get_logger("retention")
EVERY = 3600.0  # seconds
AT_ONCE = 200  # conversations a transaction, so that nobody waits long for the writer


async def ended(session: AsyncSession, before: dt.datetime) -> list[tuple[str, str]]:
    """(id, sender) of conversations without a message since then."""
    last = select(func.max(Message.at)).where(col(Message.conversation_id) == col(Conversation.id)).scalar_subquery()
    query = select(Conversation.id, Conversation.sender).where(func.coalesce(last, Conversation.created_at) < before)
    return [(row[0], row[1]) for row in (await session.exec(query.limit(AT_ONCE))).all()]


async def sweep(database: Database, bot: Bot, days: float) -> int:
    """Delete what ended more than `days` ago; returns how many conversations."""
    count, found = 0, [("", "")] * AT_ONCE
    while len(found) == AT_ONCE:
        async with database.write() as session:
            found = await ended(session, now() - dt.timedelta(days=days))
            ids = [id_ for id_, _ in found]
            await session.exec(delete(Turn).where(col(Turn.conversation_id).in_(ids)))
            await session.exec(delete(Conversation).where(col(Conversation.id).in_(ids)))
            await session.commit()
        await bot.forget([sender for _, sender in found])
        count += len(found)
    return count


async def keep_sweeping(database: Database, bot: Bot, days: float) -> None:
    """Sweep every hour; a failure is logged and tried again."""
    while True:
        try:
            if deleted := await sweep(database, bot, days):
                log.info("chats_deleted", count=deleted)
        except Exception:
            log.exception("chats_not_deleted")
        await asyncio.sleep(EVERY)
