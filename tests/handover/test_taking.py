"""Taking a chat, losing it, passing it on: scenarios 10 to 12, 14, 15 and 29."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import uuid

import pytest
from sqlmodel import col, select

from portal.chat.models import Conversation
from portal.clock import now
from portal.desk.models import File, Note
from portal.handover import service
from tests.handover.desk import (
    MINUTE,
    ask,
    clock,
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


async def test_scenario_10_the_longest_waiting_goes_to_who_is_below_the_limit(house, office):
    anna, bela = await office.account("anna", most=1), await office.account("bela", most=1)
    chats = [await office.chat() for _ in range(3)]
    for chat in chats:
        await ask(chat)

    async def next_for(account):
        async with house.database.read() as session:
            found = await service.next_for(session, account, now())
        return found and found.conversation_id

    assert await next_for(anna) == id_of(chats[0])
    await take(house, anna, chats[0])
    assert await next_for(anna) is None, "she has as many as she may"
    with pytest.raises(service.Full):
        await take(house, anna, chats[1])
    assert await next_for(bela) == id_of(chats[1])
    await take(house, bela, chats[1])
    assert await next_for(bela) is None
    assert (await person(chats[2]))["place"] == 1, "nobody is free: it stays"


async def test_scenario_11_a_silent_counsellor_loses_the_chat(house, office):
    anna, bela = await office.account("anna"), await office.account("bela")
    chat, start = await office.chat(), now()
    await ask(chat)
    await take(house, anna, chat, start)
    await write(chat, "Are you there?")
    await later(house, chat, staff_at=start + 10 * MINUTE)  # her desk is open all the time
    await sweep(house, start + dt.timedelta(seconds=80))
    assert (await handovers(house, chat))[0].nudged_at is None
    await sweep(house, start + dt.timedelta(seconds=95))
    assert (await handovers(house, chat))[0].nudged_at, "reminded after half of the time"
    assert await owner(chat) == "staff"
    await sweep(house, start + dt.timedelta(seconds=190))
    await sweep(house, start + dt.timedelta(seconds=191))
    assert await owner(chat) == "queue"
    assert await events(chat) == ["forwarded", "taken_over", "released"]
    await take(house, bela, chat)
    await reply(house, bela, chat, "Yes, I am here.")
    assert [m["author"] for m in await chat.messages()] == ["system", "system", "visitor", "system", "system", "staff"]
    with pytest.raises(service.NotOwner):
        await reply(house, anna, chat, "Me too")


async def test_scenario_11_an_answer_in_time_keeps_it(house, office):
    anna = await office.account("anna")
    chat, start = await office.chat(), now()
    await ask(chat)
    await take(house, anna, chat, start)
    await later(house, chat, staff_at=start + 10 * MINUTE)
    await sweep(house, start + dt.timedelta(seconds=95))
    await reply(house, anna, chat, "Hello", start + dt.timedelta(seconds=100))
    await later(house, chat, staff_at=start + 10 * MINUTE)
    await sweep(house, start + dt.timedelta(seconds=400))
    assert await owner(chat) == "staff"


async def test_scenario_12_flt_18_two_take_at_once_a_hundred_times(house, office):
    anna, bela = await office.account("anna", most=1000), await office.account("bela", most=1000)
    won = {anna.id: 0, bela.id: 0}
    conversations = []
    for _ in range(100):
        chat = await office.chat()
        await ask(chat)
        conversations.append(chat)

    async def try_(account, chat):
        await asyncio.sleep(0)
        try:
            return (await take(house, account, chat)).account_id, None
        except service.AlreadyTaken as error:
            return None, error.account.id

    for n, chat in enumerate(conversations):
        pair = (anna, bela) if n % 2 else (bela, anna)
        found = await asyncio.gather(*(try_(a, chat) for a in pair))
        winners = [w for w, _ in found if w]
        assert len(winners) == 1
        assert [loser for _, loser in found if loser] == winners, "the loser learns who has it"
        won[winners[0]] += 1
    assert sum(won.values()) == 100
    async with house.database.read() as session:
        ids = [id_of(c) for c in conversations]
        query = select(Conversation.owner, Conversation.version).where(col(Conversation.id).in_(ids))
        assert set((await session.exec(query)).all()) == {("staff", 2)}


async def test_scenario_15_to_an_organisation_with_nobody_it_waits_and_says_so(house, office):
    anna = await office.account("anna")
    other = await house.organisation(f"other-{anna.id}", name="Other", kind="ips", roles=["worker"], hours={})
    cleo = await house.account(f"cleo-{anna.id}@o.example", other, shown_name="Cleo")
    chat = await office.chat()
    await ask(chat)
    await take(house, anna, chat)
    await reply(house, anna, chat, "I pass you on.")
    found, outcome = await do(
        house, service.transfer, anna, id_of(chat), to_organisation=other.id, note="SECRET-NOTE", moment=now()
    )
    assert (found.organisation_id, found.status, outcome) == (other.id, "waiting", "closed")
    assert await events(chat) == ["forwarded", "taken_over", "redirected", "unavailable_organisation"]
    assert "SECRET-NOTE" not in json.dumps(await chat.state())
    async with house.database.read() as session:
        note = (await session.exec(select(Note).where(Note.conversation_id == id_of(chat)))).one()
        assert (note.organisation_id, note.text) == (other.id, "SECRET-NOTE")
    await sweep(house, now())
    assert await events(chat) == ["forwarded", "taken_over", "redirected", "unavailable_organisation"], "told once"
    with pytest.raises(service.NotFound):
        await take(house, anna, chat)
    await take(house, cleo, chat)
    assert (await person(chat))["name"] == "Cleo"
    first, second = await handovers(house, chat)
    assert (first.end_reason, second.before_id, second.place) == ("transferred", first.id, first.place)


async def test_scenario_15_a_foreign_or_absent_target_is_refused(house, office):
    anna = await office.account("anna")
    chat = await office.chat()
    await ask(chat)
    await take(house, anna, chat)
    other = await house.organisation(f"gone-{anna.id}", active=False)
    stranger = await house.account(f"s-{anna.id}@o.example", other)
    for target in ({"to_organisation": other.id}, {"to_organisation": "none"}, {"to_account": stranger.id}, {"to_team": 99},
                   {}):  # fmt: skip
        with pytest.raises(service.NotFound):
            await do(house, service.transfer, anna, id_of(chat), moment=now(), **target)
    assert await owner(chat) == "staff"
    real = await house.organisation(f"real-{anna.id}")
    await house.account(f"audit-{anna.id}@o.example", real, roles=["auditor"])
    with pytest.raises(service.NotFound):
        await do(house, service.transfer, anna, id_of(chat), to_organisation=real.id, moment=now())
    await house.account(f"r-{anna.id}@o.example", real)
    await house.add(
        File(id=uuid.uuid4().hex, conversation_id=id_of(chat), author="visitor", name="x", type="pdf", size=1)
    )
    with pytest.raises(service.NeedsCase):
        await do(house, service.transfer, anna, id_of(chat), to_organisation=real.id, moment=now())
    assert await owner(chat) == "staff"


async def test_scenario_14_to_a_colleague_a_neutral_line_and_the_place_is_kept(house, office):
    anna, bela = await office.account("anna"), await office.account("bela")
    chat, other = await office.chat(), await office.chat()
    await ask(chat)
    await ask(other)
    await take(house, anna, chat)
    await do(house, service.transfer, anna, id_of(chat), to_account=bela.id, note="knows nursing", moment=now())
    assert (await events(chat))[-1] == "redirected"
    assert "Anna" not in (await chat.messages())[-1]["text"]
    assert (await person(chat))["place"] == 1 and (await person(other))["place"] == 2
    async with house.database.read() as session:
        assert (await service.next_for(session, bela, now())).conversation_id == id_of(chat)
        assert (await service.next_for(session, anna, now())).conversation_id == id_of(other)


async def test_scenario_29_the_response_clock(house, office):
    anna, bela = await office.account("anna"), await office.account("bela")
    chat, start = await office.chat(), now()
    await ask(chat)
    first = (await handovers(house, chat))[0]
    assert first.asked_staff_at and abs((first.asked_staff_at - start).total_seconds()) < 5
    await later(house, chat, visitor_at=start + 60 * MINUTE)

    async def stamps(moment: dt.datetime) -> tuple:
        await clock(house, moment)
        found = (await handovers(house, chat))[-1]
        return found.warned_at, found.escalated_at

    assert await stamps(start + MINUTE) == (None, None)
    warned = start + dt.timedelta(seconds=100)
    assert await stamps(warned) == (warned, None)
    await take(house, anna, chat, warned)
    await do(house, service.transfer, anna, id_of(chat), to_account=bela.id, note="a note", moment=warned)
    other = await house.organisation(f"clock-{anna.id}")
    cleo = await house.account(f"cleo.{anna.id}@c.example", other)
    await take(house, bela, chat, warned)
    await do(house, service.transfer, bela, id_of(chat), to_organisation=other.id, moment=warned)
    second = (await handovers(house, chat))[-1]
    assert (second.asked_staff_at, second.warned_at) == (first.asked_staff_at, warned), (
        "not reset by notes and transfers"
    )
    late = start + 4 * MINUTE
    assert await stamps(late) == (warned, late)
    assert await stamps(late + MINUTE) == (warned, late), "escalated once"
    await take(house, cleo, chat, late)
    assert (await handovers(house, chat))[-1].answered_at is None, "taking is no answer"
    await reply(house, cleo, chat, "Here I am", late + MINUTE)
    await reply(house, cleo, chat, "What can I do?", late + 2 * MINUTE)
    assert (await handovers(house, chat))[-1].answered_at == late + MINUTE


async def test_scenario_29_an_answer_stops_the_clock(house, office):
    anna = await office.account("anna")
    chat, start = await office.chat(), now()
    await ask(chat)
    await take(house, anna, chat, start)
    await reply(house, anna, chat, "Hello", start + MINUTE)
    await clock(house, start + 60 * MINUTE)
    found = (await handovers(house, chat))[0]
    assert (found.warned_at, found.escalated_at) == (None, None)


async def test_an_account_that_goes_gives_its_chats_back(house, office):
    anna, chat = await served(office)
    found = await do(house, service.release_all, anna, now())
    assert [h.conversation_id for h in found] == [id_of(chat)]
    assert (await chat.state())["person"]["place"] == 1


async def test_given_back_to_the_assistant(house, office):
    anna, chat = await served(office)
    await do(house, service.give_back, anna, id_of(chat), now())
    assert (await events(chat))[-1] == "continue_with_assistant"
    said = await chat("thank you")
    assert said[-1]["final"] and (await chat.state())["owner"] == "assistant"
