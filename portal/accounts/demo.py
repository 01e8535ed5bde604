"""Invented organisations and people for every role, so that everything can be tried without a password."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account, Organisation, Team
from portal.accounts.organising import DAYS
from portal.database import Database
from portal.hours.opening import CLOCK

FILE = Path(__file__).with_name("demo.yml")
ALWAYS = {day: [["00:00", "24:00"]] for day in DAYS}


async def prepare(database: Database) -> None:
    """Make them where there is no organisation yet."""
    async with database.write() as session:
        if (await session.exec(select(Organisation.id).limit(1))).first() is not None:
            return
        for id_, fields in yaml.safe_load(FILE.read_text(encoding="utf-8")).items():
            await settle(session, id_, fields)
        await session.commit()


async def settle(session: AsyncSession, id_: str, fields: dict[str, Any]) -> None:
    people, team_name = fields.pop("people"), fields.pop("team", None)
    session.add(Organisation(id=id_, **{"hours": ALWAYS, "clock": CLOCK, "files": True, **fields}))
    await session.flush()
    team = None
    if team_name:
        team = Team(organisation_id=id_, name=team_name)
        session.add(team)
        await session.flush()
    for person in people:
        session.add(
            Account(
                organisation_id=id_,
                team_id=team.id if team and person.pop("team", False) else None,
                status="active",
                demo=True,
                **person,
            )  # fmt: skip
        )


async def everybody(session: AsyncSession) -> list[tuple[Account, str]]:
    """Demo people who can be entered, with the name of their organisation."""
    query = (
        select(Account, Organisation.name)
        .where(Account.organisation_id == Organisation.id)
        .where(Account.demo, Account.status == "active", Organisation.active)
    )
    return list((await session.exec(query.order_by(Organisation.name, Account.name))).all())
