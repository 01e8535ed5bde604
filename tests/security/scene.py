"""An organisation with one of everything that is kept, each with a canary in it; and forms that fit every route of the desk."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import itertools
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import SQLModel, col, select, update

from portal.accounts.models import Account, Organisation, Team
from portal.cases.models import CaseFile, Part, Party, Task
from portal.chat.service import hashed
from portal.clock import now
from portal.desk.models import Canned, File
from portal.handover.models import Address, Handover
from portal.mail.models import Mail
from portal.referrals.models import Transfer
from tests.accounts.test_access import staff_routes
from tests.cases import people as cases
from tests.desk.scene import waiting
from tests.people import House

CANARY = "KANARIENVOGEL"
LEFT_OUT = {"audit": (), "sign_in": (), "sqlite_sequence": ()}  # who looked is written down (PRV-29); signs of life


@dataclass
class World:
    """What belongs to an organisation, by the name of the path parameter that leads to it."""

    house: House
    organisation: Organisation
    anna: Account
    chats: dict[str, str] = field(default_factory=dict)  # waiting, taken, ended
    visitors: dict[str, Any] = field(default_factory=dict)
    number: str = ""
    ids: dict[str, Any] = field(default_factory=dict)

    def filled(self, path: str) -> list[str]:
        """A route's path with every id of this world that fits there."""
        values = {
            "{number}": [self.number], "{part}": [self.ids["part"]], "{task_id}": [self.ids["task"]], "{turn}": ["done", "undo", "cancel"],
            "{person_id}": [self.anna.id], "{file_id}": [self.ids["file"]], "{purpose}": ["forward"], "{token}": ["x" * 43],
            "{id_}": list(self.chats.values()) if path.startswith("/staff/chats") else
                     [self.ids["canned"] if "canned" in path else self.ids["transfer"]],
        }  # fmt: skip
        names = re.findall(r"\{\w+\}", path)
        found = []
        for chosen in itertools.product(*(values[name] for name in names)):
            one = path
            for name, value in zip(names, chosen, strict=True):
                one = one.replace(name, str(value))
            found.append("/en" + one)
        return found


async def world(house: House, id_: str, receiver: str, mark: str = CANARY) -> World:
    """One of everything; the case was sent to the organisation `receiver`."""
    organisation = await house.organisation(id_, kind="iq_network")
    team = await house.add(Team(organisation_id=id_, name=f"Team {mark}"))
    anna = await house.account(
        f"{mark.lower()}@{id_}.example", organisation, name=f"{mark} Name", shown_name=f"{mark} Shown", most=50, team_id=team.id,
        roles=["counsellor", "team_lead"],
    )  # fmt: skip
    made = World(house, organisation, anna)
    desk = await house.enter(anna)
    for status in ("waiting", "taken", "ended"):
        made.chats[status], made.visitors[status] = await waiting(
            house, organisation, f"{mark} asks", topic="recognition.cost"
        )
    for status in ("taken", "ended"):
        base = f"/en/staff/chats/{made.chats[status]}"
        assert (await desk.post(f"{base}/take")).status_code == 303
        await desk.post(f"{base}/reply", data={"text": f"{mark} reply", "client_msg_id": secrets.token_hex(8)})
        await desk.post(f"{base}/notes", data={"note": f"{mark} note"})
    taken = made.chats["taken"]
    async with house.database.write() as session:
        conversation = await session.get_one(cases.Conversation, taken)
        consents = [await cases.consent(session, conversation, anna, to, moment=now(), name=f"{mark} Person",
                                        email=f"{mark.lower()}@person.example") for to in (id_, receiver)]  # fmt: skip
        case = await cases.case(session, anna, conversation, topic="recognition.cost", concern=f"{mark} concern")
        made.number = case.number
        file = File(
            id=secrets.token_hex(16),
            conversation_id=taken,
            author="visitor",
            name=f"{mark}.pdf",
            type="application/pdf",
            size=4,
        )
        canned = Canned(organisation_id=id_, title=f"{mark} title", texts={"en": f"{mark} text"})
        part = Part(case_id=case.id, organisation_id=id_, part="helper")
        mail = Mail(key=f"{id_}-{mark}", message_id=f"{id_}-{mark}", to=f"{mark.lower()}@mail.example", language="en", subject=f"{mark} subject", body=f"{mark} body",
                    conversation_id=taken)  # fmt: skip
        address = Address(
            conversation_id=taken,
            email=f"{mark.lower()}@address.example",
            code_hash=hashed("1"),
            ends_at=now(),
            confirmed_at=now(),
        )
        session.add_all([file, canned, part, mail, address])
        await session.flush()
        transfer = await cases.forwarded(
            session, anna, case, receiver, moment=now(), fields=("name",), message=f"{mark} message"
        )
        await session.commit()
    folder = house.app.state.settings.files
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file.id).write_bytes(b"%PDF")
    await desk.post(f"/en/staff/cases/{made.number}/notes", data={"text": f"{mark} case note"})
    await desk.post(f"/en/staff/cases/{made.number}/tasks", data={"title": f"{mark} task"})
    async with house.database.read() as session:
        task = (await session.exec(select(Task).where(Task.case_id == case.id))).one()
    await desk.post(f"/en/staff/chats/{made.chats['ended']}/end", data={"reason": "answered"})
    visitor = made.visitors["ended"]
    rated = await visitor.client.post(
        f"{visitor.path}/rating", json={"stars": 1, "comment": f"{mark} comment"}, headers=visitor.headers
    )
    assert rated.status_code == 204
    made.ids = {
        "file": file.id, "canned": canned.id, "part": part.id, "task": task.id, "transfer": transfer.id, "team": team.id,
        "consents": [c.id for c in consents], "case": case.id,
    }  # fmt: skip
    return made


def form(path: str, to: str = "gamma") -> dict[str, Any]:
    """A form that the route would take."""
    last = path.rsplit("/", 1)[1]
    data: dict[str, Any] = {
        "text": "x", "note": "x", "client_msg_id": secrets.token_hex(8), "title": "x", "text_en": "x", "key": secrets.token_hex(8),
        "kind": "worker", "concern": "x", "confirmed": "yes", "language": "en", "version": "0", "answer": "x", "on": "1",
        "reason": "no_capacity", "purpose": "forward", "fields": ["name"], "receivers": [to], "topic": "recognition.cost",
        "name": "x", "shown_name": "x", "roles": ["counsellor"], "most": "3", "do": "disable", "languages": ["en"], "email": "x@x.example",
        "which": "others", "team": "New", "to": f"organisation:{to}",
    }  # fmt: skip
    more: dict[str, dict[str, Any]] = {
        "end": {"reason": "answered"}, "transfers": {"kind": "forward", "to": to}, "status": {"to": "active"}, "teams": {"do": "add"},
        "organisation": {"name": "x", "rule": "hours"},
    }  # fmt: skip
    if last == "status" and "/people/" in path:
        return data
    return data | more.get(last, {})


def routes(house: House, *methods: str) -> list[tuple[str, str, set[str]]]:
    """Those behind the door, but for the streams."""
    return [r for r in staff_routes(house.app) if r[0] in methods and r[2] and r[1] != "/staff/events"]


async def everything(house: House, **left_out: tuple[str, ...]) -> dict[str, str]:
    """A digest of each table; `left_out`: columns by table, or none for the whole table."""
    found = {}
    async with house.database.read() as session:
        for table in SQLModel.metadata.sorted_tables:
            without = (LEFT_OUT | left_out).get(table.name)
            if without == ():
                continue
            columns = [c for c in table.columns if c.name not in (without or ())]
            rows = (await session.exec(select(*columns))).all()  # type: ignore[call-overload]
            found[table.name] = hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()
    return found


MAIL = {
    "mail": ("tries", "next_at", "sent_at", "error", "failed_at", "lease_until", "subject", "body")
}  # of the outbox


@contextlib.asynccontextmanager
async def robbed(house: House, account: Account) -> AsyncIterator[None]:
    """The account's roles go after a request has passed the door, just before it writes (SEC-B11)."""
    database, write = house.app.state.database, house.app.state.database.write

    @contextlib.asynccontextmanager
    async def writing() -> AsyncIterator[Any]:
        async with write() as session:
            await session.exec(update(Account).where(col(Account.id) == account.id).values(roles=["editor"]))
            await session.commit()
        async with write() as session:
            yield session

    database.write = writing
    try:
        yield
    finally:
        del database.write
        async with write() as session:
            await session.exec(update(Account).where(col(Account.id) == account.id).values(roles=account.roles))
            await session.commit()


__all__ = [
    "CANARY",
    "CaseFile",
    "Handover",
    "Party",
    "Transfer",
    "World",
    "dt",
    "everything",
    "form",
    "robbed",
    "routes",
    "world",
]
