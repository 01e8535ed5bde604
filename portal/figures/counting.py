"""What is counted: hand-overs that were asked for, and transfers that were received, in a period.

Three queries, whatever the grouping; medians come from one narrow reading of times, for the two databases share no
function for them. Nothing is counted per member of staff (PRV-30).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import math
import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.access import everywhere
from portal.accounts.models import Account, Organisation
from portal.cases.models import CaseFile
from portal.figures.groupings import Grouping
from portal.figures.period import Period
from portal.handover.models import Handover
from portal.referrals.models import Transfer

Key = str | None
AT_ONCE = 500  # rows; between them those who chat get their turn


@dataclass(frozen=True)
class Spread:
    """Of durations in seconds: the one in the middle, the one that nine of ten do not exceed, the longest."""

    count: int
    median: int
    ninetieth: int
    longest: int


def spread(seconds: list[int]) -> Spread | None:
    """None of none."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    ninetieth = ordered[math.ceil(len(ordered) * 0.9) - 1]
    return Spread(len(ordered), round(statistics.median(ordered)), ninetieth, ordered[-1])


@dataclass
class Tally:
    """`chats`: their ids; of one that was deleted each hand-over stands for a chat. `waits`, `answers`: seconds of live chats, to
    being taken and to the first answer of a person. `letters`: seconds to the answer to a message that was left while nobody
    was there. Transfers under the 48-hour rule (48-Stunden-Regel, S002) as the receiver's own rule says: `in_time`, `late`,
    `overdue` (undecided and past), `open` (undecided and not past)."""

    chats: set[str] = field(default_factory=set)
    handovers: int = 0
    waits: list[int] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    letters: list[int] = field(default_factory=list)
    clock: Counter[str] = field(default_factory=Counter)

    @property
    def transfers(self) -> int:
        return self.clock.total()


@dataclass
class Figures:
    """`reasons`, `ends`, `ratings`: how many hand-overs by each; `decisions`: transfers that were received, by their status."""

    total: Tally = field(default_factory=Tally)
    groups: defaultdict[Key, Tally] = field(default_factory=lambda: defaultdict(Tally))
    reasons: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    ratings: Counter[int] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)

    def tallies(self, key: Key) -> tuple[Tally, Tally]:
        return self.total, self.groups[key]


def reach(account: Account, organisation: Organisation) -> str | None:
    """The organisation whose figures an account reads; None: all of them."""
    return None if everywhere(account, organisation) else account.organisation_id


async def count(
    session: AsyncSession, organisation_id: str | None, period: Period, grouping: Grouping, moment: dt.datetime
) -> Figures:
    """The figures of an organisation, or of all."""
    figures = Figures()
    for step in grouping.steps(period):
        figures.groups[step]
    await count_stays(session, figures, organisation_id, period, grouping)
    await count_kinds(session, figures, organisation_id, period)
    await count_transfers(session, figures, organisation_id, period, grouping, moment)
    return figures


def asked(organisation_id: str | None, period: Period) -> list[Any]:
    when = [col(Handover.asked_at) >= period.start, col(Handover.asked_at) < period.end]
    return when if organisation_id is None else [col(Handover.organisation_id) == organisation_id, *when]


async def count_stays(
    session: AsyncSession, figures: Figures, organisation_id: str | None, period: Period, grouping: Grouping
) -> None:
    columns: list[Any] = [
        grouping.stay, Handover.id, Handover.conversation_id, Handover.reason, Handover.asked_at, Handover.taken_at,
        Handover.asked_staff_at, Handover.answered_at,
    ]  # fmt: skip
    query: Any = select(*columns).where(*asked(organisation_id, period))
    for rows in (await session.exec(query)).partitions(AT_ONCE):
        for value, id_, chat, reason, came, taken, asked_staff, answered in rows:
            left = reason == "message"
            wait = seconds(came, taken) if taken and not left else None
            # an answer from before the chat was passed on to here is the first answer of somebody else
            answer = seconds(asked_staff or came, answered) if answered and answered >= came else None
            for tally in figures.tallies(grouping.key(value, came)):
                tally.chats.add(chat or str(id_))
                tally.handovers += 1
                if wait is not None:
                    tally.waits.append(wait)
                if answer is not None:
                    (tally.letters if left else tally.answers).append(answer)
        await asyncio.sleep(0)


async def count_kinds(session: AsyncSession, figures: Figures, organisation_id: str | None, period: Period) -> None:
    kinds: list[Any] = [Handover.reason, Handover.status, Handover.end_reason, Handover.rating]
    columns: list[Any] = [*kinds, func.count()]
    query: Any = select(*columns).where(*asked(organisation_id, period)).group_by(*kinds)
    for reason, status, end, rating, n in await session.exec(query):
        figures.reasons[reason] += n
        figures.ends[end or "ended" if status == "ended" else "open"] += n
        if rating is not None:
            figures.ratings[rating] += n


async def count_transfers(
    session: AsyncSession,
    figures: Figures,
    organisation_id: str | None,
    period: Period,
    grouping: Grouping,
    moment: dt.datetime,
) -> None:
    """Transfers that were received; a revoked one that was never decided tells nothing about its receiver."""
    columns: list[Any] = [grouping.transfer, Transfer.status, Transfer.sent_at, Transfer.due_at, Transfer.decided_at]
    query: Any = (
        select(*columns)
        .join(CaseFile, col(CaseFile.id) == col(Transfer.case_id))
        .where(col(Transfer.sent_at) >= period.start, col(Transfer.sent_at) < period.end)
    )
    if organisation_id is not None:
        query = query.where(col(Transfer.to_id) == organisation_id)
    for value, status, sent, due, decided in await session.exec(query):
        if decided is None and status == "revoked":
            continue
        figures.decisions[status] += 1
        state = ("in_time" if decided <= due else "late") if decided else "overdue" if due < moment else "open"
        for tally in figures.tallies(grouping.key(value, sent)):
            tally.clock[state] += 1


def seconds(since: dt.datetime, until: dt.datetime) -> int:
    return max(0, round((until - since).total_seconds()))


async def organisations(session: AsyncSession) -> dict[str, str]:
    """Names by id."""
    return {row[0]: row[1] for row in await session.exec(select(Organisation.id, Organisation.name))}
