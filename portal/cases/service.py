"""Opening and changing cases. Nothing here commits."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.access import may
from portal.accounts.models import Account, Organisation
from portal.cases import parts, people, reach, timeline
from portal.cases.errors import Conflict, NotHere, Refused
from portal.cases.models import CaseFile, Party
from portal.cases.numbers import next_number
from portal.chat.models import Conversation
from portal.consents.service import adopt
from portal.handover.models import Handover
from portal.mail.notices import notify


@dataclasses.dataclass(frozen=True)
class Details:
    """What a case says of a concern, without names; every value was checked against the knowledge."""

    kind: str
    topic: str | None = None
    state: str | None = None
    occupation: str | None = None
    country: str | None = None
    language: str = "de"
    concern: str = ""


DETAILS = tuple(f.name for f in dataclasses.fields(Details))


async def chat_of(session: AsyncSession, account: Account, conversation_id: str) -> tuple[Conversation, Handover]:
    """A conversation that the account's organisation has or had, with its last stay there. Raises NotHere."""
    query = (
        select(Conversation, Handover)
        .join(Handover, col(Handover.conversation_id) == col(Conversation.id))
        .where(Conversation.id == conversation_id, Handover.organisation_id == account.organisation_id)
        .order_by(col(Handover.id).desc())
    )
    row = (await session.exec(query)).first()
    if row is None:
        raise NotHere(conversation_id)
    return row[0], row[1]


def guide_of(conversation: Conversation, handover: Handover) -> dict[str, Any]:
    """The guide's state {guide, facts}; empty where the assistant went on after the end: what it was answered since is not for
    those who had the chat before."""
    if handover.status == "ended" and conversation.owner != "ended":
        return {}
    return {k: conversation.guide[k] for k in ("guide", "facts") if conversation.guide.get(k)}


async def case_of_chat(session: AsyncSession, account: Account, conversation_id: str) -> CaseFile | None:
    """The case that the account's organisation made from a chat."""
    query = select(CaseFile).where(
        CaseFile.conversation_id == conversation_id, CaseFile.organisation_id == account.organisation_id
    )
    return (await session.exec(query)).first()


async def open_case(
    session: AsyncSession, account: Account, organisation: Organisation, details: Details, key: str, moment: dt.datetime,
    conversation_id: str | None = None,
) -> tuple[CaseFile, bool]:  # fmt: skip
    """A new case of the account's organisation; False: this form was sent before (FLT-24).
    Raises NotHere (no chat of theirs), Refused("other_content"), Conflict("has_case")."""
    key = hashlib.sha256(f"{account.id}:{key}".encode()).hexdigest()
    asked = digest(dataclasses.asdict(details) | {"chat": conversation_id})
    before = (await session.exec(select(CaseFile).where(CaseFile.key == key))).first()
    if before is not None:
        if before.asked != asked:
            raise Refused("other_content")
        return before, False
    role, guide = details.kind if details.kind != "both" else None, {}
    if conversation_id is not None:
        conversation, handover = await chat_of(session, account, conversation_id)
        await session.exec(select(Conversation.id).where(Conversation.id == conversation_id).with_for_update())
        if await case_of_chat(session, account, conversation_id) is not None:
            raise Conflict("has_case")
        guide = guide_of(conversation, handover)
        role = conversation.role or (guide.get("facts") or {}).get("role") or role
    case = CaseFile(
        number=await next_number(session, moment), organisation_id=organisation.id, account_id=account.id,
        conversation_id=conversation_id, guide=guide | {"role": role}, opened_at=moment, key=key, asked=asked,
        **dataclasses.asdict(details),
    )  # fmt: skip
    session.add(case)
    await session.flush()
    await _parties(session, case)
    timeline.tell(session, case, "opened", moment, account, version=0, chat=conversation_id is not None)
    await parts.stay_contact(session, case, organisation, moment, account)
    if conversation_id is not None and case.id is not None:
        await adopt(session, conversation_id, case.id)
    await people.take_over(session, case, organisation.id, moment, account)
    return case, True


def digest(said: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


async def _parties(session: AsyncSession, case: CaseFile) -> None:
    """One row for each person or company the case is about; a kind that is no longer meant goes, if nothing was named."""
    there = {p.kind: p for p in await people.parties(session, case)}
    for kind in people.PARTIES[case.kind]:
        if kind not in there:
            session.add(Party(case_id=case.id or 0, kind=kind, language=case.language))
    for kind, party in there.items():
        if kind not in people.PARTIES[case.kind] and not any(getattr(party, f) for f in people.NAMED):
            await session.delete(party)
    await session.flush()


async def change(
    session: AsyncSession, account: Account, number: str, details: Details, version: int, moment: dt.datetime
) -> CaseFile:
    """Change what a case says; what the organisation cannot read is not emptied by its empty field. Raises NotHere, Changed,
    Conflict."""
    case = await reach.own(session, account, number)
    await timeline.unchanged(session, case, version)
    hidden = set(people.HELD) - await people.readable(session, case, account.organisation_id, moment)
    new = [f for f in DETAILS if getattr(case, f) != getattr(details, f) and (f not in hidden or getattr(details, f))]
    if not new:
        return case
    for field in new:
        setattr(case, field, getattr(details, field))
    timeline.changed(session, case, "changed", moment, account, fields=new)
    if "kind" in new:
        await _parties(session, case)
    return case


async def assign(
    session: AsyncSession, account: Account, number: str, owner: int | None, deputy: int | None, version: int,
    moment: dt.datetime, address: str,
) -> CaseFile:  # fmt: skip
    """Who looks after a case, and who stands in; somebody else who gets it is told. Raises NotHere, Changed, Conflict,
    Refused("not_staff")."""
    case = await reach.own(session, account, number)
    await timeline.unchanged(session, case, version)
    staff = {a.id: a for a in await colleagues(session, account.organisation_id)}
    if {owner, deputy} - {None} - set(staff) or (owner is not None and owner == deputy):
        raise Refused("not_staff", "owner")
    if (owner, deputy) == (case.account_id, case.deputy_id):
        return case
    told = [staff[owner]] if owner not in (None, case.account_id, account.id) else []
    case.account_id, case.deputy_id = owner, deputy
    timeline.changed(session, case, "assigned", moment, account, owner=owner, deputy=deputy)
    await notify(
        session, "case_assigned", told, key=f"{case.id}:{case.version}", link=f"/staff/cases/{number}", address=address,
        values={"number": number},
    )  # fmt: skip
    return case


async def colleagues(session: AsyncSession, organisation_id: str) -> list[Account]:
    """Who can look after cases of an organisation, by name."""
    query = select(Account).where(Account.organisation_id == organisation_id, Account.status == "active")
    return [a for a in await session.exec(query.order_by(Account.name)) if may(a, "cases.write")]
