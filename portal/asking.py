"""Questions over the chat's interface, for the command line: to a running Wegweiser, else to one started for it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable
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
                async with httpx2.AsyncClient(base_url=base, timeout=30, trust_env=False) as client:
                    yield client


async def conversation(client: httpx2.AsyncClient, lang: str, role: str | None) -> tuple[str, dict[str, str]]:
    made = (await client.post("/api/chat/conversations", json={"language": lang, "role": role})).json()
    return f"/api/chat/conversations/{made['id']}", {"authorization": f"Bearer {made['token']}"}


async def say(client: httpx2.AsyncClient, path: str, headers: dict[str, str], **what: str) -> list[dict[str, Any]]:
    """Post a message or choice; the messages up to its final answer, with the seconds it took in the last."""
    began = time.perf_counter()
    posted = await client.post(f"{path}/messages", json={"client_msg_id": str(uuid.uuid4()), **what}, headers=headers)
    posted.raise_for_status()
    seq = posted.json()["seq"]
    pause = 0.004
    while time.perf_counter() - began < 25:
        await asyncio.sleep(pause)
        pause = min(pause * 1.2, 0.05)
        got = (await client.get(f"{path}/messages", params={"after": seq}, headers=headers)).json()["messages"]
        mine = [m for m in got if m.get("reply_to") == seq]
        if any(m.get("final") for m in mine):
            mine[-1]["seconds"] = time.perf_counter() - began
            return mine
    return []


async def once(prepared: Prepared, question: str, lang: str, role: str | None) -> list[dict[str, Any]]:
    async with somewhere(prepared) as client:
        path, headers = await conversation(client, lang, role)
        return await say(client, path, headers, text=question)


async def many(
    prepared: Prepared, questions: list[dict[str, Any]], done: Callable[[], None]
) -> list[list[dict[str, Any]]]:
    async with somewhere(prepared) as client:
        answers = []
        for q in questions:
            path, headers = await conversation(client, q["lang"], q.get("role"))
            answers.append(await say(client, path, headers, text=q["text"]))
            done()
        return answers
