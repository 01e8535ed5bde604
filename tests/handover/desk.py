"""What the tests of the hand-over do: the services, as the desk's routes call them, and the visitor's calls."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from sqlmodel import col, select, update

from portal.accounts.models import Account
from portal.chat.drafts import Draft
from portal.chat.models import Message
from portal.clock import now
from portal.handover import service, sweeping, timed, waiting
from portal.handover.models import Handover
from tests.conftest import Chat
from tests.people import House

ADDRESS = "http://portal.example"
MINUTE = dt.timedelta(minutes=1)


def id_of(chat: Chat) -> str:
    return chat.path.rsplit("/", 1)[1]


async def do(house: House, what: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """One service call in one transaction; then both sides are woken."""
    async with house.database.write() as session:
        found = await what(session, *args, **more)
        await session.commit()
    for one in found if isinstance(found, tuple | list) else [found]:
        if isinstance(one, Handover):
            house.app.state.bus.wake(*service.keys(one))
    return found


async def take(house: House, account: Account, chat: Chat, moment: dt.datetime | None = None) -> Handover:
    return await do(house, service.take, account, id_of(chat), moment or now())


async def reply(house: House, account: Account, chat: Chat, text: str, moment: dt.datetime | None = None) -> Message:
    draft = Draft("text", text, "en")
    message, _ = await do(
        house, service.reply, account, id_of(chat), str(uuid.uuid4()), draft, moment or now(), ADDRESS
    )
    house.app.state.bus.wake(id_of(chat))
    return message


async def sweep(house: House, moment: dt.datetime) -> None:
    """What the clockwork does every few seconds."""
    swept = await sweeping.sweep(house.database, moment, ADDRESS)
    assert swept.failed == []
    house.app.state.bus.wake(*swept.woken)
    for conversation_id in swept.back:
        await house.app.state.turns.take_up(conversation_id)


async def clock(house: House, moment: dt.datetime) -> None:
    """The response clock alone."""
    await timed.run(waiting.clock, house.database, moment, ADDRESS, timed.Swept())


async def handovers(house: House, chat: Chat) -> list[Handover]:
    async with house.database.read() as session:
        query = select(Handover).where(Handover.conversation_id == id_of(chat)).order_by(col(Handover.id))
        return list((await session.exec(query)).all())


async def later(house: House, chat: Chat, **values: Any) -> None:
    """Set fields of the open hand-over."""
    async with house.database.write() as session:
        open_ = (col(Handover.conversation_id) == id_of(chat)) & (col(Handover.status) != "ended")
        await session.exec(update(Handover).where(open_).values(**values))
        await session.commit()


async def ask(chat: Chat) -> dict[str, Any]:
    answer = await chat.client.post(f"{chat.path}/person", json={}, headers=chat.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def write(chat: Chat, text: str) -> dict[str, Any]:
    answer = await chat.post(client_msg_id=str(uuid.uuid4()), text=text)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def events(chat: Chat) -> list[str]:
    """The system's lines so far, by their event."""
    return [m["event"] for m in await chat.messages() if "event" in m]


async def call(chat: Chat, method: str, end: str, **body: Any) -> Any:
    kwargs = {"json": body} if method == "POST" else {}
    return await chat.client.request(method, f"{chat.path}/{end}", headers=chat.headers, **kwargs)


async def until(what: Callable[[], Any], seconds: float = 5) -> Any:
    """Wait until something is true."""
    async with asyncio.timeout(seconds):
        while True:
            found = what()
            found = await found if asyncio.iscoroutine(found) else found
            if found:
                return found
            await asyncio.sleep(0.02)


async def owner(chat: Chat) -> str:
    return (await chat.state())["owner"]


async def person(chat: Chat) -> dict:
    return (await chat.state())["person"]


async def waits(office) -> Chat:
    chat = await office.chat()
    await ask(chat)
    return chat


async def served(office, **fields):
    anna = await office.account("anna", **fields)
    chat = await waits(office)
    await take(office.house, anna, chat)
    return anna, chat
