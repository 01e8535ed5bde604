"""One portal with two organisations for all tests of staff accounts; each test begins with fresh counters."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.accounts.steps import begin_anew
from tests.people import House, portal


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The mails stay in the database: its tick would send them, and empty them (RET-10)."""
    from portal import clockwork

    ticks = dict(clockwork.TICKS)
    clockwork.TICKS.pop("mail")
    try:
        async with portal(tmp_path_factory.mktemp("accounts")) as house:
            house.alpha = await house.organisation("alpha", name="Alpha Agentur")  # type: ignore[attr-defined]
            house.beta = await house.organisation("beta", name="Beta Netzwerk")  # type: ignore[attr-defined]
            yield house
    finally:
        clockwork.TICKS.clear()
        clockwork.TICKS.update(ticks)


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    begin_anew()
