"""Deletes a chat some days after its last message (GDPR Art. 5 (1) (e)), here and in the bot's memory.

A week without a hand-over (RET-01), 90 days with one (RET-02), as portal.settings says; a chat that became a case stays as long as the case.
"""

from __future__ import annotations

import asyncio
import datetime as dt

import structlog
from sqlmodel import and_, col, exists, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.cases.models import CaseFile
from portal.chat.bot import Bot
from portal.chat.erasing import erase
from portal.chat.models import Conversation, Message
from portal.clock import now
from portal.database import Database
from portal.handover.models import Handover
from portal.mail import outbox

log = structlog.get_logger("retention")
EVERY = 3600.0  # seconds
AT_ONCE = 200  # conversations a transaction, so that nobody waits long for the writer


async def ended(session: AsyncSession, before: dt.datetime, before_person: dt.datetime) -> list[tuple[str, str]]:
    """(id, sender) of conversations without a message since then; with a hand-over, since `before_person`."""
    last = select(func.max(Message.at)).where(col(Message.conversation_id) == col(Conversation.id)).scalar_subquery()
    since = func.coalesce(last, Conversation.created_at)
    person = exists().where(col(Handover.conversation_id) == col(Conversation.id))
    case = exists().where(col(CaseFile.conversation_id) == col(Conversation.id))
    query = (
        select(Conversation.id, Conversation.sender)
        .where(~case, or_(and_(~person, since < before), and_(person, since < before_person)))
        .limit(AT_ONCE)
    )
    return [(row[0], row[1]) for row in (await session.exec(query)).all()]


async def sweep(database: Database, bot: Bot, days: float, days_person: float) -> int:
    """Delete what ended more than `days` (with a hand-over: `days_person`) ago; returns how many conversations."""
    count, found = 0, [("", "")] * AT_ONCE
    while len(found) == AT_ONCE:
        async with database.write() as session:
            found = await ended(session, now() - dt.timedelta(days=days), now() - dt.timedelta(days=days_person))
            ids = [id_ for id_, _ in found]
            await erase(session, ids, now())
            await outbox.forget(session, now())
            await session.commit()
        await bot.forget([sender for _, sender in found])
        count += len(found)
    return count


async def keep_sweeping(database: Database, bot: Bot, days: float, days_person: float) -> None:
    """Sweep every hour; a failure is logged and tried again."""
    while True:
        try:
            if deleted := await sweep(database, bot, days, days_person):
                log.info("chats_deleted", count=deleted)
        except Exception:
            log.exception("chats_not_deleted")
        await asyncio.sleep(EVERY)
