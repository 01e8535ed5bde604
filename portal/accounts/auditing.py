"""Who did what, when, to which object: ids only, no texts, no names (SEC-G10); written with what it tells of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlmodel import and_, col, delete, not_, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account, Audit
from portal.clock import GERMANY
from portal.i18n import N_

PAGE = 50
KEPT = dt.timedelta(days=90)  # what tells of the portal's safety (RET-07)
RECORDS = ("case.", "transfer.")  # who saw or changed a personal record; kept to the end of the following year (RET-08)
WHAT = {
    "sign_in": N_("Sign-in"), "sign_out": N_("Sign-out"), "second_factor": N_("Second factor checked"),
    "factor_added": N_("Second factor added"), "factor_removed": N_("Second factor removed"),
    "factor_reset": N_("Second factor reset by an administrator"), "recovery_codes": N_("New recovery codes"),
    "password_changed": N_("Password changed"), "password_confirmed": N_("Password confirmed"),
    "reset_asked": N_("New password asked for"), "reset_done": N_("New password set by mail"),
    "session_ended": N_("Session ended"), "person_invited": N_("Person invited"),
    "invitation_used": N_("Invitation accepted"), "person_changed": N_("Person changed"),
    "roles_changed": N_("Roles changed"), "person_disabled": N_("Person disabled"), "person_enabled": N_("Person enabled"),
    "own_changed": N_("Own settings changed"), "team_changed": N_("Team changed"),
    "organisation_changed": N_("Organisation changed"), "refused": N_("Access refused"),
    "consent_text_published": N_("Consent text published"),
    "case.opened": N_("Case opened"), "case.viewed": N_("Case read"), "case.changed": N_("Case changed"),
    "case.status": N_("Status of a case changed"), "case.assigned": N_("Case given to somebody"),
    "case.note": N_("Note on a case written"), "case.task": N_("Task of a case set or changed"),
    "case.part": N_("Part in a case ended"), "transfer.sent": N_("Transfer sent"),
    "transfer.viewed": N_("Transfer read"), "transfer.seen": N_("Arrival of a transfer confirmed"),
    "transfer.accepted": N_("Transfer accepted"), "transfer.returned": N_("Transfer returned"),
    "transfer.answered": N_("Transfer answered"), "transfer.revoked": N_("Transfer revoked"),
}  # fmt: skip


async def note(session: AsyncSession, who: Any, what: str, object: str = "", result: str = "ok") -> None:
    """`who`: an account, somebody who is here, or None for nobody known."""
    account: Account | None = getattr(who, "account", who)
    id_, organisation_id = (account.id, account.organisation_id) if account else (None, None)
    session.add(
        Audit(
            account_id=id_,
            organisation_id=organisation_id,
            what=what[:40],
            object=object[:80],
            result=result[:12],
        )  # fmt: skip
    )


async def newest(
    session: AsyncSession, organisation_id: str | None, before: int | None = None
) -> Sequence[tuple[Audit, str | None]]:  # fmt: skip
    """A page of what people of an organisation (None: of all) did, newest first, with their names."""
    query = select(Audit, Account.name).join(Account, col(Account.id) == col(Audit.account_id), isouter=True)
    if organisation_id is not None:
        query = query.where(Audit.organisation_id == organisation_id)
    if before is not None:
        query = query.where(col(Audit.id) < before)
    return (await session.exec(query.order_by(col(Audit.id).desc()).limit(PAGE + 1))).all()


async def forget(session: AsyncSession, moment: dt.datetime) -> None:
    """Delete what has been kept long enough; years are those of Germany."""
    record = or_(*(col(Audit.what).startswith(kind) for kind in RECORDS))
    last_year = dt.datetime(moment.astimezone(GERMANY).year - 1, 1, 1, tzinfo=GERMANY)
    over = or_(and_(record, col(Audit.at) < last_year), and_(not_(record), col(Audit.at) < moment - KEPT))
    await session.exec(delete(Audit).where(over))
