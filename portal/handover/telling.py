"""Mails to staff about a chat nobody answers, or a message that was left: that there is something, and a link."""

from __future__ import annotations

import datetime as dt

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.access import may
from portal.accounts.models import Account
from portal.handover.models import Handover
from portal.mail.notices import notify


async def of_organisation(session: AsyncSession, organisation_id: str) -> list[Account]:
    """Who may take chats there."""
    query = select(Account).where(Account.organisation_id == organisation_id, Account.status == "active")
    return [a for a in (await session.exec(query.order_by(col(Account.id)))).all() if may(a, "chats.write")]


async def overdue(session: AsyncSession, moment: dt.datetime, address: str) -> None:
    """What the response clock warned about just now goes to those on duty, what it escalated to the team leads; once each."""
    query = select(Handover).where(or_(Handover.warned_at == moment, Handover.escalated_at == moment))
    for handover in (await session.exec(query)).all():
        staff = await of_organisation(session, handover.organisation_id)
        late = handover.escalated_at == moment
        people = [a for a in staff if ("team_lead" in a.roles if late else a.on_duty)]
        link = f"/staff/chats/{handover.conversation_id}"
        kind = "chat_overdue" if late else "chat_waiting"
        await notify(session, kind, people, key=str(handover.id), link=link, address=address)


async def message_left(session: AsyncSession, handover: Handover, address: str) -> None:
    """A message was left: to all who may take chats."""
    staff = await of_organisation(session, handover.organisation_id)
    link = f"/staff/chats/{handover.conversation_id}"
    await notify(session, "message_left", staff, key=str(handover.id), link=link, address=address)
