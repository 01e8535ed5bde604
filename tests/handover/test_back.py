"""The assistant has the chat again, or somebody else is to have it: no question is dropped, and somebody is made to serve."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from portal.accounts.models import Account, Organisation, Team
from portal.chat.computing import Computed
from portal.chat.drafts import Draft
from portal.chat.turns import Turns
from portal.clock import now
from portal.handover import service
from tests.conftest import Chat
from tests.handover.desk import MINUTE, ask, call, do, events, handovers, id_of, later, reply, sweep, take, until, write


async def leaves(house: Any, _account: Account, chat: Chat) -> None:
    assert (await call(chat, "DELETE", "person")).json() == {"owner": "assistant"}


async def goes_away(house: Any, _account: Account, chat: Chat) -> None:
    await later(house, chat, visitor_at=now() - 6 * MINUTE)
    await sweep(house, now())


async def is_given_back(house: Any, account: Account, chat: Chat) -> None:
    await take(house, account, chat)
    client = await house.enter(account)
    answer = await client.post(f"/en/staff/chats/{id_of(chat)}/return")
    assert answer.status_code == 303


@pytest.mark.parametrize("back", [leaves, goes_away, is_given_back])
@pytest.mark.parametrize("when", ["suppressed", "waiting"])
async def test_a_question_gets_its_answer_when_the_assistant_has_the_chat_again(house, office, monkeypatch, back, when):
    anna, chat, go = await office.account("anna"), await office.chat(), asyncio.Event()

    async def slow(self: Turns, *_: Any) -> Computed:
        await go.wait()
        return Computed([Draft("answer", "ANSWER", "en", "visa.overview")], "en")

    monkeypatch.setattr(Turns, "_compute", slow)
    if when == "suppressed":
        seq = (await write(chat, "Which visa?"))["seq"]
        await ask(chat)
        go.set()
        await until(lambda: not house.app.state.turns._tasks)
        assert [m["author"] for m in await chat.messages()] == ["visitor", "system"]
    else:
        go.set()
        await ask(chat)
        seq = (await write(chat, "Which visa?"))["seq"]
    await back(house, anna, chat)

    async def replies() -> list[dict[str, Any]]:
        return [m for m in await chat.messages() if m.get("reply_to") == seq]

    assert [m["text"] for m in await until(replies)] == ["ANSWER"]


async def test_what_a_person_has_answered_the_assistant_does_not_answer_again(house, office):
    anna, chat = await office.account("anna"), await office.chat()
    await ask(chat)
    await write(chat, "Which visa?")
    await take(house, anna, chat)
    await reply(house, anna, chat, "The one for skilled workers.")
    await do(house, service.give_back, anna, id_of(chat), now())
    await house.app.state.turns.take_up(id_of(chat))
    assert not house.app.state.turns._tasks
    assert "assistant" not in {m["author"] for m in await chat.messages()}


async def next_for(house: Any, account: Account, moment: dt.datetime) -> str | None:
    async with house.database.read() as session:
        found = await service.next_for(session, account, moment)
    return found and found.conversation_id


async def test_scenario_14_a_colleague_of_another_team_gets_it_and_after_a_while_anybody(house, office):
    teams = [
        await house.add(Team(organisation_id=office.organisation.id, name=name)) for name in ("one", "two", "three")
    ]
    anna, bela, cleo = [
        await office.account(n, team_id=t.id) for n, t in zip(("anna", "bela", "cleo"), teams, strict=True)
    ]
    chat = await office.chat()
    await ask(chat)
    await later(house, chat, team_id=teams[0].id)
    await take(house, anna, chat)
    moment = now()
    await do(house, service.transfer, anna, id_of(chat), to_account=bela.id, moment=moment)
    assert (await handovers(house, chat))[0].team_id == teams[1].id
    assert await next_for(house, bela, moment) == id_of(chat)
    assert await next_for(house, cleo, moment + MINUTE) is None, "it is left to the colleague"
    assert await next_for(house, cleo, moment + 4 * MINUTE) == id_of(chat), "who may be full: not for ever"
    await take(house, bela, chat)
    await do(house, service.transfer, bela, id_of(chat), to_team=teams[0].id, moment=moment)
    assert await next_for(house, cleo, moment + 60 * MINUTE) is None, "what waits for a team waits for it"
    assert await next_for(house, anna, moment) == id_of(chat)


async def left_and_taken(house: Any, office: Any, start: dt.datetime) -> tuple[Account, Chat]:
    """A message was left and taken; its writer is there."""
    anna, chat = await office.account("anna", on_duty=False), await office.chat()
    await call(chat, "POST", "person/message", text="Please tell me how")
    await take(house, anna, chat, start)
    return anna, chat


@pytest.mark.parametrize("there", [True, False])
async def test_scenario_11_who_left_a_message_and_is_there_is_not_left_waiting(house, office, there):
    start = now()
    _, chat = await left_and_taken(house, office, start)
    for seconds in (100, 200, 300):
        moment = start + dt.timedelta(seconds=seconds)
        await later(house, chat, staff_at=moment, visitor_at=moment if there else start - MINUTE)
        await sweep(house, moment)
    assert (await handovers(house, chat))[0].status == ("waiting" if there else "taken")


@pytest.mark.parametrize("there", [True, False])
async def test_scenario_26_who_left_a_message_is_idle_only_while_there(house, office, there):
    start = now()
    anna, chat = await left_and_taken(house, office, start)
    await reply(house, anna, chat, "Here is your answer", start)
    for minutes in (11, 22):
        moment = start + minutes * MINUTE
        await later(house, chat, staff_at=moment, visitor_at=moment if there else start - MINUTE)
        await sweep(house, moment)
    assert ("closed_idle" in await events(chat)) is there


@pytest.mark.parametrize("closed", [True, False])
async def test_scenario_26_a_chat_that_goes_on_where_nobody_is_says_so_once(house, office, closed):
    anna, chat = await office.account("anna"), await office.chat()
    await ask(chat)
    await take(house, anna, chat)
    async with house.database.write() as session:
        if closed:
            (await session.get_one(Organisation, office.organisation.id)).hours = {}
        (await session.get_one(Account, anna.id)).on_duty = False
        await session.commit()
    await reply(house, anna, chat, "Which occupation?")
    await later(house, chat, staff_at=now() + 60 * MINUTE)
    await sweep(house, now() + 11 * MINUTE)
    await sweep(house, now() + 22 * MINUTE)
    assert (await events(chat))[-1] == "closed_idle"
    said = await write(chat, "I am a nurse")
    await sweep(house, now())
    lines = [m for m in await chat.messages() if m["seq"] >= said["seq"] - 1 and "event" in m]
    told = "unavailable_organisation" if closed else "unavailable_agents"
    assert [m["event"] for m in lines if m["event"] != "kept_for_person"] == [told]
    person = (await chat.state())["person"]
    assert (person["status"], person["there"]) == ("waiting", False)
