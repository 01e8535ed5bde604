"""One portal for all tests of the desk; organisations and people of its own for each."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import pytest
import pytest_asyncio

from portal.accounts.models import Account, Organisation
from tests.people import House, portal
from tests.standins import Mood, libretranslate


@dataclass
class Scene(House):
    """Two organisations: Anna and Ben work at alpha, Carla at beta. `calls`: what the translation server was sent."""

    alpha: Organisation
    beta: Organisation
    anna: Account
    ben: Account
    carla: Account
    calls: list
    mood: Mood


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def running(tmp_path_factory):
    from portal import house as houses

    port, mood = houses.free_port(), Mood()
    async with libretranslate(port, mood) as calls:
        async with portal(tmp_path_factory.mktemp("desk"), translate_url=f"http://127.0.0.1:{port}") as found:
            yield found, calls, mood


@pytest.fixture
async def house(running):
    found, calls, mood = running
    name = secrets.token_hex(4)
    alpha = await found.organisation(f"alpha-{name}", name="Alpha")
    beta = await found.organisation(f"beta-{name}", name="Beta")
    anna = await found.account(f"anna@{name}.example", alpha)
    ben = await found.account(f"ben@{name}.example", alpha)
    carla = await found.account(f"carla@{name}.example", beta)
    calls.clear()
    mood.how = "well"
    yield Scene(found.app, found.client, found.clients, alpha, beta, anna, ben, carla, calls, mood)
