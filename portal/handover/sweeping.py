"""What time does to a hand-over. Each function may run twice and does its work once; the moment is an argument.

They return the keys of the bus that are to be woken after the commit.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import aliased
from sqlmodel import and_, col, func, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account, Organisation
from portal.chat.models import Message
from portal.handover import lines, ownership, queue
from portal.handover.asking import availability, close
from portal.handover.holding import requeue
from portal.handover.models import Handover
from portal.hours.opening import due

GONE = dt.timedelta(minutes=5)  # a visitor who waits and is away (FLT-21)
DESK = dt.timedelta(minutes=2)  # a desk without a sign of life (FLT-20)
OFF = dt.timedelta(minutes=15)  # an account on duty without a desk
IDLE = dt.timedelta(minutes=10)  # a visitor who does not write: warned, then as long again to the end


async def sweep(session: AsyncSession, moment: dt.datetime) -> set[str]:
    """Everything, in an order in which one thing does not undo the other."""
    woken: set[str] = set()
    for what in (vanished, silent, idle, away, nobody_left, clock):
        woken |= await what(session, moment)
    return woken


def _keys(handover: Handover) -> set[str]:
    return {handover.conversation_id, f"org:{handover.organisation_id}"}


async def vanished(session: AsyncSession, moment: dt.datetime) -> set[str]:
    """The desk of the one who has the chat is gone: back to the queue (FLT-20); and who has no desk is not on duty."""
    woken: set[str] = set()
    query = select(Handover).where(Handover.status == "taken", col(Handover.staff_at) < moment - DESK)
    for handover in (await session.exec(query)).all():
        conversation = await ownership.locked(session, handover.conversation_id)
        await requeue(session, conversation, handover, "silent", "released", moment)
        woken |= _keys(handover)
    gone = and_(col(Account.on_duty), col(Account.seen_at) < moment - OFF)
    for account in (await session.exec(select(Account).where(gone))).all():
        account.on_duty = False
        session.add(account)
        woken.add(f"org:{account.organisation_id}")
    return woken


async def silent(session: AsyncSession, moment: dt.datetime) -> set[str]:
    """A counsellor does not answer: reminded after half of the organisation's `reply` seconds, then the chat goes back to the
    queue (scenario 11). The visitor waits since the chat was taken, or since their first message that is not answered."""
    woken: set[str] = set()
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
    query = (
        select(Handover, Organisation.reply, answered, asked)
        .join(Organisation, col(Organisation.id) == col(Handover.organisation_id))
        .where(Handover.status == "taken", Handover.reason != "message")
    )
    for handover, seconds, last, first_open in (await session.exec(query)).all():
        since = handover.taken_at if last is None else first_open
        if since is None:
            continue
        waited = (moment - since).total_seconds()
        nudged = handover.nudged_at if handover.nudged_at and handover.nudged_at >= since else None
        if waited >= seconds and nudged and (moment - nudged).total_seconds() >= seconds / 2:
            conversation = await ownership.locked(session, handover.conversation_id)
            await requeue(session, conversation, handover, "silent", "released", moment)
        elif waited >= seconds / 2 and nudged is None:
            handover.nudged_at = moment
            session.add(handover)
        else:
            continue
        woken |= _keys(handover)
    return woken


async def idle(session: AsyncSession, moment: dt.datetime) -> set[str]:
    """The visitor does not answer for a while: asked once; as long again: the chat ends and can go on later (scenario 26)."""
    woken: set[str] = set()
    said = aliased(Message)
    last = (
        select(func.max(said.seq))
        .where(said.conversation_id == Handover.conversation_id, or_(said.author == "staff", said.author == "visitor"))
        .correlate(Handover)
        .scalar_subquery()
    )
    query = (
        select(Handover, Message.at)
        .join(Message, and_(col(Message.conversation_id) == col(Handover.conversation_id), col(Message.seq) == last))
        .where(
            Handover.status == "taken",
            Handover.reason != "message",
            Message.author == "staff",
            col(Message.at) >= col(Handover.taken_at),
            Message.at <= moment - IDLE,
        )  # fmt: skip
    )
    for handover, since in (await session.exec(query)).all():
        warned = handover.idle_warned_at
        if warned is not None and warned >= since and warned > moment - IDLE:
            continue
        conversation = await ownership.locked(session, handover.conversation_id)
        if warned is not None and warned >= since:
            await close(session, conversation, handover, "idle", "ended", moment)
            await lines.notice(session, conversation, "closed_idle", moment=moment)
        else:
            handover.idle_warned_at = moment
            session.add(handover)
            await lines.notice(session, conversation, "idle_warning", moment=moment, time=IDLE)
        woken |= _keys(handover)
    return woken


async def away(session: AsyncSession, moment: dt.datetime) -> set[str]:
    """A visitor who waits has been away for a while: their entry ends (FLT-21); a message they left stays with staff."""
    woken: set[str] = set()
    query = select(Handover).where(Handover.status == "waiting", col(Handover.visitor_at) < moment - GONE)
    for handover in (await session.exec(query)).all():
        woken |= _keys(handover)
        if handover.reason == "message":
            handover.status = "message"
            session.add(handover)
            continue
        conversation = await ownership.locked(session, handover.conversation_id)
        await close(session, conversation, handover, "gone", "assistant", moment)
        await lines.notice(session, conversation, "away", moment=moment, time=GONE)
    return woken


async def nobody_left(session: AsyncSession, moment: dt.datetime) -> set[str]:
    """The organisation closed, or its last counsellor went off duty, and people wait: they are told once and can leave a
    message (FLT-22). When somebody is there again, a next time counts anew."""
    woken: set[str] = set()
    query = (
        select(Handover, Organisation)
        .join(Organisation, col(Organisation.id) == col(Handover.organisation_id))
        .where(Handover.status == "waiting")
        .order_by(col(Handover.id))
    )
    rows = (await session.exec(query)).all()
    duty = await queue.on_duty(session) if rows else {}
    for handover, organisation in rows:
        status, opens_at = availability(organisation, duty.get(organisation.id, 0), moment)
        if (status == "waiting") == (handover.told_at is None):
            continue
        handover.told_at = None if status == "waiting" else moment
        session.add(handover)
        if status != "waiting":
            conversation = await ownership.locked(session, handover.conversation_id)
            await lines.nobody_there(session, conversation, status, organisation, opens_at, moment)
        woken |= _keys(handover)
    return woken


def limits(handover: Handover, organisation: Organisation) -> tuple[dt.datetime, dt.datetime]:
    """When the first answer of a person is warned about, and when it is overdue: `reply` seconds for somebody who waits, the
    organisation's 48-hour rule for a message that was left."""
    asked = handover.asked_staff_at or handover.asked_at
    if handover.reason == "message":
        return due(organisation, asked)
    return asked + dt.timedelta(seconds=organisation.reply / 2), asked + dt.timedelta(seconds=organisation.reply)


async def clock(session: AsyncSession, moment: dt.datetime) -> set[str]:
    """The response clock (scenario 29): warns before, escalates after the limit, once each, until a person has answered."""
    woken: set[str] = set()
    query = (
        select(Handover, Organisation)
        .join(Organisation, col(Organisation.id) == col(Handover.organisation_id))
        .where(
            Handover.status != "ended", col(Handover.answered_at).is_(None), col(Handover.escalated_at).is_(None)
        )  # fmt: skip
    )
    for handover, organisation in (await session.exec(query)).all():
        warn_at, due_at = limits(handover, organisation)
        values = {"warned_at": moment} if moment >= warn_at and handover.warned_at is None else {}
        values |= {"escalated_at": moment} if moment >= due_at else {}
        if values:
            await session.exec(update(Handover).where(col(Handover.id) == handover.id).values(**values))
            woken.add(f"org:{handover.organisation_id}")
    return woken
