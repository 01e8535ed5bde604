"""Transfers as one side may see them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account, Organisation
from portal.cases import people
from portal.cases.errors import NotHere
from portal.cases.models import CaseFile, Task
from portal.referrals.models import Transfer

PAGE = 25


@dataclass(frozen=True)
class Row:
    """`other`: the organisation on the other side."""

    transfer: Transfer
    number: str
    topic: str | None
    other: str


async def incoming(session: AsyncSession, account: Account, page: int = 1) -> list[Row]:
    """What others want of the account's organisation, undecided, by due time."""
    return await _rows(
        session, col(Transfer.from_id), page, [col(Transfer.due_at), col(Transfer.id)],
        Transfer.to_id == account.organisation_id, Transfer.status == "sent",
    )  # fmt: skip


async def decided(session: AsyncSession, account: Account, page: int = 1) -> list[Row]:
    """What came in and is decided or was revoked, the newest first."""
    return await _rows(
        session, col(Transfer.from_id), page, [col(Transfer.sent_at).desc(), col(Transfer.id).desc()],
        Transfer.to_id == account.organisation_id, Transfer.status != "sent",
    )  # fmt: skip


async def outgoing(session: AsyncSession, account: Account, page: int = 1) -> list[Row]:
    """What the account's organisation sent, the newest first."""
    return await _rows(
        session, col(Transfer.to_id), page, [col(Transfer.sent_at).desc(), col(Transfer.id).desc()],
        Transfer.from_id == account.organisation_id,
    )  # fmt: skip


async def _rows(session: AsyncSession, side: Any, page: int, order: list[Any], *where: Any) -> list[Row]:
    """One row more than a page holds: it says that there is a next one."""
    query = (
        select(Transfer, CaseFile.number, CaseFile.topic, Organisation.name)
        .join(CaseFile, col(CaseFile.id) == col(Transfer.case_id))
        .join(Organisation, col(Organisation.id) == side)
        .where(*where)
        .order_by(*order)
    )
    return [Row(*row) for row in await session.exec(query.offset((page - 1) * PAGE).limit(PAGE + 1))]


async def get(session: AsyncSession, account: Account, transfer_id: int) -> tuple[Transfer, CaseFile]:
    """A transfer that the account's organisation sent or got. Raises NotHere."""
    mine = or_(col(Transfer.from_id) == account.organisation_id, col(Transfer.to_id) == account.organisation_id)
    query = (
        select(Transfer, CaseFile)
        .join(CaseFile, col(CaseFile.id) == col(Transfer.case_id))
        .where(Transfer.id == transfer_id, mine)
    )
    row = (await session.exec(query)).first()
    if row is None:
        raise NotHere(transfer_id)
    return row[0], row[1]


async def contact(session: AsyncSession, case: CaseFile) -> str | None:
    """The organisation that stays the employer's contact (S000), by name."""
    ids = await people.employer_contacts(session, case)
    query = select(Organisation.name).where(col(Organisation.id).in_(ids)).order_by(Organisation.name)
    return (await session.exec(query)).first() if ids else None


async def of_case(session: AsyncSession, case: CaseFile, organisation_id: str) -> list[Transfer]:
    """The transfers of a case that an organisation may know of: all of them where it is responsible, else its own."""
    query = select(Transfer).where(Transfer.case_id == case.id)
    if case.organisation_id != organisation_id:
        query = query.where(or_(col(Transfer.from_id) == organisation_id, col(Transfer.to_id) == organisation_id))
    return list(await session.exec(query.order_by(col(Transfer.sent_at).desc(), col(Transfer.id).desc())))


async def passed(session: AsyncSession, transfer: Transfer, case: CaseFile, moment: dt.datetime) -> dict[str, str]:
    """What the receiver reads of the person: the fields that were passed on, while the basis holds and it was not given back."""
    if transfer.status not in ("sent", "accepted"):
        return {}
    fields = [f for f in transfer.fields if f in await people.allowed(session, case, transfer.to_id, moment)]
    given: dict[str, str] = {}
    for shown in await people.shown(session, case, transfer.to_id, moment):
        given |= {f: v for f, v in shown.fields.items() if f in fields and not given.get(f)}
    return given | {f: getattr(case, f) or "" for f in ("country", "occupation", "concern") if f in fields}


async def withdrawals(session: AsyncSession, account: Account) -> list[tuple[Task, str]]:
    """What the organisation has to stop because a consent was withdrawn, with the case's number, also of cases it no longer sees."""
    query = (
        select(Task, CaseFile.number)
        .join(CaseFile, col(CaseFile.id) == col(Task.case_id))
        .where(
            Task.organisation_id == account.organisation_id, Task.title == "consent_withdrawn",
            col(Task.done_at).is_(None), col(Task.cancelled_at).is_(None),
        )
        .order_by(col(Task.made_at))
    )  # fmt: skip
    return [(task, number) for task, number in await session.exec(query)]
