"""The visitor's side of a hand-over: asking for a person, and a message for when somebody is there.

Every function needs the conversation's row locked (portal.chat.service.get(..., lock=True)); nothing here commits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from knowledge.library import Library
from portal.accounts.models import Organisation
from portal.chat import service as chat
from portal.chat.drafts import Draft
from portal.chat.models import Conversation, Message
from portal.handover import lines, ownership, queue
from portal.handover.models import Handover
from portal.handover.roles import role_said
from portal.handover.routing import route
from portal.hours.opening import always, is_open

LOOK_BACK = 30  # messages
Names = Sequence[dict[str, str]]


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


def known(conversation: Conversation) -> dict[str, str]:
    return dict(conversation.guide.get("facts") or {})


def role_of(conversation: Conversation, said: str | None = None) -> str | None:
    """employer or worker: from the chat's start, else what was `said`, else from a guide's answers. A guide that was only just
    begun may have been begun by mistake and tells nothing."""
    record = conversation.guide
    guide = None
    if record.get("trail") or record.get("result"):
        guide = known(conversation).get("role") or {"employer": "employer"}.get(str(record.get("guide")))
    return conversation.role or said or guide


def availability(organisation: Organisation, duty: int, moment: dt.datetime) -> tuple[str, dt.datetime | None]:
    """("waiting" where somebody can come, else closed, holiday or nobody; where it is closed, the next opening: of a house that
    is open day and night it would be a midnight that tells nothing)."""
    opening = is_open(organisation, moment)
    if not opening.open:
        return "holiday" if opening.why == "holiday" else "closed", None if always(organisation) else opening.next_at
    return "waiting" if duty else "nobody", None


@dataclass(frozen=True)
class Spoken:
    """What a chat was about last. `abroad`: none where it is not known."""

    topic: str | None
    state: str | None
    role: str | None
    abroad: bool | None


async def spoken_of(session: AsyncSession, conversation: Conversation, names: Names = ()) -> Spoken:
    """The topic, the federal state, the role and the place that were spoken of last; `names` are those of a message that is being
    answered ({kind, id}). A country other than Germany, where no German place is named, is where somebody is."""
    query = select(Message).where(Message.conversation_id == conversation.id).order_by(col(Message.seq).desc())
    heard, facts = list(names), known(conversation)
    topic = role = None
    for m in (await session.exec(query.limit(LOOK_BACK))).all():
        topic = topic or (m.topic if m.topic not in ("service.handover", "service.assistant") else None)
        heard += m.hidden.get("understood", {}).get("names", [])
        role = role or (role_said(m.text) if m.author == "visitor" else None)
    first = {n["kind"]: n["id"] for n in reversed(heard)}
    state = facts.get("state") or first.get("state")
    abroad = facts["residence"] == "abroad" if "residence" in facts else None
    if abroad is None and state is None and first.get("country") not in (None, "DE"):
        abroad = True
    return Spoken(topic, state, role_of(conversation, role), abroad)


async def again_there(
    session: AsyncSession, conversation: Conversation, moment: dt.datetime
) -> tuple[Handover, Organisation] | None:
    """After the end: the last hand-over, if somebody had the chat there and somebody can come now."""
    last = await queue.latest(session, conversation.id) if conversation.owner == "ended" else None
    organisation = await session.get(Organisation, last.organisation_id) if last and last.taken_at else None
    if last is None or organisation is None or not organisation.active:
        return None
    duty = await queue.on_duty(session, [organisation.id])
    able = availability(organisation, duty.get(organisation.id, 0), moment)[0] == "waiting"
    return (last, organisation) if able else None


async def find(
    session: AsyncSession, conversation: Conversation, spoken: Spoken, moment: dt.datetime
) -> tuple[Organisation, str, dt.datetime | None] | None:
    """The organisation for a chat, whether somebody can come now, and when else."""
    staffed = await queue.staffed(session)
    query = select(Organisation).where(col(Organisation.active), col(Organisation.id).in_(staffed))
    organisations = (await session.exec(query)).all()
    if not organisations:
        return None
    duty = await queue.on_duty(session)
    ready = {o.id for o in organisations if availability(o, duty.get(o.id, 0), moment)[0] == "waiting"}
    found = route(
        organisations, role=spoken.role, state=spoken.state, topic=spoken.topic, language=conversation.language,
        abroad=spoken.abroad, ready=ready,
    )  # fmt: skip
    if not found:
        return None
    best = found[0].organisation
    return best, *availability(best, duty.get(best.id, 0), moment)


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
    message that asks. After the end, the organisation that had the chat last comes again if it can."""
    before = await queue.current(session, conversation.id)
    if before is not None and before.status != "message":
        organisation = await session.get(Organisation, before.organisation_id)
        waits = before.status == "waiting"
        return Outcome(before.status, before, organisation, await queue.place(session, before) if waits else None)
    last = await again_there(session, conversation, moment) if before is None else None
    if last is not None:
        handover = await open_one(
            session, conversation, last[1].id, "waiting", reason, moment, before_id=last[0].id, team_id=last[0].team_id,
            role=last[0].role, topic=last[0].topic, state=last[0].state,
        )  # fmt: skip
        return Outcome("waiting", handover, last[1], await queue.place(session, handover), new=True)
    spoken = await spoken_of(session, conversation, names)
    topic, state = topic or spoken.topic, state or spoken.state
    state = None if state in ("open", "other") else state
    topic = topic if library is None or topic in library.topics else None
    spoken = Spoken(topic, state, spoken.role, spoken.abroad)
    found = await find(session, conversation, spoken, moment)
    if found is None:
        return Outcome("nowhere", before)
    organisation, status, opens_at = found
    if status != "waiting":
        return Outcome(status, before, organisation, None, opens_at)
    if before is not None:  # a message was left before; now somebody is there
        before.status, before.organisation_id, before.visitor_at = "waiting", organisation.id, moment
        before.place, before.reason = moment, reason
        session.add(before)
        await ownership.change(session, conversation, "queue", was=conversation.version)
        await session.flush()
        return Outcome(status, before, organisation, await queue.place(session, before), new=True)
    handover = await open_one(
        session, conversation, organisation.id, "waiting", reason, moment, topic=topic, state=state, role=spoken.role
    )
    return Outcome(status, handover, organisation, await queue.place(session, handover), new=True)


async def message(
    session: AsyncSession, conversation: Conversation, text: str, moment: dt.datetime, *,
    client_msg_id: str | None = None,
) -> tuple[Handover | None, Message | None]:  # fmt: skip
    """Leave a message for when somebody is there (also from the queue) -> (hand-over, the message); nobody: no organisation.

    The same message again is stored once. Raises NotNow where a person has the chat, or it is over.
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
        handover.status, handover.reason = "message", "message"
        session.add(handover)
        if conversation.owner != "queue":
            await ownership.change(session, conversation, "queue", was=conversation.version)
    draft = Draft("text", text, conversation.language, hidden={"left": True})
    stored = await chat.add(session, conversation, draft, "visitor", client_msg_id=client_msg_id, at=moment)
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
