"""The end of a case's contents (RET-03): six months after it was closed; the record of transfers stays three more years (RET-06)."""

from __future__ import annotations

import datetime as dt

from sqlmodel import col, delete, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.cases import timeline
from portal.cases.models import CaseEvent, CaseFile, CaseNote, Party, Task
from portal.consents.models import Consent
from portal.referrals.models import Transfer

RESTRICTED = dt.timedelta(days=183)  # closed and only read (DOC-10)
RECORDS = dt.timedelta(days=3 * 366)  # of transfers and consents, after the contents are gone
AT_ONCE = 100


async def erase(session: AsyncSession, case: CaseFile, moment: dt.datetime) -> None:
    """Erase what a case says of people. Its number and what was passed on when to whom stay; its chat goes by its own period."""
    for table in (Party, CaseNote, Task, CaseEvent):
        await session.exec(delete(table).where(col(table.case_id) == case.id))  # type: ignore[attr-defined]
    await session.exec(
        update(Transfer)
        .where(col(Transfer.case_id) == case.id, col(Transfer.status) == "sent")
        .values(status="revoked", revoked_at=moment)
    )
    await session.exec(update(Transfer).where(col(Transfer.case_id) == case.id).values(message="", answer=""))
    await _consents(session, case)
    case.topic = case.state = case.occupation = case.country = case.conversation_id = None
    case.concern, case.guide, case.language, case.erased_at = "", {}, "", moment
    case.account_id = case.deputy_id = None
    if case.status != "closed":
        case.status, case.closed_at = "closed", moment
    timeline.changed(session, case, "erased", moment, None)


async def _consents(session: AsyncSession, case: CaseFile) -> None:
    """What was given with the case's consents goes; not where another case of the same chat still rests on them."""
    mine = [col(Consent.case_id) == case.id]
    if case.conversation_id is not None:
        other = select(CaseFile.id).where(
            CaseFile.conversation_id == case.conversation_id, CaseFile.id != case.id, col(CaseFile.erased_at).is_(None)
        )
        there = (await session.exec(other.order_by(col(CaseFile.id)).limit(1))).first()
        if there is not None:
            await session.exec(update(Consent).where(*mine).values(case_id=there))
            return
        mine.append(col(Consent.conversation_id) == case.conversation_id)
    await session.exec(update(Consent).where(or_(*mine)).values(given={}, case_id=case.id))


async def sweep(session: AsyncSession, moment: dt.datetime) -> int:
    """Erase what is due, and forget records that are due; how many. Run again, it changes nothing."""
    due = select(CaseFile).where(
        CaseFile.status == "closed", col(CaseFile.erased_at).is_(None), col(CaseFile.closed_at) < moment - RESTRICTED
    )
    found = list(await session.exec(due.limit(AT_ONCE).with_for_update(skip_locked=True)))
    for case in found:
        await erase(session, case, moment)
    old = select(CaseFile.id).where(col(CaseFile.erased_at) < moment - RECORDS).limit(AT_ONCE)
    gone = list(await session.exec(old))
    if gone:
        theirs = list(await session.exec(select(Consent.id).where(col(Consent.case_id).in_(gone))))
        await session.exec(delete(CaseFile).where(col(CaseFile.id).in_(gone)))  # with the transfers that rest on them
        await session.exec(delete(Consent).where(col(Consent.id).in_(theirs)))
    return len(found) + len(gone) + await _unattached(session, moment)


async def _unattached(session: AsyncSession, moment: dt.datetime) -> int:
    """Forget the records of consents whose chat is gone and never became a case (what was given went with the chat)."""
    gone = await session.exec(
        delete(Consent).where(
            col(Consent.conversation_id).is_(None), col(Consent.case_id).is_(None), col(Consent.asked_at) < moment - RECORDS
        )
    )  # fmt: skip
    return int(gone.rowcount)


async def chat_gone(session: AsyncSession, conversation_id: str, moment: dt.datetime) -> None:
    """A chat is about to be deleted: its cases stay and say so, and keep the consents that were given in it."""
    query = select(CaseFile).where(CaseFile.conversation_id == conversation_id).order_by(col(CaseFile.id))
    cases = list(await session.exec(query))
    if cases:
        of = {case.organisation_id: case.id for case in reversed(cases)}
        for consent in await session.exec(select(Consent).where(Consent.conversation_id == conversation_id)):
            consent.case_id = of.get(consent.from_id) or of.get(consent.to_id) or cases[0].id
            session.add(consent)
    for case in cases:
        case.conversation_id = None
        timeline.changed(session, case, "chat_deleted", moment, None)
