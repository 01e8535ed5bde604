"""The queue of an organisation as its desk shows it: three queries, however many wait."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Text, bindparam, type_coerce
from sqlalchemy.orm import aliased
from sqlmodel import and_, case, col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal import access
from portal.accounts.models import Account, Team
from portal.chat.models import Conversation, Message
from portal.handover.models import LIVE, Handover

SHOWN = 30  # rows at first, and with each "more"
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
    """Own chats are all there; of the other lists the first `shown`, `counts` (waiting, message, taken) says how many there are."""

    waiting: list[Row]
    left: list[Row]
    own: list[Row]
    colleagues: list[Row]
    counts: dict[str, int]
    teams: list[tuple[int, str]]
    team: int | None
    shown: int

    @property
    def count(self) -> int:
        """How many wait."""
        return self.counts.get("waiting", 0)

    @property
    def count_left(self) -> int:
        return self.counts.get("message", 0)

    @property
    def count_colleagues(self) -> int:
        return self.counts.get("taken", 0) - len(self.own)

    @property
    def next(self) -> int | None:
        """How many to show with "more"; None: as many as there may be."""
        return self.shown + SHOWN if self.shown < MOST else None

    @property
    def unread(self) -> int:
        return sum(row.unread for row in self.own)


def _rows() -> Any:
    """The columns of a Row."""
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
    return (
        query.join(Conversation, col(Conversation.id) == col(Handover.conversation_id))
        .join(Message, said, isouter=True)
        .join(Account, col(Account.id) == col(Handover.account_id), isouter=True)
        .join(wanted, wanted.id == col(Handover.wanted_id), isouter=True)
        .join(Team, col(Team.id) == col(Handover.team_id), isouter=True)
    )


@cache
def _statements(of_team: bool) -> tuple[Any, Any]:
    """The rows and how many there are by status; made once, for making them takes longer than what they ask. Parameters:
    organisation, account, shown, team."""
    own = and_(col(Handover.status) == "taken", col(Handover.account_id) == bindparam("account"))
    there = and_(access.chats_of(bindparam("organisation")), col(Handover.status).in_(LIVE))
    if of_team:
        there = and_(there, or_(col(Handover.team_id) == bindparam("team"), own))
    in_order = [col(Handover.place), col(Handover.id)]
    nth: Any = func.row_number().over(partition_by=[col(Handover.status), own], order_by=in_order).label("nth")
    firsts = select(Handover.id, nth).where(there).subquery()
    rows = _rows().join(firsts, firsts.c.id == col(Handover.id)).where(or_(own, firsts.c.nth <= bindparam("shown")))
    return rows.order_by(*in_order), select(Handover.status, func.count()).where(there).group_by(col(Handover.status))


async def load(session: AsyncSession, account: Account, team: int | None = None, shown: int = SHOWN) -> Queue:
    """What the desk of an account shows; with a team, only what is there (own chats always)."""
    shown = max(1, min(shown, MOST))
    listing, counting = _statements(team is not None)
    asked = {"organisation": account.organisation_id, "account": account.id, "team": team, "shown": shown}
    rows = [Row(*r) for r in await session.exec(listing, params=asked)]
    counts = dict((await session.exec(counting, params=asked)).all())
    of_mine = select(Team.id, Team.name).where(Team.organisation_id == account.organisation_id)
    teams: Any = (await session.exec(of_mine.order_by(col(Team.name)))).all()
    lists = {status: [row for row in rows if row.status == status] for status in LIVE}
    mine = [row for row in lists["taken"] if row.account_id == account.id]
    colleagues = [row for row in lists["taken"] if row.account_id != account.id]
    return Queue(
        lists["waiting"], lists["message"], mine, colleagues, counts, [(t[0], t[1]) for t in teams], team, shown
    )
