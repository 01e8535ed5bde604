"""The parts organisations have in a case, with their history (DOC-05, S000)."""

from __future__ import annotations

import datetime as dt

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account, Organisation
from portal.cases import people, reach, timeline
from portal.cases.errors import Conflict, NotHere
from portal.cases.models import CaseFile, Part

CONTACTS = ("ag_s",)  # kinds that stay the employer's contact in the whole process (S000)


async def begin(
    session: AsyncSession, case: CaseFile, organisation_id: str, part: str, moment: dt.datetime, account: Account | None,
    who: int | None = None,
) -> None:  # fmt: skip
    """An organisation takes part; nothing where it has this part already."""
    if part in {p.part for p in await of(session, case) if p.organisation_id == organisation_id and p.until is None}:
        return
    session.add(Part(case_id=case.id or 0, organisation_id=organisation_id, part=part, since=moment, account_id=who))
    timeline.tell(session, case, "part_begun", moment, account, organisation=organisation_id, part=part)
    await session.flush()


async def stay_contact(
    session: AsyncSession, case: CaseFile, organisation: Organisation, moment: dt.datetime, account: Account | None
) -> None:
    """An AG-S in a case with an employer becomes, and stays, the employer's contact, unless another one is."""
    if organisation.kind in CONTACTS and case.kind != "worker" and not await people.employer_contacts(session, case):
        who = account.id if account is not None and account.organisation_id == organisation.id else None
        await begin(session, case, organisation.id, "employer_contact", moment, account, who)


async def of(session: AsyncSession, case: CaseFile) -> list[Part]:
    """Present and past parts, oldest first."""
    return list(await session.exec(select(Part).where(Part.case_id == case.id).order_by(col(Part.since), col(Part.id))))


async def end(session: AsyncSession, account: Account, number: str, part_id: int, moment: dt.datetime) -> CaseFile:
    """The responsible organisation ends a part, or an organisation its own. Access ends with its last part.
    Raises NotHere, Conflict."""
    case = await reach.get(session, account, number, lock=True)
    reach.writable(case)
    part = next((p for p in await of(session, case) if p.id == part_id), None)
    if part is None:
        raise NotHere(part_id)
    if account.organisation_id not in (case.organisation_id, part.organisation_id):
        raise Conflict("not_responsible")
    if part.until is None:
        part.until = moment
        session.add(part)
        timeline.tell(session, case, "part_ended", moment, account, organisation=part.organisation_id, part=part.part)
    return case
