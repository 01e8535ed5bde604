"""The response clock (scenario 29): since when the visitor waits for the answer of a person, and how long that may take."""

from __future__ import annotations

import datetime as dt

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Organisation
from portal.chat.models import Message
from portal.handover.models import Handover
from portal.hours.opening import due


def by_message(handover: Handover) -> bool:
    """Is the limit that of a message that was left? Who came back and waits in the queue waits as others do."""
    return handover.reason == "message" and handover.status != "waiting"


def limits(handover: Handover, organisation: Organisation) -> tuple[dt.datetime, dt.datetime]:
    """When an answer is warned about, and when it is overdue: `reply` seconds for somebody who waits, the organisation's
    48-hour rule for a message that was left."""
    asked = handover.asked_staff_at or handover.asked_at
    if by_message(handover):
        return due(organisation, asked)
    return asked + dt.timedelta(seconds=organisation.reply / 2), asked + dt.timedelta(seconds=organisation.reply)


def begin(handover: Handover, moment: dt.datetime) -> None:
    """The visitor waits for an answer from now on."""
    handover.asked_staff_at, handover.answered_at = moment, None
    handover.warned_at = handover.escalated_at = None


async def go_on(session: AsyncSession, handover: Handover) -> None:
    """What the visitor has written since the last answer waits for one too."""
    if handover.answered_at is None:
        return
    said = Message.conversation_id == handover.conversation_id
    answer = select(func.max(Message.seq)).where(said, Message.author == "staff").scalar_subquery()
    first = select(Message.at).where(said, Message.author == "visitor", col(Message.seq) > func.coalesce(answer, 0))
    since = (await session.exec(first.order_by(col(Message.seq)).limit(1))).first()
    if since is not None:
        begin(handover, since)


async def rest(session: AsyncSession, handover: Handover) -> None:
    """Nobody sits there and waits any more: it is a message, with the limit of one."""
    handover.status = "message"
    handover.warned_at = handover.escalated_at = None  # they were of the other limit
    await go_on(session, handover)
