"""Who waits where, and who is there: queries."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ScalarSelect
from sqlmodel import and_, col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.access import rights
from portal.accounts.models import Account
from portal.handover.models import LIVE, Handover

WANTED = dt.timedelta(minutes=2)  # how long a chat that goes on is kept for its former counsellor
FRESH = {"populate_existing": True}  # as it is since the conversation is locked, not as it was when first looked at


async def current(session: AsyncSession, conversation_id: str) -> Handover | None:
    """The hand-over of a conversation that is not ended."""
    query = select(Handover).where(Handover.conversation_id == conversation_id, col(Handover.status).in_(LIVE))
    return (await session.exec(query.execution_options(**FRESH))).first()


async def latest(session: AsyncSession, conversation_id: str) -> Handover | None:
    """The last hand-over of a conversation, ended or not."""
    query = select(Handover).where(Handover.conversation_id == conversation_id).order_by(col(Handover.id).desc())
    return (await session.exec(query.limit(1).execution_options(**FRESH))).first()


async def place(session: AsyncSession, handover: Handover) -> int:
    """1 for the one who waits longest in the queue of the same organisation and team."""
    before = or_(
        col(Handover.place) < handover.place,
        and_(col(Handover.place) == handover.place, col(Handover.id) <= (handover.id or 0)),
    )
    team = col(Handover.team_id)
    query = select(func.count()).where(
        Handover.organisation_id == handover.organisation_id, Handover.status == "waiting", before,
        team.is_(None) if handover.team_id is None else team == handover.team_id,
    )  # fmt: skip
    return int((await session.exec(query)).one())


async def places(session: AsyncSession, organisation_id: str) -> dict[str, int]:
    """The place of everybody who waits for an organisation, by conversation."""
    query = (
        select(Handover.conversation_id, Handover.team_id)
        .where(Handover.organisation_id == organisation_id, Handover.status == "waiting")
        .order_by(col(Handover.place), col(Handover.id))
    )
    found: dict[str, int] = {}
    lengths: dict[int | None, int] = {}
    for conversation_id, team in (await session.exec(query)).all():
        found[conversation_id] = lengths[team] = lengths.get(team, 0) + 1
    return found


async def on_duty(session: AsyncSession, organisation_ids: list[str] | None = None) -> dict[str, int]:
    """How many people take chats now, by organisation."""
    query = select(Account.organisation_id, func.count()).where(Account.status == "active", col(Account.on_duty))
    if organisation_ids is not None:
        query = query.where(col(Account.organisation_id).in_(organisation_ids))
    return dict((await session.exec(query.group_by(col(Account.organisation_id)))).all())


def duty() -> ScalarSelect[int]:
    """How many people take chats now, as a column of a query for hand-overs."""
    there = (Account.organisation_id == Handover.organisation_id, Account.status == "active", col(Account.on_duty))
    return select(func.count(col(Account.id))).where(*there).correlate(Handover).scalar_subquery()


async def staffed(session: AsyncSession) -> set[str]:
    """The organisations where somebody may take chats at all, on duty or not."""
    query = select(Account.organisation_id, Account.roles).where(Account.status == "active")
    return {house for house, roles in (await session.exec(query)).all() if rights()["chats.write"] & set(roles)}


async def load(session: AsyncSession, account_id: int) -> int:
    """How many chats an account has now."""
    query = select(func.count()).where(Handover.account_id == account_id, Handover.status == "taken")
    return int((await session.exec(query)).one())


async def next_for(session: AsyncSession, account: Account, moment: dt.datetime) -> Handover | None:
    """The chat that an account takes next: the longest waiting of its organisation and team. What waits for a colleague who is
    on duty is left to them until `wanted_until`; then anybody may have it. None while the account has as many as it may have,
    or is not on duty."""
    if not account.on_duty or await load(session, account.id or 0) >= account.most:
        return None
    colleague = select(Account.id).where(Account.status == "active", col(Account.on_duty)).scalar_subquery()
    wanted, team = col(Handover.wanted_id), col(Handover.team_id)
    query = (
        select(Handover)
        .where(
            Handover.organisation_id == account.organisation_id,
            Handover.status == "waiting",
            or_(
                wanted == account.id,
                col(Handover.wanted_until) < moment,
                and_(or_(team.is_(None), team == account.team_id), or_(wanted.is_(None), wanted.not_in(colleague))),
            ),
        )
        .order_by(col(Handover.place), col(Handover.id))
        .limit(1)
    )
    return (await session.exec(query)).first()
