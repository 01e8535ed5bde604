"""What somebody who tried the hand-over as a visitor found wrong."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI, Request
from sqlmodel import select

from portal import house as houses
from portal.accounts.models import Organisation
from portal.chat import wanting
from portal.chat.heard import complains
from portal.chat.models import Conversation, Message, Turn
from portal.clock import now
from portal.desk import targets
from portal.handover import asking, finding, service
from tests.handover.desk import MINUTE, ask, call, do, events, handovers, id_of, later, sweep, take, until, write
from tests.people import House, portal
from tests.test_faults import serving

ENGINEER = "I am an engineer in Egypt looking for a job in Germany, I want to talk to a human"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def with_rasa() -> AsyncIterator[House]:
    """A portal with a stand-in for Rasa: it hands over where it is told `human`, else it begins a guide for employers."""
    rasa, port = FastAPI(), houses.free_port()
    guide = '{"guide": "employer", "facts": {"role": "employer"}, "trail": []}'

    @rasa.post("/webhooks/portal/webhook")
    async def webhook(request: Request) -> dict:
        human = b'"human"' in await request.body()
        one = {"say": "handover", "topic": None, "state": None, "case": None} if human else (
            {"say": "ask_fact", "fact": "occupation", "case": guide, "note": "", "near": ""})  # fmt: skip
        return {"messages": [{"custom": one}]}

    with tempfile.TemporaryDirectory() as folder:
        async with serving(rasa, port), portal(Path(folder), bot_port=port) as house:
            for id_, kind, roles in (("ags", "ag_s", ["employer"]), ("ips", "ips", []), ("zsba", "zsba", ["worker"])):
                await house.account(f"a@{id_}.example", await house.organisation(id_, kind=kind, roles=roles))
            yield house


async def test_a4_the_wish_for_a_person_wins_and_the_role_is_what_was_said(with_rasa):
    chat = await with_rasa.chat("en")
    said = await chat(ENGINEER)
    assert [m["kind"] for m in said] == ["handover"] and said[0]["event"] == "forwarded"
    found = (await handovers(with_rasa, chat))[0]
    assert (found.organisation_id, found.role) == ("ips", "worker")
    assert "If you do not want to wait" in said[0]["text"] and "help you personally" not in said[0]["text"]


async def test_a4_a_guide_begun_by_mistake_does_not_make_an_employer(with_rasa):
    chat = await with_rasa.chat("en")
    assert (await chat("I know an electrician from Tunisia"))[-1]["kind"] == "ask"
    await chat("I want to talk to a human")
    found = (await handovers(with_rasa, chat))[0]
    assert (found.organisation_id, found.role) == ("ips", None)


async def test_a_country_that_is_named_says_abroad(with_rasa):
    chat = await with_rasa.chat("en")
    await chat(ENGINEER)
    async with with_rasa.database.read() as session:
        conversation = await session.get(Conversation, id_of(chat))
        spoken = await finding.spoken_of(session, conversation)
        here = await finding.spoken_of(session, conversation, [{"kind": "state", "id": "HE"}])
    assert (spoken.abroad, spoken.role, spoken.state) == (True, "worker", None)
    assert (here.abroad, here.state) == (None, "HE")


def test_a4_only_a_guide_with_answers_tells_the_role():
    def of(**guide: Any) -> str | None:
        return finding.role_of(Conversation(id="x", token_hash="", sender="", epoch="", language="en", guide=guide))

    begun = {"guide": "employer", "facts": {"role": "employer"}, "trail": [], "asked": "occupation"}
    assert of(**begun) is None and of(**{**begun, "trail": ["occupation"]}) == "employer"
    assert of(**{**begun, "result": True}) == "employer"


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        (ENGINEER, True), ("Ich bin Krankenschwester aus Tunesien und möchte mit einem Menschen sprechen.", True),
        ("Kann ich bitte mit einer Person reden?", True), ("can i talk to a real person please", True),
        ("quiero hablar con una persona", True), ("أريد التحدث مع إنسان", True),
        ("weiterbildung für unseren mitarbeiter", False), ("Wir brauchen einen Mitarbeiter aus Indien", False),
        ("I need a person who can cook", False), ("Which person in the office decides?", False),
        ("Wie viele Menschen arbeiten in der Pflege?", False),
    ],
)  # fmt: skip
def test_a4_who_asks_for_a_person(text, wants):
    assert wanting.asks_for_person(text) is wants


def test_a5_open_day_and_night_never_opens_at_midnight():
    always = Organisation(
        id="a", name="A", kind="ips", hours={d: [["00:00", "24:00"]] for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    )  # fmt: skip
    office = Organisation(id="b", name="B", kind="ips", hours={"mon": [["08:00", "12:00"]]})
    monday, christmas = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC), dt.datetime(2026, 12, 25, 9, tzinfo=dt.UTC)
    assert finding.availability(always, 0, monday) == ("nobody", None)
    assert finding.availability(always, 1, monday) == ("waiting", None)
    assert finding.availability(always, 1, christmas) == ("holiday", None)
    assert finding.availability(office, 0, monday) == ("nobody", None)
    assert finding.availability(office, 1, monday + 5 * 60 * MINUTE) == (
        "closed",
        monday + dt.timedelta(days=7, hours=-2),
    )


async def test_b2_nobody_there_who_may_take_chats(house, office):
    await office.account("auditor", roles=["auditor"])
    await office.account("off", status="disabled")
    chat = await office.chat()
    assert (await ask(chat)) == {"owner": "assistant", "person": None}
    anna = await office.account("anna")
    await ask(chat)
    await take(house, anna, chat)
    full = await house.organisation(f"full-{anna.id}")
    empty = await house.organisation(f"empty-{anna.id}")
    await house.account(f"f{anna.id}@f.example", full)
    await house.account(f"e{anna.id}@e.example", empty, roles=["administrator"])
    async with house.database.read() as session:
        values = (await targets.of(session, anna)).values()
    assert f"organisation:{full.id}" in values and f"organisation:{empty.id}" not in values
    with pytest.raises(service.NotFound):
        await do(house, service.transfer, anna, id_of(chat), to_organisation=empty.id, moment=now())


async def test_b5_said_once_each_time_one_waits(house, office):
    anna = await office.account("anna")
    chat = await office.chat()
    await ask(chat)
    for text in ("one", "two"):
        await write(chat, text)
    await take(house, anna, chat)
    await write(chat, "three")
    await do(house, service.release, anna, id_of(chat), now())
    for text in ("four", "five"):
        await write(chat, text)
    assert await events(chat) == ["forwarded", "kept_for_person", "taken_over", "released", "kept_for_person"]


async def test_b5_what_was_written_last_gets_its_answer_after_leaving(house, office):
    await office.account("anna")
    chat = await office.chat()
    await ask(chat)
    await write(chat, "What is the opportunity card?")
    last = await write(chat, "What does recognition cost?")
    assert (await call(chat, "DELETE", "person")).json() == {"owner": "assistant"}

    async def answered() -> list[dict]:
        return [m for m in await chat.messages() if m.get("reply_to") == last["seq"] and m.get("final")]

    assert len(await until(answered, 15)) == 1
    async with house.database.read() as session:
        assert (await session.exec(select(Turn).where(Turn.conversation_id == id_of(chat)))).all() == []
        asked = select(Message).where(Message.conversation_id == id_of(chat), Message.author == "assistant")
        assert {m.reply_to for m in (await session.exec(asked)).all()} == {last["seq"]}


async def test_b5_the_message_that_asked_is_not_answered_twice(house, office):
    await office.account("anna")
    chat = await office.chat()
    await chat("can i talk to a human")
    await call(chat, "DELETE", "person")
    async with house.database.read() as session:
        assert (await session.exec(select(Turn).where(Turn.conversation_id == id_of(chat)))).all() == []
    assert [m["author"] for m in await chat.messages()] == ["visitor", "assistant", "system"]


async def test_b9_a_message_that_became_a_talk_waits_as_a_chat(house, office):
    anna = await office.account("anna", on_duty=False)
    chat, start = await office.chat(), now()
    left = await call(chat, "POST", "person/message", text="Please tell me how")
    assert left.status_code == 201
    await take(house, anna, chat)
    await later(house, chat, visitor_at=start - MINUTE)
    await do(house, service.release, anna, id_of(chat), now())
    assert (await handovers(house, chat))[0].status == "message", "nobody is there"
    await take(house, anna, chat)
    await write(chat, "I am here")
    await do(house, service.release, anna, id_of(chat), now())
    assert (await handovers(house, chat))[0].status == "waiting"
    await sweep(house, now() + 6 * MINUTE)
    found = (await handovers(house, chat))[0]
    assert (found.status, found.ended_at) == ("message", None), "who went again has left a message still"


async def test_b13_after_the_end_the_same_organisation_first(house, office):
    anna = await office.account("anna")
    other = await house.organisation(f"aaa-{anna.id}", name="Aaa")
    await house.account(f"o-{anna.id}@o.example", other)
    chat = await office.chat()
    async with house.database.write() as session:
        conversation = await session.get(Conversation, id_of(chat))
        await asking.open_one(session, conversation, office.organisation.id, "waiting", "asked", now())
        await session.commit()
    await take(house, anna, chat)
    await do(house, service.end, anna, id_of(chat), "answered", now())
    await ask(chat)
    first, second = await handovers(house, chat)
    assert (second.organisation_id, second.before_id, second.wanted_id) == (office.organisation.id, first.id, None)
    await take(house, anna, chat)
    await do(house, service.end, anna, id_of(chat), "answered", now())
    async with house.database.write() as session:
        one = await session.get(type(anna), anna.id)
        one.on_duty = False
        session.add(one)
        await session.commit()
    await ask(chat)
    assert (await handovers(house, chat))[-1].organisation_id == other.id, "where nobody can come: as usual"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Nein, das hilft mir nicht", True), ("No, that does not help me", True), ("you don't understand me", True),
        ("Du verstehst mich nicht", True), ("this is not helpful", True), ("Nein", False), ("no", False),
        ("can you help me", False), ("I do not understand the question", False),
    ],
)  # fmt: skip
def test_b11_a_complaint_is_no_answer(text, is_one):
    assert complains(text) is is_one
