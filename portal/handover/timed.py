"""What time does, to one hand-over at a time: it is found without a lock, and judged again when its conversation is locked.

So two portal processes, or somebody who acts in between, do no harm: what does not hold any more is left alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Organisation
from portal.chat.models import Conversation
from portal.chat.service import NotFound
from portal.database import Database
from portal.handover import ownership
from portal.handover.models import Handover


@dataclass(frozen=True)
class Work:
    """A hand-over with its conversation locked. `address`: of the portal, for mails."""

    session: AsyncSession
    conversation: Conversation
    handover: Handover
    organisation: Organisation
    moment: dt.datetime
    address: str


What = Callable[[Work], Awaitable[None]]


class Rule(NamedTuple):
    """`query`: hand-overs that may be concerned at a moment, with `rows`; `what`: what is to be done with a row; None: nothing."""

    query: Callable[[dt.datetime], Any]
    what: Callable[[Any, dt.datetime], What | None]


@dataclass
class Swept:
    """`woken`: keys of the bus; `back`: conversations that the assistant has again; `failed`: what went wrong, one by one."""

    woken: set[str] = field(default_factory=set)
    back: set[str] = field(default_factory=set)
    failed: list[Exception] = field(default_factory=list)


def rows(*more: Any) -> Any:
    """A query for rows of (Handover, Organisation, ...)."""
    columns: tuple[Any, ...] = (Handover, Organisation, *more)
    query: Any = select(*columns).join(Organisation, col(Organisation.id) == col(Handover.organisation_id))
    return query.order_by(col(Handover.id))


async def run(rule: Rule, database: Database, moment: dt.datetime, address: str, swept: Swept) -> None:
    """Do what is due by a rule, each in a transaction of its own."""
    async with database.look() as session:
        due = [row[0] for row in (await session.exec(rule.query(moment))).all() if rule.what(row, moment)]
    for found in due:
        async with database.write() as session:
            try:
                conversation = await ownership.locked(session, found.conversation_id)
                row = (await session.exec(rule.query(moment).where(Handover.id == found.id))).first()
                what = rule.what(row, moment) if row else None
                if what is None:
                    continue
                await what(Work(session, conversation, row[0], row[1], moment, address))
                await session.commit()
            except (NotFound, ownership.Moved):
                continue
            except Exception as error:  # it must not stop the others
                swept.failed.append(error)
                continue
        swept.woken |= {conversation.id, f"org:{found.organisation_id}"}
        if conversation.owner == "assistant":
            swept.back.add(conversation.id)
