"""The visitor's side of a hand-over: asking for a person, and a message for when somebody is there.

Every function needs the conversation's row locked (portal.chat.service.get(..., lock=True)); nothing here commits.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from knowledge.library import Library
from portal.accounts.models import Organisation
from portal.chat import service as chat
from portal.chat.drafts import Draft
from portal.chat.models import Conversation, Message
from portal.handover import lines, ownership, queue, response
from portal.handover.finding import Names, Spoken, find, role_of, spoken_of, there
from portal.handover.models import Handover


@dataclass(frozen=True)
class Outcome:
    """What became of asking for a person. `status`: waiting, taken (somebody has the chat already), closed, holiday, nobody
    (open, but nobody is on duty), nowhere (no organisation for it). `new`: the chat was not in the queue before."""

    status: str
    handover: Handover | None = None
    organisation: Organisation | None = None
    place: int | None = None
    opens_at: dt.datetime | None = None
    new: bool = False


class NotNow(Exception):
    """This cannot be done in the state the chat is in."""


async def again_there(session: AsyncSession, last: Handover | None, moment: dt.datetime) -> Organisation | None:
    """The organisation that has a message of the visitor, or had the chat last, if somebody can come there now."""
    organisation = await session.get(Organisation, last.organisation_id) if last else None
    if organisation is None or not organisation.active:
        return None
    return organisation if (await there(session, organisation, moment))[0] == "waiting" else None


async def open_one(
    session: AsyncSession, conversation: Conversation, organisation_id: str, status: str, reason: str,
    moment: dt.datetime, **more: Any,
) -> Handover:  # fmt: skip
    """A new hand-over; the conversation goes to the queue. Raises portal.handover.ownership.Moved."""
    handover = Handover(
        conversation_id=conversation.id, organisation_id=organisation_id, status=status, reason=reason,
        language=conversation.language, asked_at=moment,
        **{"role": role_of(conversation), "place": moment, "asked_staff_at": moment, "visitor_at": moment, **more},
    )  # fmt: skip
    session.add(handover)
    if conversation.owner != "queue":
        await ownership.change(session, conversation, "queue", was=conversation.version)
    await session.flush()
    return handover


async def request(
    session: AsyncSession, conversation: Conversation, *, reason: str, topic: str | None = None,
    state: str | None = None, library: Library | None = None, names: Names = (), moment: dt.datetime,
) -> Outcome:  # fmt: skip
    """Ask for a person; asking again changes nothing (SEC-C12). `reason`: asked, offered, guide, failure. `names`: heard in the
    message that asks. Who has a message of the visitor, or had the chat until its end, comes again if it can."""
    before = await queue.current(session, conversation.id)
    if before is not None and before.status != "message":
        known = await session.get(Organisation, before.organisation_id)
        waits = before.status == "waiting"
        return Outcome(before.status, before, known, await queue.place(session, before) if waits else None)
    last = before
    if last is None and conversation.owner == "ended":
        last = await queue.latest(session, conversation.id)
        last = last if last and last.taken_at else None
    organisation = await again_there(session, last, moment)
    more: dict[str, Any] = {"before_id": last.id if last else None}
    if organisation is not None and last is not None:
        more |= {"team_id": last.team_id, "role": last.role, "topic": last.topic, "state": last.state}
    else:
        spoken = await spoken_of(session, conversation, names)
        topic, state = topic or spoken.topic, state or spoken.state
        state = None if state in ("open", "other") else state
        topic = topic if library is None or topic in library.topics else None
        found = await find(session, conversation, Spoken(topic, state, spoken.role, spoken.abroad), moment)
        if found is None:
            return Outcome("nowhere", before)
        organisation, status, opens_at = found
        if status != "waiting":
            return Outcome(status, before, organisation, None, opens_at)
        more |= {"topic": topic, "state": state, "role": spoken.role}
    if before is not None and before.organisation_id == organisation.id:
        handover = await wait_again(session, conversation, before, moment)
    else:
        if before is not None:  # its message goes along with the chat
            await close(session, conversation, before, "transferred", conversation.owner, moment)
        handover = await open_one(session, conversation, organisation.id, "waiting", reason, moment, **more)
    return Outcome("waiting", handover, organisation, await queue.place(session, handover), new=True)


async def wait_again(
    session: AsyncSession, conversation: Conversation, handover: Handover, moment: dt.datetime
) -> Handover:
    """Who left a message is there again, and so is somebody else. The message stays known as one: its writer may go again."""
    handover.status, handover.place, handover.visitor_at, handover.told_at = "waiting", moment, moment, None
    response.begin(handover, moment)
    session.add(handover)
    if conversation.owner != "queue":
        await ownership.change(session, conversation, "queue", was=conversation.version)
    await session.flush()
    return handover


async def message(
    session: AsyncSession, conversation: Conversation, text: str, moment: dt.datetime, *,
    client_msg_id: str | None = None,
) -> tuple[Handover | None, Message | None]:  # fmt: skip
    """Leave a message for when somebody is there (also from the queue) -> (hand-over, the message); nobody: no organisation.

    The same message again is stored once. Raises NotNow where a person has the chat.
    """
    handover = await queue.current(session, conversation.id)
    if handover is not None and handover.status == "taken":
        raise NotNow
    same = (Message.client_msg_id == client_msg_id) if client_msg_id else (Message.text == text)
    query = select(Message).where(Message.conversation_id == conversation.id, Message.author == "visitor", same)
    stored = (await session.exec(query.order_by(col(Message.seq).desc()).limit(1))).first()
    if handover is not None and handover.status == "message" and stored is not None and stored.hidden.get("left"):
        return handover, stored
    if handover is None:
        spoken = await spoken_of(session, conversation)
        found = await find(session, conversation, spoken, moment)
        if found is None:
            return None, None
        handover = await open_one(
            session, conversation, found[0].id, "message", "message", moment, topic=spoken.topic, state=spoken.state,
            role=spoken.role,
        )  # fmt: skip
    else:
        if handover.status == "waiting":
            response.begin(handover, moment)
        handover.status, handover.reason = "message", "message"
        session.add(handover)
        if conversation.owner != "queue":
            await ownership.change(session, conversation, "queue", was=conversation.version)
    draft = Draft("text", text, conversation.language, hidden={"left": True})
    stored = await chat.add(session, conversation, draft, "visitor", client_msg_id=client_msg_id, at=moment)
    await response.go_on(session, handover)
    organisation = await session.get(Organisation, handover.organisation_id)
    assert organisation is not None
    await lines.notice(session, conversation, "message", moment=moment, organisation=organisation.name)
    return handover, stored


async def close(
    session: AsyncSession, conversation: Conversation, handover: Handover, reason: str, owner: str, moment: dt.datetime
) -> None:
    """A hand-over is over; the conversation goes to `owner`."""
    handover.status, handover.end_reason, handover.ended_at = "ended", reason, moment
    session.add(handover)
    if conversation.owner != owner:
        await ownership.change(session, conversation, owner, was=conversation.version)
    await session.flush()
