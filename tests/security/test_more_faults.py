"""More that goes wrong: Rasa dies in a turn, cannot act, has another model; no hint ever comes; a hundred people at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest_asyncio
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr
from sqlmodel import select

from portal import house as houses
from portal.accounts.models import Account
from portal.chat import service
from portal.chat.drafts import Draft
from portal.chat.models import Conversation, Message
from portal.handover.models import Handover
from portal.supervisor import Child, Supervisor
from portal.web.api import listening
from portal.web.staff import stream
from tests.desk.scene import waiting
from tests.people import House, portal
from tests.test_faults import serving

CONTACT = "+49 30 1815-1111"


@dataclass
class Whole(House):
    """A portal with a real Rasa, whose way to its actions is `between`: it can be cut."""

    rasa: Child
    between: FastAPI
    port: int


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def whole(ready, tmp_path_factory) -> AsyncIterator[Whole]:
    settings, trained = ready
    bot, port = houses.free_port(), houses.free_port()
    theirs = settings.model_copy(update={"bot_secret": SecretStr("x" * 32), "bot_port": bot, "port": port})
    rasa, between = houses.children(theirs, trained)[0], FastAPI()
    async with portal(tmp_path_factory.mktemp("whole"), bot_port=bot) as house:

        @between.post("/rasa/actions")
        async def actions(request: Request) -> Response:
            headers = {"x-bot-secret": request.headers["x-bot-secret"], "content-type": "application/json"}
            answer = await house.client.post("/rasa/actions", content=await request.body(), headers=headers)
            return Response(answer.content, answer.status_code, media_type="application/json")

        with open(os.devnull, "w") as nowhere:
            async with Supervisor([rasa], out=nowhere).running():
                yield Whole(house.app, house.client, house.clients, rasa, between, port)


async def test_flt_06_rasa_cannot_reach_its_actions(whole):
    chat, began = await whole.chat("en"), time.monotonic()
    said = await chat("What does recognition cost?")
    assert time.monotonic() - began < 20
    assert said[-1]["final"] and said[-1]["kind"] != "answer" and CONTACT in said[-1]["text"]
    async with serving(whole.between, whole.port):
        said = await chat("What does recognition cost?")
        assert [m["kind"] for m in said if m.get("final")] == ["answer"]  # and goes on, without a restart


async def test_flt_05_an_old_button_after_a_new_model_does_nothing_wrong(whole):
    """Buttons of an earlier turn are closed; one whose meaning the model has forgotten is not taken for something else."""
    async with serving(whole.between, whole.port):
        chat = await whole.chat("en")
        id_ = chat.path.rsplit("/", 1)[1]
        assert (await chat.post(client_msg_id="0", choice="c-from-before")).status_code == 409
        for n, meaning in enumerate((
            {"intent": "intent_that_was", "entities": {}}, {"intent": "choose_topic", "entities": {"topic": "topic.that.was"}},
            {"intent": "answer_fact", "entities": {"guide": "guide_that_was", "fact": "x", "value": "y"}},
            {"intent": "start_guide", "entities": {"guide": "guide_that_was"}}, {"intent": "choose_topic", "entities": {}},
        )):  # fmt: skip
            async with whole.database.write() as session:
                conversation = await session.get(Conversation, id_)
                hidden = {"choices": {f"old{n}": {**meaning, "title": "Old"}}}
                await service.add(session, conversation, Draft("ask", "Which one?", "en", hidden=hidden), "assistant")
                await session.commit()
            said = await chat.choose(f"old{n}")
            assert said[-1]["final"] and said[-1]["kind"] != "answer" and said[-1]["text"], (meaning, said)
            assert "person" not in (await chat.state()) or (await chat.state())["person"] is None, meaning


def pid_of(child: Child, port: str) -> int:
    """The process the supervisor started for the child, by its own port."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            words = (entry / "cmdline").read_bytes().decode().split("\0")
            if port in words and child.command[1] in words and int(entry.name):
                return int(entry.name)
    raise AssertionError("Rasa does not run")


async def test_flt_01_rasa_is_killed_in_a_turn(whole):
    port = whole.rasa.command[whole.rasa.command.index("-p") + 1]
    async with serving(whole.between, whole.port):
        chat = await whole.chat("en")
        assert (await chat("hello"))[-1]["final"]
        sent = (await chat.post(client_msg_id=str(uuid.uuid4()), text="What does the visa cost?")).json()
        began = time.monotonic()
        whole.rasa.ready.clear()
        os.kill(pid_of(whole.rasa, port), signal.SIGKILL)
        while True:
            messages = await chat.messages()
            answers = [m for m in messages if m.get("reply_to") == sent["seq"] and m.get("final")]
            if answers:
                break
            assert time.monotonic() - began < 20
            await asyncio.sleep(0.05)
        assert messages[sent["seq"] - 1]["text"] == "What does the visa cost?"  # nothing lost
        async with asyncio.timeout(120):
            await whole.rasa.ready.wait()
        said = await chat("What does recognition cost?")
        assert said[-1]["final"] and [m["kind"] for m in said][-1] == "answer"
        finals = [m["reply_to"] for m in await chat.messages() if m.get("final")]
        assert len(finals) == len(set(finals))  # each was answered once


async def test_flt_16_17_without_a_hint_both_sides_still_get_everything(tmp_path, monkeypatch):
    """What Redis would do: it is not there. The streams look for themselves; no request waits for a hint."""
    assert listening.POLL <= 15 and stream.BREATH <= 15
    monkeypatch.setattr(listening, "POLL", 0.3)
    monkeypatch.setattr(stream, "BREATH", 0.3)
    async with portal(tmp_path) as house:
        alpha = await house.organisation()
        anna = await house.account("anna@a.example", alpha)
        id_, visitor = await waiting(house, alpha)
        desk = await house.enter(anna)
        assert (await desk.post(f"/en/staff/chats/{id_}/take")).status_code == 303
        monkeypatch.setattr(house.app.state.bus, "wake", lambda *_keys: None)
        monkeypatch.setattr(house.app.state.bus, "pass_on", lambda *_args, **_more: None)
        heard: dict[str, list[str]] = {"visitor": [], "desk": []}

        async def listen(side: str, client: httpx2.AsyncClient, path: str, headers: dict[str, str]) -> None:
            async with client.stream("GET", path, headers=headers) as answer:
                async for line in answer.aiter_lines():
                    heard[side].append(line)

        async def hears(side: str, line: str) -> None:
            async with asyncio.timeout(5):
                while line not in heard[side]:
                    await asyncio.sleep(0.02)
            heard[side].clear()

        tasks = [asyncio.create_task(listen("visitor", visitor.client, f"{visitor.path}/events", visitor.headers)),
                 asyncio.create_task(listen("desk", desk, f"/en/staff/events?chat={id_}", {}))]  # fmt: skip
        await hears("visitor", "event: hello")
        await hears("desk", "event: hello")
        await asyncio.sleep(0.7)
        heard["desk"].clear()
        await visitor.post(client_msg_id="1", text="Is anybody there?")
        await hears("desk", "event: chat")
        await desk.post(f"/en/staff/chats/{id_}/reply", data={"text": "Yes", "client_msg_id": "reply-0001"})
        await hears("visitor", "event: message")
        other = await house.chat("en", "worker")
        await other.client.post(f"{other.path}/person", json={}, headers=other.headers)
        await hears("desk", "event: queue")
        for task in tasks:
            task.cancel()


async def test_flt_39_a_hundred_ask_at_once_and_three_serve_them(tmp_path):
    async with portal(tmp_path) as house:
        alpha = await house.organisation()
        staff = [await house.account(f"{n}@a.example", alpha, most=1) for n in ("anna", "ben", "cem")]
        desks = [await house.enter(account) for account in staff]
        chats = [await house.chat("en", "worker") for _ in range(100)]

        async def person(chat, method="GET"):
            path = f"{chat.path}/messages" if method == "GET" else f"{chat.path}/person"
            kwargs = {"json": {}} if method == "POST" else {}
            return (await chat.client.request(method, path, headers=chat.headers, **kwargs)).json()["person"]

        for chat in chats[:50]:
            assert (await person(chat, "POST"))["status"] == "waiting"
        await asyncio.gather(*(person(chat, "POST") for chat in chats[50:]))
        places = [(await person(chat))["place"] for chat in chats]
        assert places[:50] == list(range(1, 51)) and sorted(places[50:]) == list(
            range(51, 101)
        )  # honest, nobody dropped
        by_place = [chat for _, chat in sorted(zip(places, chats, strict=True), key=lambda found: found[0])]
        order = [chat.path.rsplit("/", 1)[1] for chat in by_place]
        served: list[str] = []
        while len(served) < 100:
            taken = [(desk, (await desk.post("/en/staff/queue/next")).headers["location"]) for desk in desks]
            taken = [(desk, to.rpartition("/chats/")[2]) for desk, to in taken if "/chats/" in to]
            served += [id_ for _, id_ in taken]
            if len(served) % 30 == 0:
                left = [(await person(chat))["place"] for chat in by_place[len(served) :]]
                assert left == list(range(1, len(left) + 1))
            for desk, id_ in taken:
                assert (await desk.post(f"/en/staff/chats/{id_}/end", data={"reason": "answered"})).status_code == 303
        assert served == order  # in the order in which they asked, each once
        async with house.database.read() as session:
            rows = (await session.exec(select(Handover.status, Handover.account_id))).all()
            told = (
                await session.exec(
                    select(Message.conversation_id).where(Message.kind == "notice", Message.author == "system")
                )
            ).all()
            counts = [sum(who == account.id for _, who in rows) for account in staff]
        assert len(rows) == 100 and {status for status, _ in rows} == {"ended"} and set(told) == set(order)
        assert max(counts) - min(counts) <= 1 and isinstance(staff[0], Account)
