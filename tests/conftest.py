"""Real Rasa, a real portal, a real database: one pair for the whole run, on free ports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from portal import asking
from portal.asking import Talk
from portal.cli import prepared
from portal.settings import Settings


@pytest.fixture(scope="session")
def ready() -> tuple[Settings, Path]:
    """Settings with vectors and a trained model."""
    return prepared()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def wegweiser(ready: tuple[Settings, Path]) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the whole thing."""
    async with asking.started(*ready) as client:
        for _ in range(200):
            if (await client.get("/readyz")).status_code == 200:
                break
            await asyncio.sleep(0.1)
        yield client


class Chat(Talk):
    """A conversation as a test talks: `await chat("text")` gives the messages of the answer."""

    async def __call__(self, text: str) -> list[dict]:
        return await self.say(text=text)

    async def choose(self, id_: str) -> list[dict]:
        return await self.say(choice=id_)

    async def post(self, **body) -> httpx2.Response:
        return await self.client.post(f"{self.path}/messages", json=body, headers=self.headers)

    async def state(self, after: int = 0) -> dict:
        return (await self.client.get(f"{self.path}/messages", params={"after": after}, headers=self.headers)).json()


@pytest.fixture
def chat(wegweiser: httpx2.AsyncClient):
    async def begin(language: str = "en", role: str | None = None) -> Chat:
        return await Chat.begin(wegweiser, language, role)

    return begin


def topics(messages: list[dict]) -> list[str]:
    """The topics that were answered."""
    return [m["topic"] for m in messages if m["kind"] == "answer"]
