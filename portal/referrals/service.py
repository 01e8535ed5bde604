"""A transfer between organisations as its sender and the law see it: sent with a basis, revoked, stopped by a withdrawal.

Nothing here commits; the basis is checked in the transaction that writes the transfer, with its row locked (CON-10).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account, Organisation
from portal.accounts.receiving import receivers
from portal.cases import parts, people, reach, timeline
from portal.cases.errors import Conflict, NotHere, Refused
from portal.cases.models import CaseFile, Part, Task
from portal.cases.statuses import OPEN
from portal.clock import german_day
from portal.consents.models import Consent
from portal.consents.purposes import PURPOSES
from portal.consents.service import in_force, valid
from portal.hours.opening import CLOCK, due
from portal.referrals.audience import tell, workers
from portal.referrals.models import Transfer

KINDS = ("forward", "referral")
PARTS = ("applicant_work", "employer_contact", "helper")
PASSED = ("name", "email", "phone", "company", "country", "occupation", "concern")  # what a case holds of a person


@dataclasses.dataclass(frozen=True)
class Wish:
    """What is to be sent to whom. `part`: of the receiver, for a referral."""

    kind: str
    to_id: str
    purpose: str
    part: str = "helper"
    fields: tuple[str, ...] = ()
    message: str = ""


async def send(
    session: AsyncSession, account: Account, number: str, wish: Wish, key: str, moment: dt.datetime, address: str
) -> tuple[Transfer, bool]:
    """Forward a case (Weiterleitung) or bring another organisation in (Verweis); False: this form was sent before (FLT-24).

    Raises NotHere, Forbidden, Refused (what was entered), Conflict (also "no_consent": then nothing is written, SEC-B08).
    """
    account = await reach.still(session, account, "transfers.write")
    case = await reach.own(session, account, number)
    key = hashlib.sha256(f"{account.id}:{key}".encode()).hexdigest()
    before = (await session.exec(select(Transfer).where(Transfer.key == key))).first()
    if before is not None:
        if before.case_id != case.id or said(before) != wish:
            raise Refused("other_content")
        return before, False
    if case.status not in OPEN:
        raise Conflict("closed")
    if (
        wish.kind not in KINDS
        or wish.part not in PARTS
        or wish.purpose not in PURPOSES
        or set(wish.fields) - set(PASSED)
    ):
        raise Refused("unknown_value")
    sender, receiver = await organisations(session, account, wish.to_id)
    await _free(session, case, wish)
    basis, consent = await ground(session, case, sender, receiver, wish, moment)
    rule = CLOCK | (receiver.clock or {})
    remind_at, due_at = due(receiver, moment, rule)
    transfer = Transfer(
        case_id=case.id or 0, kind=wish.kind, part=wish.part, from_id=sender.id, from_account_id=account.id, to_id=receiver.id,
        purpose=wish.purpose, fields=list(wish.fields), consent_id=consent.id if consent else None, basis=basis,
        message=wish.message, key=key, sent_at=moment, rule=rule, remind_at=remind_at, due_at=due_at,
    )  # fmt: skip
    session.add(transfer)
    await session.flush()
    await parts.stay_contact(session, case, sender, moment, account)
    timeline.changed(session, case, f"{wish.kind}_sent", moment, account, to=receiver.id, due=due_at.isoformat())
    await tell(session, "transfer_received", transfer, case, await workers(session, receiver.id, None), address)
    return transfer, True


def said(transfer: Transfer) -> Wish:
    return Wish(
        transfer.kind, transfer.to_id, transfer.purpose, transfer.part, tuple(transfer.fields), transfer.message
    )


async def organisations(session: AsyncSession, account: Account, to_id: str) -> tuple[Organisation, Organisation]:
    """Sender and receiver. Raises NotHere, Conflict("receiver") for one in which nobody could
    take it, or the sender itself."""
    sender = await session.get_one(Organisation, account.organisation_id)
    receiver = await session.get(Organisation, to_id)
    if receiver is None:
        raise NotHere(to_id)
    if receiver.id == sender.id or not await receivers(session, [receiver.id]):
        raise Conflict("receiver")
    return sender, receiver


async def _free(session: AsyncSession, case: CaseFile, wish: Wish) -> None:
    """One open transfer to an organisation, one open forward of a case: so nobody loses track of who is asked."""
    open_ = list(await session.exec(select(Transfer).where(Transfer.case_id == case.id, Transfer.status == "sent")))
    if any(t.to_id == wish.to_id for t in open_):
        raise Conflict("pending_here")
    if wish.kind == "forward" and any(t.kind == "forward" for t in open_):
        raise Conflict("pending_forward")
    part = select(Part.id).where(
        Part.case_id == case.id, Part.organisation_id == wish.to_id, Part.part == wish.part, col(Part.until).is_(None)
    )
    if wish.kind == "referral" and (await session.exec(part)).first() is not None:
        raise Conflict("takes_part")


async def ground(
    session: AsyncSession, case: CaseFile, sender: Organisation, receiver: Organisation, wish: Wish, moment: dt.datetime
) -> tuple[str, Consent | None]:
    """What allows it: a consent that the sender asked for, of the person to the receiver for this purpose and these data; or, between bodies that are
    both under § 35 SGB I, that they need it for their task (§ 69 SGB X), as far as the sender may read the data itself.
    Raises Conflict("no_consent")."""
    if sender.regime == receiver.regime == "sgbx":
        if set(wish.fields) - set(await passable(session, case, sender, receiver, wish.purpose, moment)):
            raise Conflict("no_consent")
        return "task_35", None
    consent = await valid(
        session,
        to_id=receiver.id,
        purpose=wish.purpose,
        fields=wish.fields,
        moment=moment,
        case_id=case.id,
        from_id=sender.id,
    )
    if consent is None:
        raise Conflict("no_consent")
    return "consent", consent


async def passable(
    session: AsyncSession,
    case: CaseFile,
    sender: Organisation,
    receiver: Organisation,
    purpose: str,
    moment: dt.datetime,
) -> list[str]:
    """The data that may go to a receiver, for the form."""
    if sender.regime == receiver.regime == "sgbx":
        mine = {*await people.allowed(session, case, sender.id, moment), "country", "occupation", "concern"}
        return [f for f in PASSED if f in mine]
    most: list[str] = []  # one transfer rests on one consent: what two of them allow is not added up
    for consent in await people.consents(session, case, receiver.id, moment):
        if (consent.from_id, consent.purpose) == (sender.id, purpose) and await in_force(session, consent):
            most = max(most, [f for f in PASSED if f in consent.fields], key=len)
    return most


async def locked(session: AsyncSession, transfer_id: int, mine: object) -> tuple[Transfer, CaseFile]:
    """A transfer and its case, both locked, the case first. Raises NotHere."""
    case_id = (await session.exec(select(Transfer.case_id).where(Transfer.id == transfer_id, mine))).first()  # type: ignore[arg-type]
    if case_id is None:
        raise NotHere(transfer_id)
    case = (await session.exec(select(CaseFile).where(CaseFile.id == case_id).with_for_update(key_share=True))).one()
    query = select(Transfer).where(Transfer.id == transfer_id).with_for_update()
    return (await session.exec(query.execution_options(populate_existing=True))).one(), case


async def revoke(
    session: AsyncSession, account: Account, transfer_id: int, moment: dt.datetime, address: str
) -> Transfer:
    """The sender takes it back; the receiver need not be active for that. Raises NotHere, Conflict("decided")."""
    transfer, case = await locked(session, transfer_id, Transfer.from_id == account.organisation_id)
    if transfer.status == "revoked":
        return transfer
    if transfer.status != "sent":
        raise Conflict("decided")
    transfer.status, transfer.revoked_at, transfer.return_reason = "revoked", moment, "sender"
    session.add(transfer)
    timeline.changed(session, case, "transfer_revoked", moment, account, to=transfer.to_id)
    people_ = await workers(session, transfer.to_id, transfer.to_account_id)
    await tell(session, "transfer_revoked", transfer, case, people_, address)
    return transfer


async def stopped_by_consent(session: AsyncSession, consent: Consent, moment: dt.datetime) -> None:
    """A consent was withdrawn (GDPR Art. 7 (3)): what is on its way stops; what was passed on stays recorded and is no longer
    shown; those who got it have a task to stop using it (PRV-08). The consent's row is locked by the caller."""
    query = select(Transfer).where(Transfer.consent_id == consent.id).order_by(col(Transfer.id)).with_for_update()
    transfers = list(await session.exec(query))
    cases = {t.case_id for t in transfers} | ({consent.case_id} if consent.case_id else set())
    if consent.conversation_id is not None:
        mine = select(CaseFile.id).where(CaseFile.conversation_id == consent.conversation_id)
        cases |= {id_ for id_ in await session.exec(mine) if id_ is not None}
    for case in await session.exec(select(CaseFile).where(col(CaseFile.id).in_(cases)).order_by(col(CaseFile.id))):
        timeline.tell(session, case, "consent_withdrawn", moment, None, to=consent.to_id)
        got = [t for t in transfers if t.case_id == case.id and t.status != "returned"]
        if (got or case.organisation_id == consent.to_id) and case.erased_at is None:
            session.add(
                Task(
                    case_id=case.id or 0, organisation_id=consent.to_id, title="consent_withdrawn", due_on=german_day(moment),
                    made_at=moment, told_at=moment, account_id=next((t.to_account_id for t in got if t.to_account_id), None),
                )
            )  # fmt: skip
        for transfer in (t for t in got if t.status == "sent"):
            transfer.status, transfer.revoked_at, transfer.return_reason = "revoked", moment, "consent_withdrawn"
            session.add(transfer)
            timeline.tell(session, case, "transfer_stopped", moment, None, to=transfer.to_id)
        await people.tidy(session, case, moment)
