"""People and teams of one organisation, as its administrators see and change them. Somebody of another one is a LookupError."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal import access
from portal.accounts import factors, sessions, tickets, tries
from portal.accounts.auditing import note
from portal.accounts.models import Account, Organisation, Team
from portal.chat.text import clean
from portal.handover import service
from portal.i18n import N_
from portal.mail import notices
from portal.mail.addresses import Implausible, plausible

ROLES = {
    "counsellor": N_("Counsellor"), "team_lead": N_("Team lead"), "editor": N_("Editor of the knowledge"),
    "administrator": N_("Administrator of the organisation"), "operator": N_("Technical operator"),
    "auditor": N_("Data protection and audit"),
}  # fmt: skip
STATUS = {"invited": N_("invited"), "active": N_("active"), "disabled": N_("disabled")}
NO_ADDRESS = N_("Enter an e-mail address such as anna@example.org.")
TAKEN = N_("This address cannot be invited: there is an account with it already.")
NO_NAME = N_("Enter a name.")
NO_ROLE = N_("Choose at least one role.")
UNKNOWN_ROLE = N_("You may not give this role.")
OWN_ROLE = N_("You cannot take the role of administrator from yourself. Ask another administrator.")
NO_TEAM = N_("This team does not exist.")
NO_DEPUTY = N_("This person cannot be the deputy.")
NOT_YOURSELF = N_("You cannot disable yourself.")
TEAM_EXISTS = N_("There is a team with this name already.")
Values = Mapping[str, Any]


class Invalid(ValueError):
    """What is wrong, a text by field."""

    def __init__(self, **errors: str) -> None:
        super().__init__(errors)
        self.errors = errors


def grantable(by: Account) -> list[str]:
    """Roles somebody may give: the technical operator is made by operators only."""
    return [role for role in ROLES if role != "operator" or "operator" in by.roles]


async def of(session: AsyncSession, organisation_id: str) -> Sequence[Account]:
    query = select(Account).where(Account.organisation_id == organisation_id)
    return (await session.exec(query.order_by(func.lower(Account.name), col(Account.id)))).all()


async def one(session: AsyncSession, organisation_id: str, id_: int) -> Account:
    query = select(Account).where(Account.id == id_, Account.organisation_id == organisation_id).with_for_update()
    found = (await session.exec(query)).first()
    if found is None:
        raise LookupError
    return found


async def teams(session: AsyncSession, organisation_id: str) -> Sequence[Team]:
    query = select(Team).where(Team.organisation_id == organisation_id)
    return (await session.exec(query.order_by(func.lower(Team.name), col(Team.id)))).all()


def roles_of(by: Account, wanted: Iterable[str], had: Iterable[str] = ()) -> list[str]:
    """The roles in one order. Raises Invalid."""
    wanted, had = set(wanted), set(had)
    if not wanted:
        raise Invalid(roles=NO_ROLE)
    if wanted ^ had and not (wanted ^ had) <= set(grantable(by)):
        raise Invalid(roles=UNKNOWN_ROLE)
    return [role for role in ROLES if role in wanted]


async def invite(
    session: AsyncSession, by: Account, values: Values, *, moment: dt.datetime, address: str
) -> Account:  # fmt: skip
    """An account that waits for its person, and the mail to them. `values`: email, name, roles, language. Raises Invalid."""
    errors: dict[str, str] = {}
    email = ""
    try:
        email = plausible(values["email"]).lower()
        if (await session.exec(select(Account.id).where(Account.email == email))).first() is not None:
            errors["email"] = TAKEN
    except Implausible:
        errors["email"] = NO_ADDRESS
    name = clean(values["name"])[:120]
    if not name:
        errors["name"] = NO_NAME
    roles: list[str] = []
    try:
        roles = roles_of(by, values["roles"])
    except Invalid as invalid:
        errors |= invalid.errors
    if errors:
        raise Invalid(**errors)
    account = Account(
        organisation_id=by.organisation_id, email=email, name=name, shown_name=name.split()[0][:60], roles=roles,
        language=values["language"], languages=[values["language"]],
    )  # fmt: skip
    session.add(account)
    await session.flush()
    await note(session, by, "person_invited", f"account:{account.id}")
    await send_invitation(session, account, moment=moment, address=address)
    return account


async def send_invitation(session: AsyncSession, account: Account, *, moment: dt.datetime, address: str) -> str:
    """A (new) link by mail; earlier ones stop working. The link's token."""
    token = await tickets.issue(session, account, "invitation", moment)
    link = f"/staff/invitation/{token}"
    await notices.notify(session, "invitation", [account], key=tickets.hashed(token)[:16], link=link, address=address)
    return token


async def change(
    session: AsyncSession, by: Account, person: Account, values: Values, moment: dt.datetime
) -> list[str]:  # fmt: skip
    """`values`: name, shown_name, roles, team_id, deputy_id, most. Who may not write in chats any more has none: the
    conversations that went back to the queue. Raises Invalid."""
    errors: dict[str, str] = {}
    name, shown = clean(values["name"])[:120], clean(values["shown_name"])[:60]
    if not name:
        errors["name"] = NO_NAME
    if not shown:
        errors["shown_name"] = NO_NAME
    roles = list(person.roles)
    try:
        roles = roles_of(by, values["roles"], person.roles)
        if person.id == by.id and "administrator" not in roles:
            errors["roles"] = OWN_ROLE
    except Invalid as invalid:
        errors |= invalid.errors
    if values["team_id"] is not None:
        team = await session.get(Team, values["team_id"])
        if team is None or team.organisation_id != by.organisation_id:
            errors["team_id"] = NO_TEAM
    if values["deputy_id"] is not None:
        deputy = await session.get(Account, values["deputy_id"])
        foreign = deputy is None or deputy.organisation_id != by.organisation_id or deputy.id == person.id
        if foreign or (deputy is not None and deputy.status == "disabled"):
            errors["deputy_id"] = NO_DEPUTY
    if errors:
        raise Invalid(**errors)
    if roles != person.roles:
        await note(session, by, "roles_changed", f"account:{person.id}")
    person.name, person.shown_name, person.roles = name, shown, roles
    person.team_id, person.deputy_id, person.most = values["team_id"], values["deputy_id"], values["most"]
    session.add(person)
    await note(session, by, "person_changed", f"account:{person.id}")
    return [] if access.may(person, "chats.write") else await withdraw(session, person, moment)


async def withdraw(session: AsyncSession, person: Account, moment: dt.datetime) -> list[str]:
    """Off duty, and the chats go back to the queue; their conversations."""
    person.on_duty = False
    session.add(person)
    return [handover.conversation_id for handover in await service.release_all(session, person, moment)]


async def disable(session: AsyncSession, by: Account, person: Account, moment: dt.datetime) -> list[str]:
    """Nobody any more, from the next request on: sign-ins and links end, chats go back to the queue (SEC-A17).

    The conversations that went back. Raises Invalid."""
    assert person.id is not None
    if person.id == by.id:
        raise Invalid(status=NOT_YOURSELF)
    released = await withdraw(session, person, moment)
    person.status = "disabled"
    session.add(person)
    await sessions.end_all(session, person.id)
    await tickets.revoke(session, person.id)
    await note(session, by, "person_disabled", f"account:{person.id}")
    return released


async def enable(session: AsyncSession, by: Account, person: Account) -> None:
    """Somebody again, as before; who never had a password needs a new invitation."""
    if person.status == "disabled":
        person.status = "active" if person.password_hash or person.oidc_subject or person.demo else "invited"
        session.add(person)
        await note(session, by, "person_enabled", f"account:{person.id}")


async def reset_factors(session: AsyncSession, by: Account, person: Account, moment: dt.datetime, address: str) -> None:
    """For who has lost them: the next sign-in sets a new factor up; the person is told."""
    assert person.id is not None
    await factors.forget(session, person.id)
    tries.forget(tries.SECOND, "second", str(person.id))
    await sessions.end_all(session, person.id)
    await note(session, by, "factor_reset", f"account:{person.id}")
    await notices.notify(
        session, "factor_changed", [person], key=moment.isoformat(), link="/staff/account", address=address
    )


async def add_team(session: AsyncSession, by: Account, name: str) -> None:
    session.add(Team(organisation_id=by.organisation_id, name=await free_name(session, by, name)))
    await note(session, by, "team_changed")


async def rename_team(session: AsyncSession, by: Account, id_: int, name: str) -> None:
    team = await own_team(session, by, id_)
    if clean(name)[:120] != team.name:
        team.name = await free_name(session, by, name)
        session.add(team)
        await note(session, by, "team_changed", f"team:{id_}")


async def delete_team(session: AsyncSession, by: Account, id_: int) -> None:
    """Its people and waiting chats stay with the organisation."""
    await session.delete(await own_team(session, by, id_))
    await note(session, by, "team_changed", f"team:{id_}")


async def own_team(session: AsyncSession, by: Account, id_: int) -> Team:
    team = await session.get(Team, id_)
    if team is None or team.organisation_id != by.organisation_id:
        raise LookupError
    return team


async def free_name(session: AsyncSession, by: Account, name: str) -> str:
    name = clean(name)[:120]
    if not name:
        raise Invalid(team=NO_NAME)
    same = select(Team.id).where(Team.organisation_id == by.organisation_id, func.lower(Team.name) == name.lower())
    if (await session.exec(same)).first() is not None:
        raise Invalid(team=TEAM_EXISTS)
    return name


async def organisation_of(session: AsyncSession, account: Account) -> Organisation:
    found = await session.get(Organisation, account.organisation_id)
    assert found is not None
    return found
