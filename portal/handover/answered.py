"""What a counsellor's answer does to the hand-over, whether it is a message or a file."""

from __future__ import annotations

import datetime as dt

from sqlmodel.ext.asyncio.session import AsyncSession

from portal.chat.models import Conversation, Message
from portal.handover.models import Handover
from portal.mail import visitors


async def answered(
    session: AsyncSession, conversation: Conversation, handover: Handover, message: Message, address: str,
    moment: dt.datetime,
) -> None:  # fmt: skip
    """Everything until here is read, the response clock stops, nobody is reminded; who left a message, and so does not sit there
    and wait, gets a mail. `address`: of the portal."""
    conversation.staff_read = max(conversation.staff_read, message.seq)
    handover.answered_at = handover.answered_at or moment
    handover.nudged_at = handover.idle_warned_at = None
    session.add(handover)
    if handover.reason == "message":
        await visitors.tell_visitor(session, conversation, address, moment)
    await session.flush()
