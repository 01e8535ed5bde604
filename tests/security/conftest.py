"""One portal for a module: Alpha has one of everything, Gamma was sent its case, Beta has nothing to do with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio

from tests.browser.conftest import chromium  # noqa: F401
from tests.people import House, portal
from tests.security.scene import World, world


@dataclass
class Place(House):
    """`alpha` with canaries; `beta` with the same things without any."""

    alpha: World
    beta: World


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(tmp_path_factory) -> AsyncIterator[Place]:
    async with portal(tmp_path_factory.mktemp("security")) as house:
        gamma = await house.organisation("gamma", kind="iq_network")
        await house.account("greta@gamma.example", gamma, on_duty=False)
        alpha = await world(house, "alpha", "gamma")
        beta = await world(house, "beta", "gamma", "Plain")
        yield Place(house.app, house.client, house.clients, alpha, beta)
