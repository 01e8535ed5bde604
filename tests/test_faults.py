"""Rasa down, slow, empty or mad: the visitor gets a failure text with a human contact, and nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI, Response
from pydantic import SecretStr

from portal import house
from portal.app import create
from tests.conftest import Chat


@contextlib.asynccontextmanager
async def serving(app, port: int) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, ws="none"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    yield
    server.should_exit = True
    await task


def mad_rasa(how: str) -> FastAPI:
    app = FastAPI()

    @app.post("/webhooks/portal/webhook")
    async def webhook() -> Response:
        match how:
            case "empty":
                return Response('{"messages": []}', media_type="application/json")
            case "list":
                return Response("[]", media_type="application/json")
            case "html":
                return Response("<html>", media_type="text/html")
            case "500":
                return Response("{}", 500)
            case "unknown":
                return Response('{"messages": [{"custom": {"say": 5}}, {"text": "x"}]}', media_type="application/json")
            case "large":
                return Response("x" * 5_000_000)
            case _:
                await asyncio.sleep(12)
                return Response("{}")

    return app


@contextlib.asynccontextmanager
async def portal_beside(ready, tmp_path, bot_port: int, **settings):
    s, _ = ready
    port = house.free_port()
    s = s.model_copy(update={"port": port, "bot_port": bot_port, "bot_secret": SecretStr("x" * 32), **settings,
                             "database": f"sqlite+aiosqlite:///{tmp_path}/chat.db"})  # fmt: skip
    async with serving(create(s), port):
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
            yield client


@pytest.mark.parametrize("how", ["empty", "list", "html", "500", "unknown", "large"])
async def test_flt_04_a_mad_answer_is_a_failure(ready, tmp_path, how):
    bot_port = house.free_port()
    async with serving(mad_rasa(how), bot_port), portal_beside(ready, tmp_path, bot_port) as client:
        talk = await Chat.begin(client, "de", None)
        said = await talk("Was kostet die Anerkennung?")
    assert said[-1]["final"] and said[-1]["kind"] in ("notice", "text")
    if how != "unknown":
        assert "+49 30 1815-1111" in said[-1]["text"]


async def test_flt_02_rasa_is_not_there(ready, tmp_path):
    async with portal_beside(ready, tmp_path, house.free_port()) as client:
        ready_ = await client.get("/readyz")
        assert (ready_.status_code, ready_.json()["rasa"]) == (503, "down")
        assert (await client.get("/healthz")).status_code == 200
        talk = await Chat.begin(client, "de", None)
        said = await talk("Hallo")
        assert "+49 30 1815-1111" in said[-1]["text"]


async def test_flt_03_con_06_a_slow_rasa_ends_in_a_failure_text(ready, tmp_path):
    bot_port = house.free_port()
    async with serving(mad_rasa("slow"), bot_port), portal_beside(ready, tmp_path, bot_port, bot_timeout=1.0) as client:
        talk = await Chat.begin(client, "en", None)
        began = time.monotonic()
        said = await talk("hello")
        assert time.monotonic() - began < 20
        assert "+49 30 1815-1111" in said[-1]["text"]


async def test_flt_08_what_was_stored_is_answered_after_a_crash(ready, tmp_path):
    """A message whose turn was never begun (the process died) is taken up at the next start."""
    from portal import migrations
    from portal.chat import service
    from portal.chat.drafts import Draft
    from portal.database import Database

    database = Database(f"sqlite+aiosqlite:///{tmp_path}/chat.db")
    await migrations.upgrade(database)
    async with database.write() as session:
        conversation, token = await service.create(session, "en", None, None)
        await session.flush()
        await service.receive(session, conversation, "1", Draft("text", "hello", "en"), None)
        await session.commit()
    await database.close()
    async with portal_beside(ready, tmp_path, house.free_port()) as client:
        talk = Chat(client, f"/api/chat/conversations/{conversation.id}", {"authorization": f"Bearer {token}"})
        for _ in range(100):
            got = await talk.messages()
            if len(got) > 1:
                break
            await asyncio.sleep(0.05)
        assert got[1]["reply_to"] == 1 and got[1]["final"]


def test_flt_45_a_missing_secret_is_named(ready):
    s, _ = ready
    with pytest.raises(SystemExit, match="WEGWEISER_BOT_SECRET"):
        create(s.model_copy(update={"bot_secret": SecretStr("short")}))
