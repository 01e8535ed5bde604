"""Faults of the answering side: an answer too late, a desk that is gone, nobody on duty (FLT-19, 20, 22)."""

from __future__ import annotations

import asyncio
import datetime as dt
import json

import pytest

from portal.chat.computing import Computed
from portal.chat.drafts import Draft
from portal.chat.models import Message
from portal.chat.turns import Turns
from portal.clock import german_day, now
from portal.handover import service
from tests.handover.desk import (
    MINUTE,
    ask,
    call,
    do,
    events,
    handovers,
    id_of,
    later,
    reply,
    served,
    sweep,
    take,
    until,
    waits,
    write,
)


@pytest.mark.parametrize("taken", [False, True])
async def test_flt_19_an_answer_that_comes_after_the_take_over_is_suppressed(house, office, monkeypatch, taken):
    anna = await office.account("anna")
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(self, conversation, message):
        begun.set()
        await go.wait()
        return Computed(
            [Draft("answer", "LATE", "en", "visa.overview")], "en", understood={"topics": ["visa.overview"]}
        )

    monkeypatch.setattr(Turns, "_compute", slow)
    chat = await office.chat()
    await write(chat, "Which visa?")
    await begun.wait()
    await ask(chat)
    if taken:
        await take(house, anna, chat)
    go.set()
    await until(lambda: not house.app.state.turns._tasks)
    messages = await chat.messages()
    assert "LATE" not in json.dumps(messages)
    assert [m["author"] for m in messages] == ["visitor", "system", "system"][: 3 if taken else 2]
    async with house.database.read() as session:
        stored = await session.get(Message, (id_of(chat), 1))
    assert stored.hidden["suppressed"] == {"topics": ["visa.overview"]}
    assert stored.hidden["understood"] == {"topics": ["visa.overview"]}


async def test_flt_20_a_desk_that_is_gone_for_two_minutes(house, office):
    anna, chat = await served(office)
    await reply(house, anna, chat, "Hello")
    start = now()
    await later(house, chat, staff_at=start)
    await sweep(house, start + dt.timedelta(seconds=110))
    assert (await chat.state())["owner"] == "staff"
    await do(house, service.touch, anna.id, start + dt.timedelta(seconds=115))
    await sweep(house, start + dt.timedelta(seconds=200))
    assert (await chat.state())["owner"] == "staff", "a sign of life counts"
    with house.app.state.bus.subscribe(f"org:{office.organisation.id}") as colleagues:
        await sweep(house, start + dt.timedelta(seconds=240))
        assert colleagues.is_set(), "colleagues see it"
    assert (await chat.state())["owner"] == "queue" and (await events(chat))[-1] == "released"
    await do(house, service.touch, anna.id, start)
    await sweep(house, start + 16 * MINUTE)
    async with house.database.read() as session:
        assert not (await session.get(type(anna), anna.id)).on_duty, "who has no desk is not on duty"


async def test_flt_22_the_last_one_goes_off_duty(house, office):
    anna = await office.account("anna")
    chat = await waits(office)
    await sweep(house, now())
    assert (await chat.state())["person"]["there"] is True
    for on_duty, expected in ((False, 1), (False, 1), (True, 1), (False, 2)):
        anna.on_duty = on_duty
        async with house.database.write() as session:
            await session.merge(anna)
            await session.commit()
        await sweep(house, now())
        await sweep(house, now())
        assert (await events(chat)).count("unavailable_agents") == expected
    person = (await chat.state())["person"]
    assert (person["status"], person["there"]) == ("waiting", False) and person["opens_at"] is None
    left = await call(chat, "POST", "person/message", text="Please write to me.")
    assert left.json()["person"]["status"] == "message"
    assert len(await handovers(house, chat)) == 1


async def test_flt_22_it_closes_while_somebody_waits(house, office):
    await office.account("anna")
    chat = await waits(office)
    async with house.database.write() as session:
        one = await session.get(type(office.organisation), office.organisation.id)
        one.closures = [{"from": "2000-01-01", "to": german_day().isoformat(), "why": "strike"}]
        session.add(one)
        await session.commit()
    await sweep(house, now())
    line = (await chat.messages())[-1]
    assert line["event"] == "unavailable_organisation" and line["values"]["opens_at"] is None, (
        "open day and night: no midnight"
    )
    assert (await chat.state())["owner"] == "queue", "the place is kept"
