"""The queue of an organisation as its desk shows it: four queries, however many wait."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, type_coerce
from sqlalchemy.orm import aliased
from sqlmodel import and_, case, col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal import access
from portal.accounts.models import Account, Team
from portal.chat.models import Conversation, Message
from portal.handover.models import Handover

SHOWN = 50  # rows at first, and with each "more"
MOST = 1000
LINE = 160  # characters of the last line
LEFT = '"left":true'  # in the JSON of a left message


@dataclass(frozen=True)
class Row:
    """A chat in a list: where it stands, since when, whose it is, what the visitor wrote last (of a left message: that one),
    and what is unread."""

    chat: str
    status: str
    reason: str
    language: str
    role: str | None
    topic: str | None
    state: str | None
    place: dt.datetime
    asked_at: dt.datetime
    taken_at: dt.datetime | None
    account_id: int | None
    account: str | None
    wanted: str | None
    team: str | None
    line: str | None
    unread: int

    def since(self, moment: dt.datetime) -> int:
        """Minutes of waiting; of a taken chat, minutes since it was taken."""
        begun = self.taken_at if self.status == "taken" and self.taken_at else self.asked_at
        return max(0, int((moment - begun).total_seconds() // 60))


@dataclass(frozen=True)
class Queue:
    """`waiting` may be cut off at `shown`; `count` says how many there are."""

    waiting: list[Row]
    count: int
    left: list[Row]
    own: list[Row]
    colleagues: list[Row]
    teams: list[tuple[int, str]]
    team: int | None
    shown: int

    @property
    def more(self) -> bool:
        return len(self.waiting) < self.count and self.shown < MOST

    @property
    def unread(self) -> int:
        return sum(row.unread for row in self.own)


def _rows(account: Account, team: int | None) -> Any:
    """The columns of a Row, for the chats an account reaches."""
    own: Any = (
        select(func.max(Message.seq))
        .where(Message.conversation_id == Handover.conversation_id, Message.author == "visitor")
        .correlate(Handover)
    )  # fmt: skip
    left: Any = own.where(type_coerce(col(Message.hidden), Text).contains(LEFT, autoescape=True)).scalar_subquery()
    last: Any = own.scalar_subquery()
    last = case((col(Handover.status) == "message", func.coalesce(left, last)), else_=last)
    unread: Any = (
        select(func.count())
        .select_from(Message)
        .where(Message.conversation_id == Handover.conversation_id, Message.author == "visitor",
               col(Message.seq) > col(Conversation.staff_read))
        .correlate(Handover, Conversation).scalar_subquery()
    )  # fmt: skip
    wanted: Any = aliased(Account)
    said = and_(col(Message.conversation_id) == col(Handover.conversation_id), col(Message.seq) == last)
    columns: list[Any] = [
        Handover.conversation_id, Handover.status, Handover.reason, Conversation.language, Handover.role, Handover.topic,
        Handover.state, Handover.place, Handover.asked_at, Handover.taken_at, Handover.account_id, Account.name,
        wanted.name, Team.name, func.substr(Message.text, 1, LINE), unread,
    ]  # fmt: skip
    query: Any = select(*columns).select_from(Handover)
    query = (
        query.join(Conversation, col(Conversation.id) == col(Handover.conversation_id))
        .join(Message, said, isouter=True)
        .join(Account, col(Account.id) == col(Handover.account_id), isouter=True)
        .join(wanted, wanted.id == col(Handover.wanted_id), isouter=True)
        .join(Team, col(Team.id) == col(Handover.team_id), isouter=True)
        .where(access.chats_of(account))
        .order_by(col(Handover.place), col(Handover.id))
    )
    return query if team is None else query.where(or_(Handover.team_id == team, Handover.account_id == account.id))


async def load(session: AsyncSession, account: Account, team: int | None = None, shown: int = SHOWN) -> Queue:
    """What the desk of an account shows; with a team, only what waits there (own chats always)."""
    shown = max(1, min(shown, MOST))
    query = _rows(account, team)
    waiting = [Row(*r) for r in await session.exec(query.where(Handover.status == "waiting").limit(shown))]
    busy = [Row(*r) for r in await session.exec(query.where(col(Handover.status).in_(("taken", "message"))).limit(200))]
    counting: Any = select(func.count()).where(access.chats_of(account), Handover.status == "waiting")
    if team is not None:
        counting = counting.where(Handover.team_id == team)
    count = (await session.exec(counting)).one()
    of_mine = select(Team.id, Team.name).where(Team.organisation_id == account.organisation_id)
    teams: Any = (await session.exec(of_mine.order_by(col(Team.name)))).all()
    taken = [row for row in busy if row.status == "taken"]
    return Queue(
        waiting, count, [r for r in busy if r.status == "message"], [r for r in taken if r.account_id == account.id],
        [r for r in taken if r.account_id != account.id], [(t[0], t[1]) for t in teams], team, shown,
    )  # fmt: skip
