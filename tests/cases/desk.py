"""What counsellors do on the pages of cases, as the tests do it."""

from __future__ import annotations

import re

from sqlmodel import select

from portal.clock import now
from tests.cases import people

CANARY = "Rosalind Canary"
FORM = {"kind": "worker", "topic": "recognition.cost", "state": "ST", "occupation": "", "country": "IN", "language": "en",
        "concern": "Canary concern", "confirmed": "yes"}  # fmt: skip


async def two(house, name: str, **fields):
    """Anna of one organisation and Bert of another, signed in."""
    anna = await house.account(
        f"anna@{name}.example", await house.organisation(f"{name}a", kind="iq_network", **fields)
    )
    bert = await house.account(
        f"bert@{name}.example", await house.organisation(f"{name}b", kind="iq_network", **fields)
    )
    return anna, bert, await house.enter(anna), await house.enter(bert)


async def chat_of(house, account, *to, purpose="forward", fields=("name", "email"), **more):
    """A chat of the account, with consents to organisations."""
    async with house.database.write() as session:
        chat = await people.chat(session, account, **more)
        for id_ in to:
            await people.consent(session, chat, account, id_, fields, purpose, now())
        await session.commit()
    return chat


async def opened(client, **fields) -> str:
    """A case by the form -> its number."""
    answer = await client.post("/en/staff/cases", data={**FORM, "key": f"key-{now().isoformat()}", **fields})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0].rpartition("/")[2]


def version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


async def rows(house, table, **where):
    async with house.database.read() as session:
        return [r for r in await session.exec(select(table)) if all(getattr(r, k) == v for k, v in where.items())]


async def send(client, number: str, to: str, key: str = "send-key-1", **fields):
    data = {"kind": "forward", "to": to, "purpose": "forward", "message": "Canary message", "key": key, **fields}
    return await client.post(f"/en/staff/cases/{number}/transfers", data=data)
