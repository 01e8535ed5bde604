"""What time does to a chat that somebody has: a desk that is gone, a counsellor or a visitor who does not answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import and_, case, col, func, or_, select

from portal.accounts.models import REPLY
from portal.chat.models import Message
from portal.handover import lines, telling
from portal.handover.asking import close
from portal.handover.desks import gone
from portal.handover.holding import left, requeue
from portal.handover.models import Handover
from portal.handover.timed import Rule, What, Work, rows

IDLE = dt.timedelta(minutes=10)  # a visitor who does not write: warned, then as long again to the end


async def released(work: Work) -> None:
    await requeue(work.session, work.conversation, work.handover, "silent", "released", work.moment)
    if work.handover.status == "message":
        await telling.message_left(work.session, work.handover, work.address)


async def reminded(work: Work) -> None:
    work.handover.nudged_at = work.moment
    work.session.add(work.handover)


async def warned(work: Work) -> None:
    work.handover.idle_warned_at = work.moment
    work.session.add(work.handover)
    await lines.notice(work.session, work.conversation, "idle_warning", moment=work.moment, time=IDLE)


async def closed(work: Work) -> None:
    await close(work.session, work.conversation, work.handover, "idle", "ended", work.moment)
    await lines.notice(work.session, work.conversation, "closed_idle", moment=work.moment)


def _deskless(moment: dt.datetime) -> Any:
    return rows().where(Handover.status == "taken", gone(moment))


def _awaited(moment: dt.datetime) -> Any:
    """With the time since when the visitor waits: since the chat was taken, or since their first message that is not answered."""
    reply, question = aliased(Message), aliased(Message)
    answered = (
        select(func.max(reply.seq))
        .where(
            reply.conversation_id == Handover.conversation_id, reply.author == "staff", col(reply.at) >= col(Handover.taken_at)
        )
        .correlate(Handover)
        .scalar_subquery()
    )  # fmt: skip
    asked = (
        select(func.min(question.at))
        .where(
            question.conversation_id == Handover.conversation_id, question.author == "visitor", question.seq > answered
        )
        .correlate(Handover)
        .scalar_subquery()
    )  # fmt: skip
    since: Any = case((answered.is_(None), col(Handover.taken_at)), else_=asked)
    soonest = moment - dt.timedelta(seconds=REPLY[0] / 2)  # no organisation's counsellors are reminded earlier
    return rows(since).where(Handover.status == "taken", since <= soonest)


def _silent(row: Any, moment: dt.datetime) -> What | None:
    handover, organisation, since = row
    if left(handover, moment):
        return None
    waited, seconds = (moment - since).total_seconds(), organisation.reply
    nudged = handover.nudged_at if handover.nudged_at and handover.nudged_at >= since else None
    if waited >= seconds and nudged and (moment - nudged).total_seconds() >= seconds / 2:
        return released
    return reminded if waited >= seconds / 2 and nudged is None else None


def _unanswered(moment: dt.datetime) -> Any:
    """With the time of the counsellor's message that is the last one of the chat."""
    said = aliased(Message)
    last = (
        select(func.max(said.seq))
        .where(said.conversation_id == Handover.conversation_id, or_(said.author == "staff", said.author == "visitor"))
        .correlate(Handover)
        .scalar_subquery()
    )
    here = and_(col(Message.conversation_id) == col(Handover.conversation_id), col(Message.seq) == last)
    return (
        rows(Message.at)
        .join(Message, here)
        .where(
            Handover.status == "taken",
            Message.author == "staff",
            col(Message.at) >= col(Handover.taken_at),
            Message.at <= moment - IDLE,
        )
    )


def _idle(row: Any, moment: dt.datetime) -> What | None:
    handover, _, since = row
    if left(handover, moment):
        return None
    asked = handover.idle_warned_at if handover.idle_warned_at and handover.idle_warned_at >= since else None
    if asked is None:
        return warned
    return closed if asked <= moment - IDLE else None


# FLT-20: back to the queue
vanished = Rule(_deskless, lambda *_: released)
# scenario 11: reminded after half of the organisation's `reply` seconds, then back to the queue
silent = Rule(_awaited, _silent)
# scenario 26: asked once; as long again, and the chat ends; it can go on later
idle = Rule(_unanswered, _idle)
