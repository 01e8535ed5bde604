"""Which organisation a chat goes to, from what was said in it, and whether somebody can come there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, exists, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Organisation
from portal.cases.models import CaseFile
from portal.chat.models import Conversation, Message
from portal.desk.models import File
from portal.handover import queue
from portal.handover.routing import route
from portal.handover.said_role import role_said
from portal.hours.opening import always, is_open

LOOK_BACK = 30  # messages
Names = Sequence[dict[str, str]]


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


async def there(
    session: AsyncSession, organisation: Organisation, moment: dt.datetime
) -> tuple[str, dt.datetime | None]:
    """`availability` of an organisation with those who are on duty there now."""
    duty = await queue.on_duty(session, [organisation.id])
    return availability(organisation, duty.get(organisation.id, 0), moment)


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


async def personal(session: AsyncSession, conversation_id: str) -> bool:
    """Do files or a case hang on a chat? Then it goes to another organisation only as a case, with a consent (SEC-C03)."""
    files = exists().where(col(File.conversation_id) == conversation_id)
    case = exists().where(col(CaseFile.conversation_id) == conversation_id)
    return bool((await session.exec(select(or_(files, case)))).one())


async def find(
    session: AsyncSession, conversation: Conversation, spoken: Spoken, moment: dt.datetime
) -> tuple[Organisation, str, dt.datetime | None] | None:
    """The organisation for a chat, whether somebody can come now, and when else. For a personal chat there is only the one that
    had it last."""
    staffed = await queue.staffed(session)
    query = select(Organisation).where(col(Organisation.active), col(Organisation.id).in_(staffed))
    last = await queue.latest(session, conversation.id)
    bound = last is not None and await personal(session, conversation.id)
    if last is not None and bound:
        query = query.where(Organisation.id == last.organisation_id)
    organisations = list((await session.exec(query)).all())
    duty = await queue.on_duty(session)
    if not bound:
        ready = {o.id for o in organisations if availability(o, duty.get(o.id, 0), moment)[0] == "waiting"}
        organisations = [
            found.organisation
            for found in route(
                organisations, role=spoken.role, state=spoken.state, topic=spoken.topic, language=conversation.language,
                abroad=spoken.abroad, ready=ready,
            )
        ]  # fmt: skip
    if not organisations:
        return None
    best = organisations[0]
    return best, *availability(best, duty.get(best.id, 0), moment)
