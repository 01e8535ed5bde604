"""What the receiver of a transfer does; the first decision stops the 48-hour clock (docs/decisions/0006)."""

from __future__ import annotations

import datetime as dt

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account, Organisation
from portal.cases import parts, people, reach, timeline
from portal.cases.errors import Conflict, Refused
from portal.cases.models import CaseFile, Part, Task
from portal.cases.words import RETURNS
from portal.referrals.audience import tell, workers
from portal.referrals.models import Transfer
from portal.referrals.service import locked


async def _open(session: AsyncSession, account: Account, transfer_id: int) -> tuple[Account, Transfer, CaseFile]:
    """Raises NotHere, Forbidden, Conflict("decided")."""
    account = await reach.still(session, account, "transfers.write")
    transfer, case = await locked(session, transfer_id, Transfer.to_id == account.organisation_id)
    if transfer.status != "sent":
        raise Conflict("decided")
    return account, transfer, case


async def _decide(
    session: AsyncSession, account: Account, transfer: Transfer, case: CaseFile, status: str, answer: str,
    moment: dt.datetime, address: str,
) -> None:  # fmt: skip
    transfer.status, transfer.decided_at, transfer.decided_by, transfer.answer = status, moment, account.id, answer
    transfer.seen_at = transfer.seen_at or moment
    session.add(transfer)
    told = await workers(session, transfer.from_id, transfer.from_account_id)
    await tell(session, "transfer_decided", transfer, case, told, address)


async def accept(
    session: AsyncSession, account: Account, transfer_id: int, answer: str, moment: dt.datetime, address: str
) -> Transfer:
    """Take it: the responsibility of a forward, the part of a referral. Raises NotHere, Conflict("decided" | "moved" |
    "no_consent": what it rested on has ended meanwhile)."""
    account, transfer, case = await _open(session, account, transfer_id)
    reach.writable(case)
    if transfer.consent_id is not None:
        running = await people.consents(session, case, transfer.to_id, moment)
        if transfer.consent_id not in {consent.id for consent in running}:
            raise Conflict("no_consent")
    receiver = await session.get_one(Organisation, account.organisation_id)
    if transfer.kind == "forward":
        if case.organisation_id != transfer.from_id:
            raise Conflict("moved")
        await _responsible(session, account, case, receiver, moment)
    else:
        await parts.begin(session, case, receiver.id, transfer.part, moment, account, account.id)
    await _decide(session, account, transfer, case, "accepted", answer, moment, address)
    timeline.changed(session, case, "transfer_accepted", moment, account, to=receiver.id)
    await session.flush()
    await people.take_over(session, case, receiver.id, moment, account)
    return transfer


async def _responsible(
    session: AsyncSession, account: Account, case: CaseFile, receiver: Organisation, moment: dt.datetime
) -> None:
    """Exactly one organisation is responsible, from now on the receiver (DOC-05). What the former one had to do ends, unless
    it keeps a part."""
    was, case.organisation_id, case.account_id, case.deputy_id = case.organisation_id, receiver.id, account.id, None
    if case.status == "new":
        case.status = "active"
    timeline.changed(session, case, "responsible", moment, account, was=was, now=receiver.id)
    kept = select(Part.id).where(Part.case_id == case.id, Part.organisation_id == was, col(Part.until).is_(None))
    if (await session.exec(kept)).first() is None:
        await session.exec(
            update(Task)
            .where(
                col(Task.case_id) == case.id, col(Task.organisation_id) == was, col(Task.done_at).is_(None),
                col(Task.cancelled_at).is_(None), col(Task.title) != "consent_withdrawn",
            )
            .values(cancelled_at=moment)
        )  # fmt: skip
    await parts.stay_contact(session, case, receiver, moment, account)


async def give_back(
    session: AsyncSession, account: Account, transfer_id: int, reason: str, text: str, moment: dt.datetime, address: str
) -> Transfer:
    """Return it with a reason; the case stays with the sender. Raises NotHere, Conflict("decided"), Refused("why" | "empty")."""
    account, transfer, case = await _open(session, account, transfer_id)
    if reason not in RETURNS:
        raise Refused("why", "reason")
    if reason == "other" and not text:
        raise Refused("empty", "text")
    transfer.return_reason = reason
    await _decide(session, account, transfer, case, "returned", text, moment, address)
    timeline.changed(session, case, "transfer_returned", moment, account, to=transfer.to_id, why=reason)
    return transfer


async def answer(
    session: AsyncSession, account: Account, transfer_id: int, text: str, moment: dt.datetime, address: str
) -> Transfer:
    """Answer without taking the case over. Raises NotHere, Conflict("decided"), Refused("empty")."""
    account, transfer, case = await _open(session, account, transfer_id)
    if not text:
        raise Refused("empty", "text")
    await _decide(session, account, transfer, case, "answered", text, moment, address)
    timeline.changed(session, case, "transfer_answered", moment, account, to=transfer.to_id)
    return transfer


async def seen(session: AsyncSession, account: Account, transfer_id: int, moment: dt.datetime) -> Transfer:
    """The receiver says that it has arrived, and looks after it; the clock runs on. Raises NotHere, Conflict("decided")."""
    account, transfer, case = await _open(session, account, transfer_id)
    transfer.to_account_id = account.id
    if transfer.seen_at is None:
        transfer.seen_at = moment
        timeline.tell(session, case, "transfer_seen", moment, account, to=transfer.to_id)
    session.add(transfer)
    return transfer
