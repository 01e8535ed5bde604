"""To whom a chat can be passed on: colleagues, teams, other organisations; each with who is on duty. By name, nobody is ranked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal import access
from portal.accounts.models import Account, Organisation, Team


@dataclass(frozen=True)
class Target:
    """`value`: account:5, team:3 or organisation:ips; `on_duty`: how many are, of a colleague 0 or 1."""

    value: str
    name: str
    on_duty: int
    kind: str = ""


@dataclass(frozen=True)
class Targets:
    colleagues: list[Target]
    teams: list[Target]
    organisations: list[Target]

    def values(self) -> set[str]:
        return {t.value for group in (self.colleagues, self.teams, self.organisations) for t in group}


async def of(session: AsyncSession, account: Account) -> Targets:
    """All but the account itself, and organisations where nobody may take chats."""
    own = account.organisation_id
    people = list(
        (await session.exec(select(Account).where(Account.status == "active").order_by(col(Account.name)))).all()
    )
    people = [p for p in people if access.may(p, "chats.write")]
    colleagues = [p for p in people if p.organisation_id == own]
    staffed = {p.organisation_id for p in people}
    duty: Any = (
        select(Organisation).where(col(Organisation.active), Organisation.id != own).order_by(col(Organisation.name))
    )
    others = (await session.exec(duty)).all()
    teams = (await session.exec(select(Team).where(Team.organisation_id == own).order_by(col(Team.name)))).all()
    return Targets(
        [Target(f"account:{p.id}", p.name, int(p.on_duty)) for p in colleagues if p.id != account.id],
        [Target(f"team:{t.id}", t.name, sum(p.on_duty for p in colleagues if p.team_id == t.id)) for t in teams],
        [Target(f"organisation:{o.id}", o.name, sum(p.on_duty for p in people if p.organisation_id == o.id), o.kind)
         for o in others if o.id in staffed],
    )  # fmt: skip
