"""Questions over the chat's interface, for the command line: to a running Wegweiser, else to one started for it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from portal import house
from portal.settings import Settings
from portal.supervisor import Supervisor

Prepared = Callable[[], tuple[Settings, Path]]


@contextlib.asynccontextmanager
async def somewhere(prepared: Prepared) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a Wegweiser: the one that runs, else one with a database of its own for as long as it is needed."""
    s, trained = prepared()
    with contextlib.suppress(httpx2.HTTPError):
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{s.port}", timeout=30, trust_env=False) as client:
            if "rasa" in (await client.get("/readyz")).json():
                yield client
                return
    async with started(s, trained) as client:
        yield client


@contextlib.asynccontextmanager
async def started(s: Settings, trained: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """Rasa and the portal on free ports with a fresh database."""
    with tempfile.TemporaryDirectory() as folder:
        s = s.model_copy(
            update={
                "port": house.free_port(), "bot_port": house.free_port(),
                "database": f"sqlite+aiosqlite:///{folder}/chat.db",
            }
        )  # fmt: skip
        with open(os.devnull, "w") as nowhere:  # noqa: ASYNC230
            supervisor = Supervisor(house.children(s, trained), out=nowhere)
            async with supervisor.running():
                base = f"http://127.0.0.1:{s.port}"
                many = httpx2.Limits(max_connections=500, max_keepalive_connections=500)
                async with httpx2.AsyncClient(base_url=base, timeout=30, trust_env=False, limits=many) as client:
                    yield client


class Stream:
    """The event stream of a conversation: wakes whoever waits for a number."""

    def __init__(self) -> None:
        self.seq, self._news = -1, asyncio.Event()

    async def read(self, talk: Talk) -> None:
        url = f"{talk.path}/events"
        async with talk.client.stream("GET", url, headers=talk.headers, timeout=None) as lines:
            async for line in lines.aiter_lines():
                if line.startswith("data:"):
                    self.seq = json.loads(line[5:])["seq"]
                    self._news.set()

    async def beyond(self, seq: int) -> None:
        """Wait for a message after a number."""
        while self.seq <= seq:
            self._news.clear()
            await self._news.wait()


@dataclass
class Talk:
    """A conversation over the chat's interface. Without an event stream it looks again and again."""

    client: httpx2.AsyncClient
    path: str
    headers: dict[str, str]
    stream: Stream | None = None

    @classmethod
    async def begin(cls, client: httpx2.AsyncClient, lang: str, role: str | None) -> Talk:
        made = (await client.post("/api/chat/conversations", json={"language": lang, "role": role})).json()
        return cls(client, f"/api/chat/conversations/{made['id']}", {"authorization": f"Bearer {made['token']}"})

    @classmethod
    @contextlib.asynccontextmanager
    async def listening(cls, client: httpx2.AsyncClient, lang: str, role: str | None) -> AsyncIterator[Talk]:
        """With its event stream open, as a browser holds it."""
        talk = await cls.begin(client, lang, role)
        talk.stream = Stream()
        reading = asyncio.create_task(talk.stream.read(talk))
        try:
            async with asyncio.timeout(10):
                await talk.stream.beyond(-1)
            yield talk
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError, httpx2.HTTPError):
                await reading

    async def messages(self, after: int = 0) -> list[dict[str, Any]]:
        got = await self.client.get(f"{self.path}/messages", params={"after": after}, headers=self.headers)
        return got.json()["messages"]

    async def say(self, **what: str) -> list[dict[str, Any]]:
        """Post a `text` or `choice`; the messages up to its final answer, with the seconds it took in the last."""
        began = time.perf_counter()
        body = {"client_msg_id": str(uuid.uuid4()), **what}
        posted = await self.client.post(f"{self.path}/messages", json=body, headers=self.headers)
        posted.raise_for_status()
        seq = known = posted.json()["seq"]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(25):
                while True:
                    await (self.stream.beyond(known) if self.stream else asyncio.sleep(0.01))
                    messages = await self.messages(seq)
                    mine = [m for m in messages if m.get("reply_to") == seq]
                    if any(m.get("final") for m in mine):
                        mine[-1]["seconds"] = time.perf_counter() - began
                        return mine
                    known = max([known, *(m["seq"] for m in messages)])
        return []


async def once(prepared: Prepared, question: str, lang: str, role: str | None) -> list[dict[str, Any]]:
    async with somewhere(prepared) as client, Talk.listening(client, lang, role) as talk:
        return await talk.say(text=question)


async def many(
    client: httpx2.AsyncClient, questions: list[dict[str, Any]], done: Callable[[], None] = lambda: None
) -> list[list[dict[str, Any]]]:
    """Each question as a fresh conversation."""
    answers = []
    for q in questions:
        async with Talk.listening(client, q["lang"], q.get("role")) as talk:
            answers.append(await talk.say(text=q["text"]))
        done()
    return answers
