"""One portal for all tests of the pages of cases; each brings organisations of its own."""

from __future__ import annotations

from pathlib import Path

import pytest_asyncio

from tests.people import portal


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def house(tmp_path_factory):
    async with portal(Path(tmp_path_factory.mktemp("house"))) as made:
        yield made
