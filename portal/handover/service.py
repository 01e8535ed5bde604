"""Who speaks with the visitor: the desk's side of a hand-over. Nothing here commits, nothing here knows HTTP.

The visitor's side is in portal.handover.asking (request, message) and leaving (leave, finish, rate, reopen), queries are in portal.handover.queue, the lines
that visitors read in portal.handover.lines; what other rooms need of them can be called from here. A caller wakes `keys` of
the hand-over after its commit.
"""

from __future__ import annotations

import contextlib
import datetime as dt

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account
from portal.chat import service as chats
from portal.chat.drafts import Draft
from portal.chat.models import Message
from portal.chat.service import Conflict, NotFound
from portal.handover import ownership, queue
from portal.handover.answered import answered
from portal.handover.asking import NotNow, Outcome, close, message, request
from portal.handover.desks import touch
from portal.handover.holding import chat, mine, name_of, requeue
from portal.handover.leaving import finish, leave, rate, reopen, seen, unanswered
from portal.handover.lines import notice
from portal.handover.models import Handover
from portal.handover.ownership import Moved
from portal.handover.queue import current, latest, next_for, place
from portal.handover.refusals import AlreadyTaken, Full, NeedsCase, NotOwner
from portal.handover.transferring import transfer

__all__ = [
    "AlreadyTaken", "Conflict", "Full", "Moved", "NeedsCase", "NotFound", "NotNow", "NotOwner", "Outcome", "chat", "current",
    "end", "finish", "give_back", "keys", "latest", "leave", "message", "next_for", "notice", "place", "rate", "release",
    "release_all", "reopen", "reply", "request", "seen", "take", "touch", "transfer",
]  # fmt: skip


def keys(handover: Handover) -> tuple[str, str]:
    """What to wake after a commit: both sides of the chat, and the queue it is or was in."""
    return handover.conversation_id, f"org:{handover.organisation_id}"


def said(handover: Handover) -> tuple[str, str]:
    """What to wake when the visitor said something: both sides, and the list that shows it: the counsellor's own, or the queue."""
    taken = handover.status == "taken"
    return handover.conversation_id, f"desk:{handover.account_id}" if taken else f"org:{handover.organisation_id}"


async def take(session: AsyncSession, account: Account, conversation_id: str, moment: dt.datetime) -> Handover:
    """Take a chat that waits, or a message that was left (FLT-18: of many at once, one gets it).

    Raises NotFound, AlreadyTaken, Full.
    """
    conversation, handover = await chat(session, account, conversation_id, lock=True)
    if handover.status == "ended":
        raise NotFound
    if handover.status == "taken":
        owner = await session.get(Account, handover.account_id) if handover.account_id else None
        if owner is not None and owner.id != account.id:
            raise AlreadyTaken(owner)
        return handover
    if await queue.load(session, account.id or 0) >= account.most:
        raise Full
    await ownership.change(session, conversation, "staff", was=conversation.version)
    handover.status, handover.account_id, handover.taken_at = "taken", account.id, moment
    handover.wanted_id = handover.wanted_until = handover.told_at = None
    handover.nudged_at = handover.idle_warned_at = handover.staff_at = None
    session.add(handover)
    name = await name_of(session, handover.organisation_id)
    await notice(session, conversation, "taken_over", moment=moment, name=account.shown_name, organisation=name)
    await session.flush()
    return handover


async def release(session: AsyncSession, account: Account, conversation_id: str, moment: dt.datetime) -> Handover:
    """Back to the queue, at its old place. Raises NotFound, NotOwner."""
    conversation, handover = await mine(session, account, conversation_id)
    await requeue(session, conversation, handover, handover.reason, "released", moment)
    return handover


async def release_all(session: AsyncSession, account: Account, moment: dt.datetime) -> list[Handover]:
    """All the chats of an account back to the queue (it is disabled, or goes); nothing waits for it any more."""
    query = select(Handover.conversation_id).where(Handover.account_id == account.id, Handover.status == "taken")
    found = []
    for conversation_id in (await session.exec(query.order_by(col(Handover.conversation_id)))).all():
        with contextlib.suppress(NotFound, NotOwner):  # ended, passed on or deleted meanwhile
            found.append(await release(session, account, conversation_id, moment))
    await session.exec(
        update(Handover)
        .where(col(Handover.wanted_id) == account.id, col(Handover.status) != "ended")
        .values(wanted_id=None)
    )
    return found


async def give_back(session: AsyncSession, account: Account, conversation_id: str, moment: dt.datetime) -> Handover:
    """To the assistant, with a line that both sides see. What the visitor wrote last and nobody answered gets its answer from it:
    the caller lets portal.chat.turns take it up after the commit. Raises NotFound, NotOwner."""
    conversation, handover = await mine(session, account, conversation_id)
    await close(session, conversation, handover, "returned", "assistant", moment)
    await notice(session, conversation, "continue_with_assistant", moment=moment)
    await unanswered(session, conversation_id)
    return handover


async def end(
    session: AsyncSession, account: Account, conversation_id: str, reason: str, moment: dt.datetime
) -> Handover:
    """The counsellor ends the chat; `reason`: answered, passed_on, no_reply, abuse, other. Twice ends it once.

    Raises NotFound, NotOwner.
    """
    conversation, handover = await chat(session, account, conversation_id, lock=True)
    if handover.status == "ended" and handover.account_id == account.id:
        return handover
    conversation, handover = await mine(session, account, conversation_id)
    handover.outcome = reason[:16]
    await close(session, conversation, handover, "ended", "ended", moment)
    await notice(session, conversation, "ended", moment=moment)
    return handover


async def reply(
    session: AsyncSession, account: Account, conversation_id: str, client_msg_id: str, draft: Draft,
    moment: dt.datetime, address: str,
) -> tuple[Message, bool]:  # fmt: skip
    """A counsellor's message, stored once per `client_msg_id` -> (message, is new). `address`: of the portal, for a mail.

    Raises NotFound, NotOwner, Conflict for another text under the same id.
    """
    conversation, handover = await mine(session, account, conversation_id)
    key = f"{account.id}:{client_msg_id}"[:64]
    query = select(Message).where(Message.conversation_id == conversation_id, Message.client_msg_id == key)
    before = (await session.exec(query)).first()
    if before is not None:
        if before.text != draft.text:
            raise Conflict
        return before, False
    draft.shown = {**draft.shown, "name": account.shown_name}
    stored = await chats.add(session, conversation, draft, "staff", client_msg_id=key, at=moment)
    await answered(session, conversation, handover, stored, address, moment)
    return stored, True
