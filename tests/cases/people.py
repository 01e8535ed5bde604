"""What the tests of cases and transfers stand on: organisations, a chat that was handed over, consents as the service makes them."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal import migrations
from portal.accounts.models import Account, Organisation
from portal.cases.models import CaseFile
from portal.cases.service import Details, open_case
from portal.chat.models import Conversation
from portal.consents import service as consents
from portal.consents.models import Consent
from portal.database import Database
from portal.handover.models import Handover
from portal.referrals.models import Transfer
from portal.referrals.service import Wish, send

NOW = dt.datetime(2026, 11, 18, 9, 0, tzinfo=dt.UTC)  # a Wednesday, 10:00 in Germany
ADDRESS = "http://portal.test"
COUNT = itertools.count(1)
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


EMPTY: list[bytes] = []  # a fresh database, made once for all tests of a run


@contextlib.asynccontextmanager
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    file = tmp_path / "x.db"
    if not EMPTY:
        first = Database(f"sqlite+aiosqlite:///{tmp_path}/first.db")
        await migrations.upgrade(first)
        await first.close()
        EMPTY.append((tmp_path / "first.db").read_bytes())
    if not file.exists():
        file.write_bytes(EMPTY[0])
    made = Database(f"sqlite+aiosqlite:///{file}")
    yield made
    await made.close()


async def staffed(
    session: AsyncSession, id_: str, *, roles: tuple[str, ...] = ("counsellor",), **fields: Any
) -> Account:
    """An organisation with one person, and that person."""
    defaults = {"name": id_.title(), "kind": "iq_network", "roles": ["employer", "worker"], "hours": ALWAYS}
    session.add(Organisation(id=id_, **{**defaults, **fields}))
    await session.flush()
    return await person(session, id_, roles)


async def person(
    session: AsyncSession, organisation_id: str, roles: tuple[str, ...] = ("counsellor",), **fields: Any
) -> Account:
    n = next(COUNT)
    account = Account(email=f"p{n}@{organisation_id}.example", organisation_id=organisation_id, name=f"Person {n}",
                      shown_name=f"P {n}", roles=list(roles), status="active", **fields)  # fmt: skip
    session.add(account)
    await session.flush()
    return account


async def chat(session: AsyncSession, account: Account, **fields: Any) -> Conversation:
    """A chat that the account has."""
    conversation = Conversation(
        id=secrets.token_hex(16), token_hash="x" * 64, sender=secrets.token_hex(16), epoch="e", owner="staff",
        **{"language": "en", "role": "worker", **fields},
    )  # fmt: skip
    session.add(conversation)
    await session.flush()
    session.add(Handover(conversation_id=conversation.id, organisation_id=account.organisation_id, account_id=account.id,
                         status="taken", language=conversation.language))  # fmt: skip
    await session.flush()
    return conversation


async def consent(
    session: AsyncSession, conversation: Conversation, account: Account, to_id: str, fields: tuple[str, ...] = ("name", "email"),
    purpose: str = "forward", moment: dt.datetime = NOW - dt.timedelta(hours=1), **given: str,
) -> Consent:  # fmt: skip
    """Asked in the chat and given."""
    organisation = await session.get_one(Organisation, account.organisation_id)
    request = await consents.ask(
        session, conversation=conversation, account=account, organisation=organisation, purpose=purpose, fields=fields,
        receivers=[to_id], moment=moment,
    )  # fmt: skip
    data = {
        "name": "Rosalind Canary",
        "email": "canary@person.example",
        "phone": "+49 30 1234567",
        "company": "Canary Works",
    }
    data = {f: v for f, v in (data | given).items() if f in fields}
    rows, _ = await consents.answer(session, conversation, request, [to_id], data, moment)
    return rows[0]


async def case(
    session: AsyncSession, account: Account, conversation: Conversation | None = None, kind: str = "worker",
    moment: dt.datetime = NOW, **fields: Any,
) -> CaseFile:  # fmt: skip
    organisation = await session.get_one(Organisation, account.organisation_id)
    details = Details(kind=kind, **fields)
    made, _ = await open_case(
        session, account, organisation, details, secrets.token_hex(8), moment, conversation.id if conversation else None
    )
    return made


async def forwarded(
    session: AsyncSession, account: Account, made: CaseFile, to_id: str, *, moment: dt.datetime = NOW, kind: str = "forward",
    fields: tuple[str, ...] = (), part: str = "helper", message: str = "", key: str = "",
) -> Transfer:  # fmt: skip
    wish = Wish(kind, to_id, "forward", part, fields, message)
    transfer, _ = await send(session, account, made.number, wish, key or secrets.token_hex(8), moment, ADDRESS)
    return transfer


async def transfers(session: AsyncSession) -> list[Transfer]:
    return list(await session.exec(select(Transfer).order_by(Transfer.id).execution_options(populate_existing=True)))
