"""Signs of life: who works for a chat on another page keeps it, who is gone loses it, and nobody stays signed in by them."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from portal.accounts.models import Account
from portal.chat.models import Conversation
from portal.clock import now
from portal.handover import serving, sweeping, timed
from portal.web.staff import door, stream
from tests.desk.scene import desk, waiting
from tests.people import COOKIE

LIVE = {"x-live": "1"}


@pytest.fixture
def clock(monkeypatch):
    """`clock(minutes=3)`: the door's time from now on."""
    start = now()

    def at(**passed) -> dt.datetime:
        moment = start + dt.timedelta(**passed)
        monkeypatch.setattr(door, "now", lambda: moment)
        return moment

    at()
    return at


async def owner(house, chat: str, moment: dt.datetime) -> str:
    """Who has the chat once the clock has swept."""
    await timed.run(serving.vanished, house.database, moment, "", timed.Swept())
    async with house.database.read() as session:
        return (await session.get_one(Conversation, chat)).owner


async def test_flt_20_who_fills_in_a_form_keeps_the_chat(house, clock):
    chat, _ = await waiting(house, house.alpha)
    anna = await desk(house, house.anna)
    await anna.take(chat)
    for form in (f"cases/new?chat={chat}", f"chats/{chat}/consent", f"chats/{chat}/transfer"):
        assert "/static/alive.js" in await anna.get(form)
    assert "/static/alive.js" not in await anna.get(f"chats/{chat}"), "which has a stream"
    for half_minutes in range(1, 50):
        moment = clock(seconds=30 * half_minutes)
        assert (await anna.client.get("/en/staff/alive", headers=LIVE)).status_code == 200
        assert await owner(house, chat, moment + dt.timedelta(seconds=29)) == "staff"
    assert await owner(house, chat, moment + dt.timedelta(seconds=150)) == "queue", "the page was closed"


async def test_flt_20_pages_one_after_the_other_keep_the_chat(house, clock):
    chat, _ = await waiting(house, house.alpha)
    anna = await desk(house, house.anna)
    await anna.take(chat)
    await anna.client.get("/en/staff/alive", headers=LIVE)
    for n in range(1, 20):
        moment = clock(seconds=20 * n)
        await anna.get("canned")
        await anna.client.get("/en/staff/alive", headers=LIVE)
        assert await owner(house, chat, moment) == "staff"


async def test_flt_20_a_desk_without_javascript_shows_a_sign_with_each_page(house, clock):
    chat, _ = await waiting(house, house.alpha)
    anna = await desk(house, house.anna)
    await anna.take(chat)
    await anna.post(chat, "reply", text="I look it up.")
    assert await owner(house, chat, clock(minutes=14)) == "staff"
    await anna.get(f"chats/{chat}")
    assert await owner(house, chat, clock(minutes=28)) == "staff"
    assert await owner(house, chat, clock(minutes=30)) == "queue"


async def test_sec_a15_what_a_page_asks_by_itself_keeps_nobody_signed_in(house, clock):
    chat, _ = await waiting(house, house.alpha)
    anna = await desk(house, house.anna)
    await anna.take(chat)
    asked = ("queue", f"chats/{chat}", "alive")
    for minute in range(1, 30):
        clock(minutes=minute)
        for path in asked:
            answer = await anna.client.get(f"/en/staff/{path}", headers={**LIVE, "hx-request": "true"})
            assert answer.status_code == 200, (minute, path)
    moment = clock(minutes=31)
    for path in asked:
        answer = await anna.client.get(f"/en/staff/{path}", headers={**LIVE, "hx-request": "true"})
        assert answer.status_code == 401, path
    assert await owner(house, chat, moment + dt.timedelta(minutes=2)) == "queue"


async def test_sec_a15_whoever_does_something_stays_signed_in(house, clock):
    anna = await desk(house, house.anna)
    for minute in (20, 40, 60):
        clock(minutes=minute)
        assert (await anna.client.get("/en/staff/queue")).status_code == 200


async def test_who_goes_on_duty_without_a_stream_stays_on_duty(house):
    async with house.database.write() as session:
        account = await session.get_one(Account, house.anna.id)
        account.on_duty, account.seen_at = False, now() - dt.timedelta(days=1)
        session.add(account)
        await session.commit()
    anna = await desk(house, house.anna)
    await anna.client.post("/en/staff/duty", data={"on": "1"})
    await sweeping.off_duty(house.database, now(), timed.Swept())
    assert "On duty" in await anna.get("queue")


async def test_flt_11_reading_goes_on_where_no_sign_can_be_written(house, monkeypatch):
    monkeypatch.setattr("portal.database.IN_LINE", 0.2)
    anna = await desk(house, house.anna)
    async with house.database.write():
        assert (await anna.client.get("/en/staff/queue")).status_code == 200


async def test_sec_a17_a_stream_ends_with_the_right_to_read_chats(house, monkeypatch):
    monkeypatch.setattr(stream, "BREATH", 0.1)
    anna = await desk(house, house.anna)
    async with anna.client.stream("GET", "/en/staff/events") as answer:
        lines = answer.aiter_lines()
        await asyncio.wait_for(anext(lines), 2)
        async with house.database.write() as session:
            account = await session.get_one(Account, house.anna.id)
            account.roles = ["editor"]
            session.add(account)
            await session.commit()
        async with asyncio.timeout(5):
            assert "event: signed-out" in [line async for line in lines]
    assert anna.client.cookies[COOKIE]
