"""What the visitor's browser knows of the person who helps (`person` in the chat's interface)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import and_, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account, Organisation
from portal.chat.models import Conversation
from portal.desk.checking import MOST_BYTES
from portal.desk.presence import Presence
from portal.handover import queue
from portal.handover.asking import Outcome
from portal.handover.finding import availability
from portal.handover.models import Address, Handover
from portal.mail.addresses import masked


def shape(organisation: Organisation, status: str, opens_at: dt.datetime | None, **more: Any) -> dict[str, Any]:
    """All the fields, with what stands where there is nothing to say. `there`: can somebody come now? `files`: how
    many bytes one may have; 0: none can be sent."""
    return {
        "status": status, "organisation": organisation.name, "name": None, "place": None, "read": 0, "typing": False,
        "files": 0, "rate": False, "opens_at": opens_at.isoformat() if opens_at else None, "address": None,
        "end_reason": None, "there": False, **more,
    }  # fmt: skip


MAIL = and_(col(Address.conversation_id) == Handover.conversation_id, col(Address.confirmed_at).is_not(None))
LAST: Any = (  # made once: every open stream asks
    select(Handover, Organisation, Account.shown_name, Conversation.staff_read, Address.email, queue.duty())  # type: ignore[call-overload]
    .join(Organisation, col(Organisation.id) == col(Handover.organisation_id))
    .join(Conversation, col(Conversation.id) == col(Handover.conversation_id))
    .join(Account, col(Account.id) == col(Handover.account_id), isouter=True)
    .join(Address, MAIL, isouter=True)
    .where(Handover.conversation_id == bindparam("conversation"))
    .order_by(col(Handover.id).desc())
    .limit(1)
)


async def person(
    session: AsyncSession, conversation_id: str, presence: Presence, moment: dt.datetime
) -> tuple[dict[str, Any] | None, Handover | None]:
    """The last hand-over as the visitor sees it, and itself; none: there was none. One query, two where a place is shown."""
    row = (await session.exec(LAST, params={"conversation": conversation_id})).first()
    if row is None:
        return None, None
    handover, organisation, name, read, email, there = row
    able, opens_at = availability(organisation, there, moment)
    live = handover.status in ("waiting", "taken")
    view = shape(
        organisation, handover.status, opens_at,
        name=name, place=await queue.place(session, handover) if handover.status == "waiting" else None, read=read,
        typing=handover.status == "taken" and presence.types(conversation_id, "staff"),
        files=MOST_BYTES if live and organisation.files else 0,
        rate=handover.status == "ended" and handover.taken_at is not None and handover.rated_at is None,
        address=masked(email) if email else None, end_reason=handover.end_reason, there=able == "waiting",
    )  # fmt: skip
    return view, handover


def turned_away(outcome: Outcome) -> dict[str, Any] | None:
    """`person` where nobody can come now and nothing is stored: `status` is closed, holiday or nobody."""
    if outcome.organisation is None:
        return None
    return shape(outcome.organisation, outcome.status, outcome.opens_at)
