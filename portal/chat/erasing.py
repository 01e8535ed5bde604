"""A chat is erased from every store; what stays is a count without a person (GDPR Art. 17, PRV-24, scenario 30)."""

from __future__ import annotations

import datetime as dt

from sqlmodel import SQLModel, col, delete, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.chat.models import Conversation, Turn
from portal.consents.models import Consent
from portal.handover.models import Handover

COUNTED = "handover"  # its rows stay for the figures, without the chat and without who had it


async def report(session: AsyncSession, ids: list[str]) -> dict[str, int]:
    """Rows of these chats by store: every table that names a conversation, so that a new one is not forgotten."""
    found = {}
    for table in SQLModel.metadata.sorted_tables:
        if "conversation_id" in table.columns or table.name == "conversation":
            column = table.columns["id" if table.name == "conversation" else "conversation_id"]
            found[table.name] = int((await session.exec(select(func.count()).where(column.in_(ids)))).one())  # type: ignore[call-overload]
    return found


async def erase(session: AsyncSession, ids: list[str], moment: dt.datetime) -> None:
    """Delete chats with all that hangs on them. The bytes of files follow within a minute (portal.desk.files.sweep_orphans);
    the bot's memory is the caller's matter. What was entered with a consent goes, unless a case holds it (RET-06)."""
    mine = col(Handover.conversation_id).in_(ids)
    ended = {"status": "ended", "ended_at": func.coalesce(Handover.ended_at, moment), "end_reason": func.coalesce(Handover.end_reason, "erased")}  # fmt: skip
    nobody = {"conversation_id": None, "account_id": None, "wanted_id": None, "before_id": None, "rating_comment": ""}
    await session.exec(update(Handover).where(mine).values(**ended, **nobody))
    given = (col(Consent.conversation_id).in_(ids), col(Consent.case_id).is_(None))
    await session.exec(update(Consent).where(*given).values(given={}))
    await session.exec(delete(Turn).where(col(Turn.conversation_id).in_(ids)))
    await session.exec(delete(Conversation).where(col(Conversation.id).in_(ids)))
