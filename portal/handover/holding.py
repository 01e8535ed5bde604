"""The chat somebody holds: found, checked, and put back into the queue."""

from __future__ import annotations

import datetime as dt

from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account, Organisation
from portal.chat.models import Conversation
from portal.chat.service import NotFound
from portal.handover import ownership, queue, response
from portal.handover.lines import notice
from portal.handover.models import Handover
from portal.handover.refusals import NotOwner

HERE = dt.timedelta(minutes=5)  # after a sign of life


async def chat(
    session: AsyncSession, account: Account, conversation_id: str, *, lock: bool = False
) -> tuple[Conversation, Handover]:
    """A conversation whose last hand-over is with the account's organisation. Raises NotFound."""
    if lock:
        conversation: Conversation | None = await ownership.locked(session, conversation_id)
    else:
        conversation = await session.get(Conversation, conversation_id)
    handover = await queue.latest(session, conversation_id)
    if conversation is None or handover is None or handover.organisation_id != account.organisation_id:
        raise NotFound
    return conversation, handover


async def mine(session: AsyncSession, account: Account, conversation_id: str) -> tuple[Conversation, Handover]:
    """The account's own chat, locked. Raises NotFound, NotOwner."""
    conversation, handover = await chat(session, account, conversation_id, lock=True)
    if handover.status != "taken" or handover.account_id != account.id:
        taken = handover.status == "taken" and handover.account_id
        raise NotOwner(await session.get(Account, handover.account_id) if taken else None)
    return conversation, handover


async def name_of(session: AsyncSession, organisation_id: str) -> str:
    organisation = await session.get(Organisation, organisation_id)
    return organisation.name if organisation else organisation_id


def left(handover: Handover, moment: dt.datetime) -> bool:
    """Is it a message that was left, by somebody who has shown no sign of life lately since it was taken?"""
    if handover.reason != "message":
        return False
    seen, taken = handover.visitor_at, handover.taken_at
    return not (seen and taken and seen >= taken and moment - seen < HERE)


async def requeue(
    session: AsyncSession, conversation: Conversation, handover: Handover, reason: str, event: str, moment: dt.datetime
) -> None:
    """From a person back to the queue, at the old place; the visitor is told and keeps the history."""
    await ownership.change(session, conversation, "queue", was=conversation.version)
    handover.status, handover.account_id = "waiting", None
    if left(handover, moment):
        await response.rest(session, handover)
    elif handover.reason != "message":  # what was left stays known as that: its writer may go again
        handover.reason = reason
    handover.visitor_at = moment  # their absence is counted anew
    handover.nudged_at = handover.staff_at = handover.idle_warned_at = None
    session.add(handover)
    organisation = await name_of(session, handover.organisation_id)
    await notice(session, conversation, event, moment=moment, organisation=organisation)
    await session.flush()
