"""A real Chromium, driven against the real thing; a portal and a counsellor for the visitors who ask for a person."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from portal import clockwork
from tests import people
from tests.browser.counsellor import Desk
from tests.people import House

ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGS)
        yield browser
        await browser.close()


async def axe(page) -> list[str]:
    """What axe finds on a page, shadow roots included."""
    await page.evaluate(AXE)
    found = await page.evaluate(f"axe.run(document, {RULES})")
    return [f"{v['id']}: {n['html'][:120]}" for v in found["violations"] for n in v["nodes"]]


SHOTS = os.environ.get("WEGWEISER_SHOTS")


async def shot(page, name: str, full: bool = False) -> None:
    """A screenshot to look at, where a folder is named in WEGWEISER_SHOTS."""
    if SHOTS:
        await page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=full)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(tmp_path_factory) -> AsyncIterator[House]:
    """The mails stay in the database: the outbox would empty them (RET-10)."""
    with pytest.MonkeyPatch.context() as patched:
        patched.delitem(clockwork.TICKS, "mail", raising=False)
        async with people.portal(tmp_path_factory.mktemp("portal")) as house:
            yield house


@pytest_asyncio.fixture(loop_scope="session")
async def at(house) -> Desk:
    return await Desk(house).open()
