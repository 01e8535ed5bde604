"""One portal for the figures' tests, emptied before each; and the browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from sqlmodel import delete

from portal.accounts.models import Account, Organisation, SignIn
from portal.cases.models import CaseFile
from portal.chat.models import Conversation
from portal.handover.models import Handover
from portal.referrals.models import Transfer
from tests.browser.conftest import chromium  # noqa: F401
from tests.people import House, portal


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def started(tmp_path_factory) -> AsyncIterator[House]:
    async with portal(tmp_path_factory.mktemp("figures")) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="session")
async def house(started) -> House:
    async with started.database.write() as session:
        for model in (Transfer, CaseFile, Handover, Conversation, SignIn, Account, Organisation):
            await session.exec(delete(model))
        await session.commit()
    started.alpha, started.beta = await started.organisation("alpha"), await started.organisation("beta")
    return started
