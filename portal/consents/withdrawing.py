"""The withdrawal of a consent (Widerruf, GDPR Art. 7 (3)): at once, as easy as giving it, and the receiver is told (PRV-08)."""

from __future__ import annotations

import datetime as dt

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account
from portal.cases import reach
from portal.cases.models import CaseFile, Part
from portal.consents.models import Consent
from portal.mail.notices import notify
from portal.referrals.service import stopped_by_consent


class NotGiven(Exception):
    """There is nothing to withdraw."""


async def withdraw(session: AsyncSession, consent: Consent, moment: dt.datetime, *, address: str = "") -> bool:
    """Note the withdrawal, stop what rests on it, tell the receiver; False if it was withdrawn before. Raises NotGiven.

    `address`: of the portal, for the links in the mails; without it none are sent.
    """
    query = select(Consent).where(Consent.id == consent.id).with_for_update()
    consent = (await session.exec(query.execution_options(populate_existing=True))).one()
    if consent.given_at is None:
        raise NotGiven
    if consent.withdrawn_at is not None:
        return False
    consent.withdrawn_at = moment
    session.add(consent)
    await session.flush()
    await stopped_by_consent(session, consent, moment)
    if address:
        await tell(session, consent, address)
    return True


async def tell(session: AsyncSession, consent: Consent, address: str) -> None:
    """A notice to those who work with the data: who looks after the case at the receiver, and its team leads; and to who asked
    for the consent."""
    case = await case_of(session, consent)
    theirs = or_(col(Account.organisation_id) == consent.to_id, col(Account.id) == consent.asked_by)
    query = select(Account).where(theirs, Account.status == "active")
    people = (await session.exec(query.order_by(col(Account.id)))).all()
    working: set[int | None] = set()
    if case is not None:
        parts = select(Part.account_id).where(Part.case_id == case.id, Part.organisation_id == consent.to_id)
        working = {case.account_id, case.deputy_id, *(await session.exec(parts)).all()}
    receiver = [p for p in people if p.organisation_id == consent.to_id]
    told = [p for p in receiver if p.id in working or "team_lead" in p.roles]
    told = told or [p for p in receiver if "counsellor" in p.roles]
    told += [p for p in people if p.id == consent.asked_by and p not in told]
    for person in told:
        link = await reach.page(session, person.organisation_id, case) if case is not None else "/staff/transfers"
        await notify(session, "consent_withdrawn", [person], key=consent.id, link=link, address=address)


async def case_of(session: AsyncSession, consent: Consent) -> CaseFile | None:
    if consent.case_id is None and consent.conversation_id is None:
        return None
    mine = [col(CaseFile.id) == consent.case_id] if consent.case_id is not None else []
    if consent.conversation_id is not None:
        mine.append(col(CaseFile.conversation_id) == consent.conversation_id)
    return (await session.exec(select(CaseFile).where(or_(*mine)).order_by(col(CaseFile.id)).limit(1))).first()
