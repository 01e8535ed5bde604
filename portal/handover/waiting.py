"""What time does to somebody who waits, or has left a message: they go away, nobody is there any more, an answer is late."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from sqlmodel import col

from portal.handover import lines, queue, telling
from portal.handover.asking import close
from portal.handover.finding import availability
from portal.handover.leaving import unanswered
from portal.handover.models import LIVE, Handover
from portal.handover.response import limits, rest
from portal.handover.timed import Rule, What, Work, rows

GONE = dt.timedelta(minutes=5)  # a visitor who waits and is away (FLT-21)


async def went(work: Work) -> None:
    """The entry ends, and the assistant goes on; a message that was left stays with staff."""
    if work.handover.reason == "message":
        await rest(work.session, work.handover)
        work.session.add(work.handover)
        await telling.message_left(work.session, work.handover, work.address)
        return
    await close(work.session, work.conversation, work.handover, "gone", "assistant", work.moment)
    await lines.notice(work.session, work.conversation, "away", moment=work.moment, time=GONE)
    await unanswered(work.session, work.conversation.id)


async def back_there(work: Work) -> None:
    work.handover.told_at = None
    work.session.add(work.handover)


async def told(status: str, opens_at: dt.datetime | None, work: Work) -> None:
    await lines.nobody_there(work.session, work.conversation, status, work.organisation, opens_at, work.moment)
    work.handover.told_at = work.moment
    work.session.add(work.handover)


async def stamped(work: Work) -> None:
    """Warned about or escalated, and told to staff in the same transaction: once."""
    warn_at, due_at = limits(work.handover, work.organisation)
    late = work.moment >= due_at
    work.handover.warned_at = work.handover.warned_at or work.moment
    work.handover.escalated_at = work.moment if late else None
    work.session.add(work.handover)
    await telling.overdue(work.session, work.handover, late, work.address)


def _away(moment: dt.datetime) -> Any:
    return rows().where(Handover.status == "waiting", col(Handover.visitor_at) < moment - GONE)


def _queued(_moment: dt.datetime) -> Any:
    """With how many take chats there now."""
    return rows(queue.duty()).where(Handover.status == "waiting")


def _told(row: Any, moment: dt.datetime) -> What | None:
    handover, organisation, duty = row
    status, opens_at = availability(organisation, duty, moment)
    if (status == "waiting") == (handover.told_at is None):
        return None
    return back_there if status == "waiting" else partial(told, status, opens_at)


def _open(_moment: dt.datetime) -> Any:
    unanswered = (col(Handover.answered_at).is_(None), col(Handover.escalated_at).is_(None))
    return rows().where(col(Handover.status).in_(LIVE), *unanswered)


def _late(row: Any, moment: dt.datetime) -> What | None:
    warn_at, due_at = limits(row[0], row[1])
    return stamped if moment >= due_at or (moment >= warn_at and row[0].warned_at is None) else None


# FLT-21: the place in the queue is free again
away = Rule(_away, lambda *_: went)
# FLT-22: told once that nobody is there, and that a message can be left; when somebody was there again, a next time counts anew
nobody_left = Rule(_queued, _told)
# scenario 29: warned about, then escalated, once each, until a person has answered
clock = Rule(_open, _late)
