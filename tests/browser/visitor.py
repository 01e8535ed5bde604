"""A visitor's page with the chat, and what a visitor does on it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.conftest import axe, shot
from tests.browser.counsellor import Desk
from tests.people import House


@contextlib.asynccontextmanager
async def tab(chromium, at: Desk, language: str = "en", **options: Any) -> AsyncIterator[Page]:
    """A visitor's page; nothing may go wrong in its scripts."""
    context = await chromium.new_context(**{"viewport": {"width": 1000, "height": 800}, **options})
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda e: wrong.append(str(e)))
    await page.goto(f"{at.house.client.base_url}/{language}/chat")
    await page.locator("wegweiser-chat textarea").first.wait_for()
    try:
        yield page
        assert wrong == []
    finally:
        await context.close()


def box(page: Page):
    return page.locator("wegweiser-chat #text")


def strip(page: Page):
    return page.locator("wegweiser-chat .stand .where")


def phone(house: House) -> str:
    """The hotline's number by the knowledge."""
    known = house.app.state.live.edition.library.organisations
    return next(o.phone for group in known.values() for o in group if o.id == "hotline_aul")


async def ask_person(page: Page) -> None:
    await page.locator("wegweiser-chat .tools button").first.click()


async def write(page: Page, text: str) -> None:
    await box(page).fill(text)
    await box(page).press("Enter")


async def stored(page: Page, text: str) -> None:
    """What the visitor wrote has its number: the portal has it."""
    own = page.locator("wegweiser-chat [data-author=visitor][data-seq]", has_text=text)
    await expect(own).to_be_visible(timeout=10_000)


async def sure(page: Page, name: str, again: str = "") -> None:
    """A button that asks once more."""
    await page.get_by_role("button", name=name).click()
    await page.locator("wegweiser-chat [role=group]").get_by_role("button", name=again or name).click()


async def taken(at: Desk, page: Page) -> str:
    await ask_person(page)
    await expect(strip(page)).to_contain_text("1")
    id_ = await at.newest()
    await at.take(id_)
    await expect(strip(page)).to_contain_text("Anna")
    return id_


async def fine(page: Page, name: str) -> None:
    await shot(page, f"person-{name}", full=True)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scroll"
    assert await axe(page) == [], name
