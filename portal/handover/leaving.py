"""The visitor's side of a hand-over: leaving the queue, the end, the rating, coming back.

Every function needs the conversation's row locked; nothing here commits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Organisation
from portal.chat.models import Conversation, Message, Turn
from portal.handover import lines, ownership, queue, response
from portal.handover.asking import NotNow, close, open_one
from portal.handover.finding import there
from portal.handover.models import Handover


async def leave(session: AsyncSession, conversation: Conversation, moment: dt.datetime) -> Handover | None:
    """Out of the queue, or after the end, back to the assistant; a message that was left stays with staff. What was written last
    while waiting gets its answer from the assistant: the caller lets portal.chat.turns take it up after the commit.

    Raises NotNow where a person has the chat: it is ended first.
    """
    handover = await queue.current(session, conversation.id)
    if handover is not None and handover.status == "taken":
        raise NotNow
    if conversation.owner == "assistant":
        return handover
    if handover is not None and handover.status == "waiting" and handover.reason != "message":
        await close(session, conversation, handover, "left", "assistant", moment)
        await unanswered(session, conversation.id)
    else:
        if handover is not None and handover.status == "waiting":
            await response.rest(session, handover)
            session.add(handover)
        await ownership.change(session, conversation, "assistant", was=conversation.version)
    await lines.notice(session, conversation, "continue_with_assistant", moment=moment)
    return handover


async def unanswered(session: AsyncSession, conversation_id: str) -> None:
    """The assistant has the chat again: a Turn for the visitor's last message, if nobody has answered it. It may be older than
    the request: its answer was still being computed then, and suppressed."""
    said = (Message.conversation_id == conversation_id, col(Message.author).in_(("visitor", "staff")))
    last = (await session.exec(select(Message).where(*said).order_by(col(Message.seq).desc()).limit(1))).first()
    if last is None or last.author != "visitor" or last.kind != "text" or last.hidden.get("left"):
        return
    replies = select(Message.seq).where(Message.conversation_id == last.conversation_id, Message.reply_to == last.seq)
    asked = (await session.exec(replies.limit(1))).first() is not None  # it was this that asked for a person
    if not asked and await session.get(Turn, (last.conversation_id, last.seq)) is None:
        session.add(Turn(conversation_id=last.conversation_id, seq=last.seq))


async def finish(session: AsyncSession, conversation: Conversation, moment: dt.datetime) -> Handover | None:
    """The visitor ends the chat; twice ends it once."""
    handover = await queue.current(session, conversation.id)
    if conversation.owner == "ended":
        return handover
    if handover is not None and handover.status != "message":
        reason = "ended" if handover.status == "taken" else "left"
        await close(session, conversation, handover, reason, "ended", moment)
    else:
        await ownership.change(session, conversation, "ended", was=conversation.version)
    await lines.notice(session, conversation, "ended", moment=moment)
    return handover


async def rate(
    session: AsyncSession, conversation: Conversation, stars: int, comment: str, moment: dt.datetime
) -> Handover:
    """The visitor's rating (1 to 5) of the last person, once. Raises NotNow where nobody was there, or it was rated."""
    handover = await queue.latest(session, conversation.id)
    if handover is None or handover.status != "ended" or handover.taken_at is None or handover.rated_at is not None:
        raise NotNow
    handover.rating, handover.rating_comment, handover.rated_at = stars, comment, moment
    session.add(handover)
    await lines.notice(session, conversation, "rated", moment=moment, stars=stars)
    return handover


async def reopen(session: AsyncSession, conversation: Conversation, moment: dt.datetime) -> Handover | None:
    """A chat that ended because nobody wrote goes on, with its former counsellor first; none: it ended otherwise. Where nobody
    can come now, the visitor is told so."""
    before = await queue.latest(session, conversation.id)
    if before is None or conversation.owner != "ended" or before.end_reason != "idle":
        return None
    handover = await open_one(
        session, conversation, before.organisation_id, "waiting", "reopened", moment, team_id=before.team_id,
        wanted_id=before.account_id, wanted_until=moment + queue.WANTED, before_id=before.id, role=before.role, topic=before.topic, state=before.state,
    )  # fmt: skip
    organisation = await session.get(Organisation, handover.organisation_id)
    assert organisation is not None
    status, opens_at = await there(session, organisation, moment)
    if status == "waiting":
        place = await queue.place(session, handover)
        await lines.notice(
            session, conversation, "forwarded", moment=moment, organisation=organisation.name, place=place
        )
    else:
        handover.told_at = moment
        await lines.nobody_there(session, conversation, status, organisation, opens_at, moment)
    return handover


async def seen(session: AsyncSession, conversation_ids: Collection[str], moment: dt.datetime) -> None:
    """Signs of life of visitors' browsers."""
    await session.exec(
        update(Handover)
        .where(col(Handover.conversation_id).in_(conversation_ids), col(Handover.status).in_(("waiting", "taken")))
        .values(visitor_at=moment)
    )


AFRESH = ("forwarded", "released", "redirected")  # with these somebody begins to wait


async def wrote(
    session: AsyncSession, conversation: Conversation, handover: Handover | None, moment: dt.datetime
) -> None:
    """The visitor wrote while the assistant has not got the chat: a sign of life; who waits, or has left a message, learns once
    what becomes of it. (A message is also to be told: portal.handover.telling.message_left.)"""
    await seen(session, [conversation.id], moment)
    if handover is None or handover.status == "taken":
        return
    if handover.status == "message":
        await response.go_on(session, handover)
        session.add(handover)
    query = select(Message).where(Message.conversation_id == conversation.id, Message.author != "visitor")
    lately = (await session.exec(query.order_by(col(Message.seq).desc()).limit(20))).all()
    told = (str(m.shown.get("event")) for m in lately)
    if next((e for e in told if e in (*AFRESH, "kept_for_person")), None) != "kept_for_person":
        await lines.notice(session, conversation, "kept_for_person", moment=moment)
