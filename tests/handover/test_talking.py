"""Talking and ending: scenarios 20, 21, 24, 26 and 27."""

from __future__ import annotations

import asyncio

from portal.chat.models import Conversation
from portal.clock import now
from portal.handover import service
from tests.conftest import Chat
from tests.handover.desk import (
    MINUTE,
    ask,
    call,
    do,
    events,
    handovers,
    id_of,
    later,
    owner,
    person,
    reply,
    served,
    sweep,
    take,
    write,
)


async def test_scenario_20_flt_26_what_was_written_meanwhile_comes_once_in_order(house, office):
    """The reader's connection is cut again and again while both sides write; it asks for what it has not got."""
    anna = await office.account("anna")
    chat = await office.chat()
    await ask(chat)
    await take(house, anna, chat)
    got: list[dict] = []
    done = asyncio.Event()

    async def writes() -> None:
        for n in range(60):
            await (reply(house, anna, chat, f"s{n}") if n % 2 else write(chat, f"v{n}"))
        done.set()

    async def reads() -> None:
        cut = 0
        while True:
            finished = done.is_set()
            async with chat.client.stream("GET", f"{chat.path}/events", headers=chat.headers) as stream:
                news = await chat.messages(got[-1]["seq"] if got else 0)
                got.extend(news)
                if finished and not news:
                    return
                cut += 1
                lines = 0
                async for line in stream.aiter_lines():
                    lines += line.startswith("data:")
                    if lines > cut % 4 or done.is_set():
                        break

    writer = asyncio.create_task(writes())
    async with asyncio.timeout(20):
        await reads()
    await writer
    whole = await chat.messages()
    assert got == whole and [m["seq"] for m in whole] == list(range(1, len(whole) + 1))
    assert [m["text"] for m in whole if m["author"] in ("visitor", "staff")] == [
        f"{'s' if n % 2 else 'v'}{n}" for n in range(60)
    ]


async def test_scenario_21_flt_25_two_tabs_see_the_same(house, office):
    anna = await office.account("anna")
    tab = await office.chat()
    other = Chat(tab.client, tab.path, tab.headers)
    await ask(tab)
    await take(house, anna, tab)
    await asyncio.gather(*(write(t, f"{n}") for n, t in enumerate([tab, other] * 5)))
    assert await tab.state() == await other.state()
    assert len([m for m in await tab.messages() if m["author"] == "visitor"]) == 10
    assert (await call(tab, "POST", "end")).json()["owner"] == "ended"
    refused = await other.post(client_msg_id="1", text="hello?")
    assert (refused.status_code, refused.json()["error"]) == (409, "ended")
    assert (await call(other, "POST", "end")).status_code == 200
    assert (await events(tab)).count("ended") == 1


async def test_scenario_26_idle_warned_closed_and_open_again_with_the_former_counsellor_first(house, office):
    anna, bela = await office.account("anna"), await office.account("bela")
    chat, start = await office.chat(), now()
    await ask(chat)
    await take(house, anna, chat, start)
    await reply(house, anna, chat, "Which occupation?", start)
    await later(house, chat, staff_at=start + 60 * MINUTE)
    for minutes in (9, 10, 11, 19, 20, 21, 22):
        await sweep(house, start + minutes * MINUTE)
    assert (await events(chat))[2:] == ["idle_warning", "closed_idle"]
    assert (await person(chat))["end_reason"] == "idle" and await owner(chat) == "ended"
    await write(chat, "I am a nurse")
    assert await owner(chat) == "queue"
    assert [m["author"] for m in (await chat.messages())[-3:]] == ["system", "visitor", "system"]
    first, second = await handovers(house, chat)
    assert (second.wanted_id, second.before_id, second.reason) == (anna.id, first.id, "reopened")
    async with house.database.read() as session:
        assert (await service.next_for(session, anna, now())).id == second.id
        assert await service.next_for(session, bela, now()) is None, "left to the former one for two minutes"
        assert (await service.next_for(session, bela, now() + 3 * MINUTE)).id == second.id


async def test_scenario_26_who_answers_the_warning_stays(house, office):
    anna = await office.account("anna")
    chat, start = await office.chat(), now() - 15 * MINUTE
    await ask(chat)
    await take(house, anna, chat, start)
    await reply(house, anna, chat, "Which occupation?", start)
    await later(house, chat, staff_at=now() + 60 * MINUTE)
    await sweep(house, start + 11 * MINUTE)
    await write(chat, "Nurse")
    await later(house, chat, staff_at=now() + 60 * MINUTE)
    await sweep(house, now())
    assert await owner(chat) == "staff" and "closed_idle" not in await events(chat)


async def test_scenario_27_rated_once(house, office):
    anna = await office.account("anna")
    chat = await office.chat()
    assert (await call(chat, "POST", "rating", stars=5)).status_code == 409, "nobody was there"
    await ask(chat)
    await take(house, anna, chat)
    assert (await call(chat, "POST", "rating", stars=5)).status_code == 409, "not over yet"
    await do(house, service.end, anna, id_of(chat), "answered", now())
    await do(house, service.end, anna, id_of(chat), "answered", now())
    assert (await events(chat)).count("ended") == 1
    assert (await person(chat))["rate"] is True
    assert (await call(chat, "POST", "rating", stars=6)).status_code == 422
    assert (await call(chat, "POST", "rating", stars=4, comment="good\x00")).status_code == 204
    assert (await call(chat, "POST", "rating", stars=1)).status_code == 409
    found = (await handovers(house, chat))[0]
    assert (found.rating, found.rating_comment, found.outcome) == (4, "good", "answered")
    assert (await person(chat))["rate"] is False


async def test_scenario_24_read_by_both_sides(house, office):
    anna, chat = await served(office)
    await write(chat, "hello")
    assert (await chat.state())["person"]["read"] == 0
    message = await reply(house, anna, chat, "hi")
    assert (await chat.state())["person"]["read"] == message.seq
    for seq, expected in ((2, 2), (1, 2), (999, message.seq)):
        assert (await call(chat, "POST", "read", seq=seq)).status_code == 204
        async with house.database.read() as session:
            assert (await session.get(Conversation, id_of(chat))).visitor_read == expected
