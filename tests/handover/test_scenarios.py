"""The hand-over's scenarios of peers.md, section 4, by number, over the chat's interface and the desk's services."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import uuid

import pytest
from sqlmodel import col, select

from portal import house as houses
from portal.chat.models import Conversation, Turn
from portal.clock import now
from portal.desk.models import File, Note
from portal.handover import service
from tests.conftest import Chat
from tests.handover.desk import ask, call, clock, do, events, handovers, id_of, later, reply, sweep, take, until, write
from tests.test_faults import serving

MINUTE = dt.timedelta(minutes=1)


async def owner(chat: Chat) -> str:
    return (await chat.state())["owner"]


async def person(chat: Chat) -> dict:
    return (await chat.state())["person"]


async def test_scenario_01_the_assistant_has_the_chat_nobody_is_told(house, office):
    await office.account("anna")
    chat = await office.chat()
    with house.app.state.bus.subscribe(f"org:{office.organisation.id}") as desk:
        said = await chat("What is the opportunity card?")
    assert said[-1]["final"] and not desk.is_set()
    assert await handovers(house, chat) == []
    assert (await chat.state())["owner"] == "assistant" and (await chat.state())["person"] is None


async def test_scenario_02_the_assistant_falls_silent(house, office):
    await office.account("anna")
    chat = await office.chat()
    got = await ask(chat)
    assert (got["owner"], got["person"]["status"], got["person"]["place"]) == ("queue", "waiting", 1)
    await write(chat, "What does recognition cost?")
    await asyncio.sleep(0.3)
    messages = await chat.messages()
    assert [m["author"] for m in messages] == ["system", "visitor", "system"]
    assert messages[-1]["event"] == "kept_for_person"
    await write(chat, "And how long does it take?")
    assert (await events(chat)).count("kept_for_person") == 1, "said once"
    assert "number 1" in messages[0]["text"] and messages[0]["event"] == "forwarded"
    async with house.database.read() as session:
        assert (await session.exec(select(Turn).where(Turn.conversation_id == id_of(chat)))).all() == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Ich möchte mit einem Menschen sprechen"), ("en", "can i talk to a real person please"),
        ("es", "quiero hablar con una persona"), ("tr", "gerçek bir insanla konuşmak istiyorum"),
        ("ru", "соедините меня с человеком"), ("uk", "хочу поговорити з людиною"), ("ar", "أريد التحدث مع إنسان"),
        ("sq", "dua të flas me një njeri"), ("sr", "hoću da razgovaram sa čovekom"), ("fr", "je veux parler à un humain"),
        ("pl", "chcę porozmawiać z człowiekiem"), ("fa", "می‌خواهم با یک انسان صحبت کنم"),
    ],
)  # fmt: skip
async def test_scenario_03_without_rasa_a_person_comes_all_the_same(house, office, language, text):
    await office.account("anna")
    chat = await office.chat(language)
    said = await chat(text)
    assert (said[-1]["kind"], said[-1]["event"]) == ("handover", "forwarded")
    assert await owner(chat) == "queue"
    assert [h.reason for h in await handovers(house, chat)] == ["failure"]


async def test_scenario_03_without_rasa_the_button_works_and_a_question_fails_with_it(house, office):
    await office.account("anna")
    chat = await office.chat()
    said = await chat("What does the visa cost?")
    assert said[-1]["kind"] == "notice" and await owner(chat) == "assistant"
    said = await chat.choose(said[-1]["choices"][-1]["id"])
    assert said[-1]["kind"] == "handover" and await owner(chat) == "queue"


async def test_scenario_04_nobody_on_duty_a_form_and_no_opening_time_since_it_is_open(house, office):
    await office.account("anna", on_duty=False)
    chat = await office.chat("de")
    got = await ask(chat)
    assert (got["owner"], got["person"]["status"]) == ("assistant", "nobody")
    assert got["person"]["opens_at"] is None
    line = (await chat.messages())[-1]
    assert line["event"] == "unavailable_agents" and line["values"]["opens_at"] is None and "00:00" not in line["text"]
    assert "+49 30 1815-1111" in line["text"]
    left = await call(chat, "POST", "person/message", text="Bitte rufen Sie mich an.")
    assert left.status_code == 201 and left.json()["person"]["status"] == "message"
    again = await call(chat, "POST", "person/message", text="Bitte rufen Sie mich an.")
    assert again.json()["message"]["seq"] == left.json()["message"]["seq"]
    assert [(h.status, h.reason) for h in await handovers(house, chat)] == [("message", "message")]
    assert (await call(chat, "DELETE", "person")).json() == {"owner": "assistant"}
    assert (await handovers(house, chat))[0].status == "message", "it stays with staff"


async def test_scenario_05_closed_one_text_and_no_more(house, office):
    closed = await house.organisation("closed", name="Closed", kind="ag_s", hours={})
    await house.account("a@closed.example", closed)
    async with house.database.write() as session:
        one = await session.get(type(office.organisation), office.organisation.id)
        one.active = False
        session.add(one)
        await session.commit()
    chat = await office.chat()
    for _ in range(3):
        got = await ask(chat)
        assert got["owner"] == "assistant" and got["person"]["status"] == "closed"
    assert await events(chat) == ["unavailable_organisation"]
    said = await chat("can i talk to a human")
    assert [m["kind"] for m in said] == ["handover"]


async def test_scenario_08_09_places_move_without_reload(house, office):
    anna = await office.account("anna")
    chats = [await office.chat() for _ in range(3)]
    seen: list[list[int | None]] = [[], [], []]
    listeners = []

    async def listen(n: int) -> None:
        async with chats[n].client.stream("GET", f"{chats[n].path}/events", headers=chats[n].headers) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data:") and "person" in (data := json.loads(line[5:])):
                    seen[n].append(data["person"] and data["person"]["place"])

    for n, chat in enumerate(chats):
        await ask(chat)
        listeners.append(asyncio.create_task(listen(n)))
    try:
        await until(lambda: [s[-1:] for s in seen] == [[1], [2], [3]], 12)
        await take(house, anna, chats[0])
        await until(lambda: [s[-1] for s in seen] == [None, 1, 2], 12)  # 15 s would be a poll
        await call(chats[1], "DELETE", "person")
        await until(lambda: seen[2][-1] == 1, 12)
        assert seen[2] == [3, 2, 1]
    finally:
        for task in listeners:
            task.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)


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


async def test_scenario_19_the_language_changes_while_waiting_the_place_stays(house, office):
    anna = await office.account("anna")
    chats = [await office.chat("en") for _ in range(2)]
    for chat in chats:
        await ask(chat)
    before = await person(chats[1])
    answer = await chats[1].client.patch(chats[1].path, json={"language": "ar"}, headers=chats[1].headers)
    assert answer.json() == {"language": "ar"}
    assert await person(chats[1]) == before and before["place"] == 2
    assert (await handovers(house, chats[1]))[0].language == "ar"
    await take(house, anna, chats[1])
    assert (await chats[1].messages())[-1]["language"] == "ar", "the next line is in the new language"


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


async def test_scenario_28_sec_c04_a_foreign_token_opens_nothing(house, office):
    await office.account("anna")
    mine, other = await office.chat(), await office.chat()
    await ask(mine)
    before = await mine.state()
    for headers in (other.headers, {}, {"authorization": "Bearer x"}):
        thief = Chat(mine.client, mine.path, headers)
        for method, end, body in (
            ("GET", "messages", {}), ("GET", "events", {}), ("POST", "person", {}), ("DELETE", "person", {}),
            ("POST", "person/message", {"text": "x"}), ("POST", "end", {}), ("POST", "rating", {"stars": 1}),
            ("POST", "typing", {"on": True}), ("POST", "read", {"seq": 1}), ("DELETE", "", {}),
            ("POST", "messages", {"client_msg_id": "1", "text": "x"}),
        ):  # fmt: skip
            answer = (
                await call(thief, method, end, **body)
                if end
                else await thief.client.delete(thief.path, headers=headers)
            )
            assert answer.status_code == 404, (method, end)
            assert answer.json()["error"] == "not_found"
    assert await mine.state() == before


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


async def test_scenario_02_with_rasa_the_topic_and_what_was_understood_come_along(house, office):
    """A stand-in for Rasa that hands over, as action_human does."""
    from fastapi import FastAPI

    from tests.people import portal

    rasa, port = FastAPI(), houses.free_port()
    says = [{"say": "handover", "topic": "placement.request", "state": "ST", "case": None}]

    @rasa.post("/webhooks/portal/webhook")
    async def webhook() -> dict:
        return {"messages": [{"custom": s} for s in says]}

    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        async with serving(rasa, port), portal(Path(folder), bot_port=port) as own:
            await own.account("anna@a.example", await own.organisation("st", name="AG-S Halle", states=["ST"]))
            chat = await own.chat("de", "employer")
            said = await chat("Ich brauche einen Menschen")
            assert [m["kind"] for m in said] == ["handover"], "said once"
            assert said[0]["topic"] == "service.handover" and "AG-S Halle" in said[0]["text"]
            assert "+49 30 1815-1111" in said[0]["text"] and said[0]["values"]["place"] == 1
            assert "AG-S)" not in said[0]["text"], "who waits needs no list of others"
            found = (await handovers(own, chat))[0]
            assert (found.topic, found.state, found.role, found.reason) == (
                "placement.request",
                "ST",
                "employer",
                "asked",
            )
            async with own.database.read() as session:
                from portal.chat.models import Message

                asked = await session.get(Message, (id_of(chat), 1))
            assert asked.hidden["understood"]["topics"] == ["placement.request"]
            assert asked.hidden["understood"]["language"] == "de"


async def test_without_an_organisation_it_is_as_before(house):
    chat = await house.chat("en", "employer")
    said = await chat("can i talk to a human please")
    assert said[-1]["kind"] == "handover" and "event" not in said[-1]
    assert (await ask(chat)) == {"owner": "assistant", "person": None}
    left = await call(chat, "POST", "person/message", text="hello")
    assert (left.status_code, left.json()["error"]) == (409, "no_organisation")
