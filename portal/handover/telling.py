"""Mails to staff about a chat nobody answers, or a message that was left: that there is something, and a link."""

from __future__ import annotations

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.access import may
from portal.accounts.models import Account
from portal.chat.models import Conversation, Message
from portal.handover.models import Handover
from portal.handover.response import by_message
from portal.mail.notices import notify


async def of_organisation(session: AsyncSession, organisation_id: str) -> list[Account]:
    """Who may take chats there."""
    query = select(Account).where(Account.organisation_id == organisation_id, Account.status == "active")
    return [a for a in (await session.exec(query.order_by(col(Account.id)))).all() if may(a, "chats.write")]


async def overdue(session: AsyncSession, handover: Handover, late: bool, address: str) -> None:
    """An answer is due soon: to those on duty; it is late: to the team leads. Once for each time the visitor began to wait."""
    staff = await of_organisation(session, handover.organisation_id)
    people = [a for a in staff if ("team_lead" in a.roles if late else a.on_duty)]
    since = (handover.asked_staff_at or handover.asked_at).isoformat()
    key = f"{handover.id}:{since}:{'left' if by_message(handover) else 'waits'}"
    link = f"/staff/chats/{handover.conversation_id}"
    await notify(session, "chat_overdue" if late else "chat_waiting", people, key=key, link=link, address=address)


async def message_left(session: AsyncSession, handover: Handover, address: str) -> None:
    """The visitor has left a message, or added to it: to all who may take chats; once until staff has read."""
    read = select(Conversation.staff_read).where(Conversation.id == handover.conversation_id).scalar_subquery()
    unread = select(func.min(Message.seq)).where(
        Message.conversation_id == handover.conversation_id, Message.author == "visitor", col(Message.seq) > read,
        col(Message.at) >= (handover.asked_staff_at or handover.asked_at),
    )  # fmt: skip
    first = (await session.exec(unread)).one()
    if first is None:
        return
    staff = await of_organisation(session, handover.organisation_id)
    link = f"/staff/chats/{handover.conversation_id}"
    await notify(session, "message_left", staff, key=f"{handover.id}:{first}", link=link, address=address)
