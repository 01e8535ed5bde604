"""One portal for the hand-over's tests; each test brings an organisation of its own, so that queues do not mix."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import col, update

from portal.accounts.models import Account, Organisation
from tests.conftest import Chat
from tests.people import House, portal

NUMBERS = itertools.count(1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def standing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    path: Path = tmp_path_factory.mktemp("handover")
    async with portal(path) as house:
        yield house


@dataclass
class Office:
    """An organisation, its people, and visitors who come to it."""

    house: House
    organisation: Organisation

    async def account(self, name: str, **fields: Any) -> Account:
        number = next(NUMBERS)
        return await self.house.account(
            f"{name}.{number}@x.example", self.organisation, shown_name=name.title(), **fields
        )

    async def chat(self, language: str = "en", role: str | None = "employer") -> Chat:
        return await self.house.chat(language, role)


@pytest.fixture
async def house(standing: House) -> AsyncIterator[House]:
    """The portal with no organisation that takes chats."""
    async with standing.database.write() as session:
        await session.exec(update(Organisation).where(col(Organisation.active)).values(active=False))
        await session.commit()
    yield standing


@pytest.fixture
async def office(house: House) -> Office:
    """The one organisation that takes chats, with nobody there yet."""
    return Office(house, await house.organisation(f"office-{next(NUMBERS)}", name="Office"))
