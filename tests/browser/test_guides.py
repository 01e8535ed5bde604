"""The guides as people use them: keyboard, small screens, dark, right-to-left, without JavaScript; and in the chat."""

from __future__ import annotations

import pytest

from portal.guides.guides import GUIDES
from tests.browser.conftest import axe, shot
from tests.guides.test_pages import NURSE, PLAN

RESULTS = {
    "fast_track": PLAN, "recognition": NURSE, "employer": "occupation=nurse&country=TN&candidate=no&domestic_search=failed&incoming=yes&state=BY",
    "visa": "country=PH&purpose=work&job_offer=no&qualification=training&recognition=none&german=b1&english=b2&experience=short&age=to_35",
    "referral": "role=worker&concern=recognition&residence=germany&state=SN&occupation=cook",
}  # fmt: skip


@pytest.mark.parametrize("language", ["de", "en", "ar"])
@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 320)])
async def test_the_guides_pages(wegweiser, chromium, language, scheme, width):
    context = await chromium.new_context(viewport={"width": width, "height": 740}, color_scheme=scheme)
    page = await context.new_page()
    paths = ["guides", *(f"guides/{g}" for g in GUIDES), *(f"guides/{g}?{q}" for g, q in RESULTS.items())]
    for path in paths:
        answer = await page.goto(f"{wegweiser.base_url}/{language}/{path}")
        assert answer.status == 200, path
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert await axe(page) == [], path
        name = path.partition("?")[0].replace("/", "_") + ("_result" if "?" in path else "")
        await shot(page, f"guide-{language}-{scheme}-{name}", full=True)
    assert await context.cookies() == []
    await context.close()


async def test_a_guide_by_keyboard_without_javascript(wegweiser, chromium):
    context = await chromium.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{wegweiser.base_url}/en/guides/recognition")
    await page.get_by_label("In your own words").fill("cook")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**occupation=cook**")
    assert "say=" not in page.url
    await page.get_by_label("In your own words").fill("I am from India")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**country=IN**")
    await page.get_by_role("link", name="Back").click()
    await page.wait_for_url("**recognition?occupation=cook")
    await page.get_by_label("In your own words").fill("xyzzy")
    await page.keyboard.press("Enter")
    await page.get_by_role("alert").wait_for()
    await page.get_by_role("link", name="Change: Occupation").click()
    await page.wait_for_url("**/guides/recognition")
    await context.close()


@pytest.mark.parametrize("language", ["de", "en", "ar"])
async def test_a_guide_in_the_chat(wegweiser, chromium, language):
    titles = {"de": "Die richtige Stelle finden", "en": "Find the right office", "ar": "Find the right office"}
    context = await chromium.new_context(viewport={"width": 400, "height": 800})
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    await page.goto(f"{wegweiser.base_url}/{language}/chat")
    await page.get_by_role("button", name=titles[language]).click()
    ask = page.locator("wegweiser-chat [data-kind=ask]")
    await ask.first.wait_for(timeout=15_000)
    await shot(page, f"guide-chat-{language}-ask")
    assert await axe(page) == []
    for n in range(1, 5):
        if await page.locator("wegweiser-chat [data-kind=contact]").count():
            break
        await ask.nth(n - 1).locator(".choices button").first.click()
        await (
            page.locator("wegweiser-chat [data-kind=ask], wegweiser-chat [data-kind=contact]")
            .nth(n)
            .wait_for(timeout=15_000)
        )
    await page.locator("wegweiser-chat [data-kind=contact]").wait_for(timeout=15_000)
    link = page.locator(
        "wegweiser-chat [data-kind=steps] a",
        has_text={"de": "Als Seite", "en": "Open as a page", "ar": "Open as a page"}[language],
    )
    assert f"/{language}/guides/referral?" in (await link.get_attribute("href") or "")
    await shot(page, f"guide-chat-{language}-result")
    assert await axe(page) == [] and errors == []
    await context.close()


@pytest.mark.parametrize("talked", [False, True], ids=["at first", "with a talk"])
async def test_from_the_page_into_the_chat(wegweiser, chromium, talked):
    context = await chromium.new_context()
    page = await context.new_page()
    if talked:
        await page.goto(f"{wegweiser.base_url}/en/chat")
        await page.locator("wegweiser-chat textarea").fill("What does recognition cost?")
        await page.locator("wegweiser-chat textarea").press("Enter")
        await page.locator("wegweiser-chat [data-kind=answer]").wait_for(timeout=15_000)
    await page.goto(f"{wegweiser.base_url}/en/guides/recognition?{NURSE}")
    await page.get_by_role("link", name="Go on in the chat").click()
    await page.locator("wegweiser-chat .starters").get_by_role("button", name="Recognition finder").last.click()
    await page.locator("wegweiser-chat [data-kind=contact]").wait_for(timeout=15_000)
    assert await page.locator("wegweiser-chat [data-kind=answer]").count() == int(talked), "an earlier talk stays"
    assert "guide=" not in page.url, "a reload goes on with the talk"
    await page.locator("wegweiser-chat").get_by_role("button", name="Talk to a person").first.click()
    person = page.locator("wegweiser-chat [data-kind=handover]")
    await person.wait_for(timeout=15_000)
    assert "Philippines" in await person.inner_text(), "the answers come along"
    await context.close()
