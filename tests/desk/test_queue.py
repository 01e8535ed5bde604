"""The queue at its page: who waits, who has what, what it costs, and the next one."""

from __future__ import annotations

import datetime as dt
import re
import time

from sqlalchemy import event

from portal.accounts.models import Team
from portal.chat.models import Conversation
from portal.clock import now
from portal.desk import queue
from portal.handover import service
from portal.handover.models import Handover
from tests.desk.scene import alert, desk, waiting


async def test_the_queue_says_who_waits_and_who_has_what(house):
    anna = await desk(house, house.anna)
    assert "Nobody is waiting." in await anna.get("queue")
    first, _ = await waiting(
        house,
        house.alpha,
        "أين الترجمة؟",
        "ar",
        topic="recognition.cost",
        state="ST",
        role="worker",
        wanted_id=house.anna.id,
    )
    foreign, _ = await waiting(house, house.beta, "CANARY of beta")
    page = await anna.get("queue")
    assert "العربية" in page and "أين الترجمة؟" in page and "Saxony-Anhalt" in page and "Worker" in page
    assert "for Anna" in page and "asked for a person" in page and "(1) Queue" in page
    assert "CANARY" not in page and foreign not in page
    ben = await desk(house, house.ben)
    await ben.take(first)
    page = await anna.get("queue")
    assert "Ben has it" in page and "Nobody is waiting." in page
    assert (await anna.client.get(f"/en/staff/chats/{foreign}")).status_code == 404


async def test_the_queue_of_a_team_and_the_duty_switch(house):
    team = await house.add(Team(organisation_id=house.alpha.id, name="Team North"))
    await waiting(house, house.alpha, "in the team", team_id=team.id)
    await waiting(house, house.alpha, "in no team")
    anna = await desk(house, house.anna)
    assert "in no team" in await anna.get("queue")
    page = await anna.get(f"queue?team={team.id}")
    assert "in the team" in page and "in no team" not in page
    assert (await anna.client.post("/en/staff/duty", data={"on": "0"})).status_code == 303
    assert "Go on duty" in await anna.get("queue")


async def test_the_queue_costs_five_queries_however_many_wait(house):
    async with house.database.write() as session:
        for n in range(300):
            c = Conversation(id=f"{n:032x}", token_hash="x", sender="x", epoch="x", language="en", owner="queue")
            session.add(c)
        await session.flush()
        for n in range(300):
            status = "waiting" if n < 120 else "taken" if n < 140 else "ended"
            who = house.ben.id if status == "taken" else None
            session.add(
                Handover(
                    conversation_id=f"{n:032x}",
                    organisation_id=house.alpha.id,
                    language="en",
                    status=status,
                    account_id=who,
                )
            )
        await session.commit()
    anna = await desk(house, house.anna)
    await anna.get("queue")
    statements: list[str] = []

    def listen(_connection, _cursor, statement, *_more):
        if statement.upper().startswith(("SELECT", "UPDATE", "INSERT", "WITH")):
            statements.append(statement)

    event.listen(house.database.engine.sync_engine, "before_cursor_execute", listen)
    began = time.perf_counter()
    page = await anna.get("queue")
    took = time.perf_counter() - began
    event.remove(house.database.engine.sync_engine, "before_cursor_execute", listen)
    assert len(statements) <= 5, statements
    assert page.count('class="chat-row"') == queue.SHOWN + 20 and f"The first {queue.SHOWN} of 120." in page
    assert took < 0.5, "the bench holds the real limit"
    assert (await anna.get("queue?show=100")).count('class="chat-row"') == 120


async def test_own_chats_are_all_in_the_queue_however_many_messages_were_left(house):
    own, _ = await waiting(house, house.alpha, "mine", status="taken", account_id=house.anna.id)
    async with house.database.write() as session:
        for n in range(230):
            id_ = f"{house.anna.id:08x}{n:024x}"
            session.add(Conversation(id=id_, token_hash="x", sender="x", epoch="x", language="en", owner="queue"))
        await session.flush()
        for n in range(230):
            at = now() - dt.timedelta(hours=n + 1)
            left = n < 170
            session.add(
                Handover(conversation_id=f"{house.anna.id:08x}{n:024x}", organisation_id=house.alpha.id, language="en", place=at,
                         status="message" if left else "taken", account_id=None if left else house.ben.id)
            )  # fmt: skip
        await session.commit()
    anna = await desk(house, house.anna)
    page = await anna.get("queue")
    assert f'id="row-{own}"' in page
    assert 'Messages left <span class="count">(170)' in page and f"The first {queue.SHOWN} of 170." in page
    assert 'Chats of colleagues <span class="count">(60)' in page and f"The first {queue.SHOWN} of 60." in page
    more = re.search(r'href="/en/staff/(queue\?show=\d+)"', page)[1]
    page = await anna.get(more)
    assert f"The first {2 * queue.SHOWN} of 170." in page and "of 60." not in page and f'id="row-{own}"' in page
    beside = await anna.get(f"chats/{own}")
    assert f'href="/en/staff/chats/{own}?show={2 * queue.SHOWN}"' in beside


async def test_the_next_one_is_the_one_that_waits_longest(house):
    first, _ = await waiting(house, house.alpha, "first")
    await waiting(house, house.alpha, "second")
    anna = await desk(house, house.anna)
    taken = await anna.client.post("/en/staff/queue/next")
    assert taken.status_code == 303 and taken.headers["location"].endswith(f"/chats/{first}")
    carla = await desk(house, house.carla)
    assert (await carla.client.post("/en/staff/queue/next")).headers["location"].endswith("/queue")


async def test_why_there_is_no_next_one(house):
    team = await house.add(Team(organisation_id=house.alpha.id, name="Team South"))
    chat, _ = await waiting(house, house.alpha, team_id=team.id)
    anna = await desk(house, house.anna)

    async def asks(**fields) -> str:
        async with house.database.write() as session:
            account = await session.get_one(type(house.anna), house.anna.id)
            for name, value in fields.items():
                setattr(account, name, value)
            session.add(account)
            await session.commit()
        answer = await anna.client.post("/en/staff/queue/next")
        assert answer.status_code == 409 and f"chats/{chat}" in answer.text
        return alert(answer.text)

    assert (await asks()).startswith("Each chat that waits is for another team")
    assert (await asks(most=0)).startswith("You have as many chats as your limit allows.")
    assert (await asks(on_duty=False)).startswith("You are off duty.")


async def test_flt_18_where_a_colleague_is_faster_the_next_one_is_the_one_after(house, monkeypatch):
    first, _ = await waiting(house, house.alpha, "first")
    second, _ = await waiting(house, house.alpha, "second")
    anna, take = await desk(house, house.anna), service.take

    async def slower(session, account, chat, moment):
        if chat == first and account.id == house.anna.id:
            await take(session, house.ben, chat, moment)
        return await take(session, account, chat, moment)

    monkeypatch.setattr(service, "take", slower)
    taken = await anna.client.post("/en/staff/queue/next")
    assert taken.status_code == 303 and taken.headers["location"].endswith(f"/chats/{second}")
