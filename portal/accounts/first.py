"""The first administrator of an organisation, by the command line only (SEC-A04)."""

from __future__ import annotations

from sqlmodel import select

from portal.accounts import people
from portal.accounts.entering import by_email
from portal.accounts.models import Account, Organisation
from portal.clock import now
from portal.database import Database
from portal.hours.opening import CLOCK
from portal.mail.addresses import plausible
from portal.settings import Settings


class Already(Exception):
    """The organisation has an administrator, or the address an account: from there on people invite each other."""


async def first(
    database: Database, settings: Settings, email: str, organisation_id: str, organisation_name: str, kind: str
) -> str:
    """Invite the first administrator; the organisation is made if it is not there. The link of the invitation, which was
    sent by mail as well. Raises Already, Implausible."""
    moment, email = now(), plausible(email).lower()
    async with database.write() as session:
        organisation = await session.get(Organisation, organisation_id)
        if organisation is None:
            organisation = Organisation(id=organisation_id, name=organisation_name, kind=kind, clock=CLOCK,
                                        roles=["employer", "worker"], languages=["de"])  # fmt: skip
            session.add(organisation)
            await session.flush()
        there = (await session.exec(select(Account).where(Account.organisation_id == organisation_id))).all()
        if any("administrator" in account.roles and account.status != "disabled" for account in there):
            raise Already
        if await by_email(session, email) is not None:
            raise Already
        account = Account(organisation_id=organisation_id, email=email, name=email.partition("@")[0], roles=["administrator"],
                          shown_name=email.partition("@")[0][:60])  # fmt: skip
        session.add(account)
        await session.flush()
        token = await people.send_invitation(session, account, moment=moment, address=settings.address)
        await session.commit()
    return f"{settings.address}/de/staff/invitation/{token}"
