"""The people of a case, and who may read what of them: named fields only with a valid consent for the reading organisation, or
where bodies under § 35 SGB I share for a task (DOC-06, PRV-05, SEC-B05)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account
from portal.cases import timeline
from portal.cases.models import CaseEvent, CaseFile, Part, Party
from portal.consents.models import Consent
from portal.referrals.models import Transfer

NAMED = {"name": 120, "email": 254, "phone": 40, "company": 120}  # of a party; how long at most
HELD = ("country", "concern")  # what else a case holds of a person; the concern with the answers in a guide
PARTIES = {"worker": ("worker",), "employer": ("employer",), "both": ("worker", "employer")}


@dataclass(frozen=True)
class Shown:
    """A person or company as one organisation may see it. `withheld`: another organisation is the employer's contact."""

    kind: str
    language: str
    fields: dict[str, str]
    withheld: bool


async def consents(session: AsyncSession, case: CaseFile, to_id: str, moment: dt.datetime) -> list[Consent]:
    """The consents of the case's person to an organisation that are valid at the moment, oldest first."""
    return await consents_of(session, case.id, case.conversation_id, to_id, moment)


async def consents_of(
    session: AsyncSession, case_id: int | None, conversation_id: str | None, to_id: str, moment: dt.datetime
) -> list[Consent]:
    """The same of a chat that has no case yet, or of both."""
    person = [col(Consent.case_id) == case_id] if case_id is not None else []
    if conversation_id is not None:
        person.append(col(Consent.conversation_id) == conversation_id)
    if not person:
        return []
    query = select(Consent).where(
        or_(*person), Consent.to_id == to_id, col(Consent.given_at).is_not(None), col(Consent.refused_at).is_(None),
        col(Consent.withdrawn_at).is_(None), or_(col(Consent.ends_at).is_(None), col(Consent.ends_at) > moment),
    )  # fmt: skip
    query = query.order_by(col(Consent.given_at), col(Consent.id)).execution_options(populate_existing=True)
    return list(await session.exec(query))


async def allowed(session: AsyncSession, case: CaseFile, organisation_id: str, moment: dt.datetime) -> dict[str, str]:
    """The fields an organisation may read now, with what was given for them ("" where only the case holds it)."""
    found: dict[str, str] = {}
    if case.erased_at is not None:
        return found
    tasks = select(Transfer).where(
        Transfer.case_id == case.id, Transfer.to_id == organisation_id, Transfer.basis == "task_35",
        col(Transfer.status).in_(("sent", "accepted")),
    )  # fmt: skip
    for transfer in await session.exec(tasks):
        found |= dict.fromkeys(transfer.fields, "")
    for consent in await consents(session, case, organisation_id, moment):
        found |= {f: str(consent.given.get(f, "")) or found.get(f, "") for f in consent.fields}
    return found


async def readable(session: AsyncSession, case: CaseFile, organisation_id: str, moment: dt.datetime) -> set[str]:
    """Which of HELD an organisation may read: who opened the case heard it itself; others read what was passed on to them, as
    long as its basis holds."""
    opened = select(CaseEvent.id).where(
        CaseEvent.case_id == case.id, CaseEvent.what == "opened", CaseEvent.organisation_id == organisation_id
    )
    if (await session.exec(opened)).first() is not None:
        return set(HELD)
    return set(HELD) & set(await allowed(session, case, organisation_id, moment))


async def shown(session: AsyncSession, case: CaseFile, organisation_id: str, moment: dt.datetime) -> list[Shown]:
    """The people of a case as an organisation may see them. How to reach an employer stays with its contact (S000), unless
    the employer agreed that this very organisation has it."""
    may = await allowed(session, case, organisation_id, moment)
    agreed = {f for consent in await consents(session, case, organisation_id, moment) for f in consent.fields}
    contact = await employer_contacts(session, case)
    out = []
    for party in await parties(session, case):
        outside = party.kind == "employer" and bool(contact) and organisation_id not in contact
        given = may if party.kind == asker(case) else dict.fromkeys(may, "")
        own = agreed if party.kind == asker(case) else set()
        withheld = {f for f in NAMED if outside and f in may and f != "company" and f not in own}
        fields = {f: getattr(party, f) or given[f] for f in NAMED if f in may and f not in withheld}
        out.append(Shown(party.kind, party.language, {f: v for f, v in fields.items() if v}, bool(withheld)))
    return out


async def parties(session: AsyncSession, case: CaseFile) -> list[Party]:
    return list(await session.exec(select(Party).where(Party.case_id == case.id).order_by(col(Party.id))))


async def employer_contacts(session: AsyncSession, case: CaseFile) -> list[str]:
    """The organisations that are the employer's contact (S000: the AG-S, all the way)."""
    query = select(Part.organisation_id).where(
        Part.case_id == case.id, Part.part == "employer_contact", col(Part.until).is_(None)
    )
    return list(await session.exec(query))


def asker(case: CaseFile) -> str:
    """Whose data a consent of the chat is about: the one who asked."""
    role = str(case.guide.get("role") or "")
    kinds = PARTIES[case.kind]
    return role if role in kinds else kinds[0]


async def take_over(
    session: AsyncSession, case: CaseFile, organisation_id: str, moment: dt.datetime, account: Account | None
) -> None:
    """Put what was given with valid consents for an organisation into the case, where it holds nothing yet."""
    taken = []
    given = await consents(session, case, organisation_id, moment)
    for party in await parties(session, case):
        if party.kind != asker(case):
            continue
        for consent in given:
            for field in (f for f in NAMED if f in consent.fields and consent.given.get(f) and not getattr(party, f)):
                setattr(party, field, str(consent.given[field])[: NAMED[field]])
                taken.append(field)
        session.add(party)
    if taken:
        timeline.tell(session, case, "names_taken", moment, account, fields=taken)


async def given(session: AsyncSession, consents: list[Consent], moment: dt.datetime) -> None:
    """A person said yes in a chat that has cases already: those of the receivers hold it from now on."""
    for consent in (c for c in consents if c.given_at is not None):
        mine = select(Part.case_id).where(Part.organisation_id == consent.to_id, col(Part.until).is_(None))
        query = select(CaseFile).where(
            CaseFile.conversation_id == consent.conversation_id, col(CaseFile.erased_at).is_(None),
            or_(CaseFile.organisation_id == consent.to_id, col(CaseFile.id).in_(mine)),
        ).order_by(col(CaseFile.id)).with_for_update(key_share=True)  # fmt: skip
        for case in await session.exec(query):
            await take_over(session, case, consent.to_id, moment, None)


async def tidy(session: AsyncSession, case: CaseFile, moment: dt.datetime) -> None:
    """Empty what no organisation may read any more."""
    readers = select(Consent.to_id).where(
        or_(col(Consent.case_id) == case.id, col(Consent.conversation_id) == (case.conversation_id or ""))
    )
    shared = select(Transfer.to_id).where(Transfer.case_id == case.id, Transfer.basis == "task_35")
    kept: set[str] = set()
    for organisation_id in {*(await session.exec(readers)), *(await session.exec(shared))}:
        kept |= set(await allowed(session, case, organisation_id, moment))
    for party in await parties(session, case):
        for field in NAMED:
            if field not in kept:
                setattr(party, field, "")
        session.add(party)
