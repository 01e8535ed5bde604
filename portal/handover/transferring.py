"""A chat goes on with a colleague, a team or another organisation."""

from __future__ import annotations

import datetime as dt

from sqlmodel.ext.asyncio.session import AsyncSession

from portal.access import may
from portal.accounts.models import Account, Organisation, Team
from portal.chat.service import NotFound
from portal.desk.models import Note
from portal.handover import lines, queue
from portal.handover.asking import close, open_one
from portal.handover.finding import personal, there
from portal.handover.holding import left, mine, requeue
from portal.handover.models import Handover
from portal.handover.refusals import NeedsCase


async def transfer(
    session: AsyncSession, account: Account, conversation_id: str, *, to_account: int | None = None,
    to_team: int | None = None, to_organisation: str | None = None, note: str = "", moment: dt.datetime,
) -> tuple[Handover, str]:  # fmt: skip
    """To a colleague, a team or another organisation -> (the hand-over that waits there, "waiting", or why nobody comes now:
    closed, holiday, nobody). It is never lost: it waits there, and the visitor is told (scenario 15).

    Raises NotFound (also for a target that is not there), NotOwner, NeedsCase.
    """
    conversation, handover = await mine(session, account, conversation_id)
    target = await _target(session, account, to_account, to_team, to_organisation)
    if target.id != account.organisation_id:
        if await personal(session, conversation_id):
            raise NeedsCase
        waits = ("waiting", "transferred")
        if handover.reason == "message":
            waits = ("message" if left(handover, moment) else "waiting", "message")
        await close(session, conversation, handover, "transferred", "queue", moment)
        clock = {
            k: getattr(handover, k) for k in ("asked_staff_at", "answered_at", "warned_at", "escalated_at", "place")
        }
        handover = await open_one(
            session, conversation, target.id, *waits, moment, before_id=handover.id, role=handover.role,
            topic=handover.topic, state=handover.state, **clock,
        )  # fmt: skip
        await lines.notice(session, conversation, "redirected", moment=moment, organisation=target.name)
    else:
        colleague = await session.get(Account, to_account) if to_account is not None else None
        handover.wanted_id, handover.team_id = to_account, colleague.team_id if colleague else to_team
        handover.wanted_until = moment + dt.timedelta(seconds=target.reply) if colleague else None
        await requeue(session, conversation, handover, "transferred", "redirected", moment)
    if note:
        session.add(
            Note(
                conversation_id=conversation_id, organisation_id=target.id, account_id=account.id, text=note, at=moment
            )
        )
    status, opens_at = await there(session, target, moment)
    if status != "waiting":
        await lines.nobody_there(session, conversation, status, target, opens_at, moment)
        handover.told_at = moment
        session.add(handover)
    await session.flush()
    return handover, status


async def _target(
    session: AsyncSession, account: Account, to_account: int | None, to_team: int | None, to_organisation: str | None
) -> Organisation:
    """The organisation of a transfer's target. Raises NotFound for a foreign or inactive one, and where nobody may take chats."""
    if to_account is not None:
        colleague = await session.get(Account, to_account)
        if colleague is None or colleague.organisation_id != account.organisation_id or colleague.status != "active":
            raise NotFound
        if not may(colleague, "chats.write"):
            raise NotFound
    elif to_team is not None:
        team = await session.get(Team, to_team)
        if team is None or team.organisation_id != account.organisation_id:
            raise NotFound
    elif to_organisation is None:
        raise NotFound
    own = to_account is not None or to_team is not None
    target = await session.get(Organisation, account.organisation_id if own else to_organisation)
    if target is None or not target.active or target.id not in await queue.staffed(session):
        raise NotFound
    return target
