"""Which open desks read their list again: those where it changed, or a large house would read lists all day."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from tests.desk.scene import Desk, desk, waiting


@contextlib.asynccontextmanager
async def woken(staff: Desk) -> AsyncIterator[list[str]]:
    """The names of the events that an open desk hears meanwhile."""
    heard: list[str] = []
    async with staff.client.stream("GET", "/en/staff/events", timeout=10) as answer:
        lines = answer.aiter_lines()
        assert await asyncio.wait_for(anext(lines), 5) == "event: hello"

        async def listen() -> None:
            async for line in lines:
                if line.startswith("event: "):
                    heard.append(line.removeprefix("event: "))

        listening = asyncio.create_task(listen())
        yield heard
        await asyncio.sleep(0.5)
        listening.cancel()


async def test_a_message_wakes_the_list_of_the_one_who_has_the_chat(house):
    anna, ben = await desk(house, house.anna), await desk(house, house.ben)
    chat, visitor = await waiting(house, house.alpha)
    await anna.take(chat)
    async with woken(anna) as annas, woken(ben) as bens:
        assert (await visitor.post(text="Are you there?", client_msg_id="1")).status_code == 201
    assert annas == ["queue"] and bens == []


async def test_a_message_of_somebody_who_waits_wakes_every_list_of_the_organisation(house):
    anna, carla = await desk(house, house.anna), await desk(house, house.carla)
    _, visitor = await waiting(house, house.alpha)
    async with woken(anna) as annas, woken(carla) as carlas:
        assert (await visitor.post(text="I am a nurse.", client_msg_id="1")).status_code == 201
    assert annas == ["queue"] and carlas == [], "Carla is of another organisation"


async def test_what_the_counsellor_says_wakes_no_list(house):
    anna, ben = await desk(house, house.anna), await desk(house, house.ben)
    chat, _ = await waiting(house, house.alpha)
    await anna.take(chat)
    async with woken(anna) as annas, woken(ben) as bens:
        await anna.post(chat, "reply", text="Hello, I am here.")
    assert annas == [] and bens == []
