"""The chat as people use it: languages, dark, small, right-to-left, keyboard, without JavaScript."""

from __future__ import annotations

import pytest

from tests.browser.conftest import axe, shot
from tests.browser.employer import employer

QUESTIONS = {"de": "Was kostet das beschleunigte Fachkräfteverfahren?", "en": "What does the fast-track procedure cost?",
             "ar": "كم تكلفة معادلة الشهادة"}  # fmt: skip
PAGES = ("", "topics", "topics/fasttrack.cost", "chat", "ask", "privacy", "imprint", "accessibility", "widget-demo")


async def ask(page, text: str) -> None:
    box = page.locator("wegweiser-chat textarea, wegweiser-chat input[type=text]").first
    await box.fill(text)
    await box.press("Enter")
    await page.locator("wegweiser-chat [data-kind=answer]").first.wait_for(timeout=15_000)


@pytest.mark.parametrize("width", [320, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["de", "en", "ar"])
async def test_a_question_is_answered(wegweiser, chromium, language, scheme, width):
    context = await chromium.new_context(viewport={"width": width, "height": 740}, color_scheme=scheme)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    await page.goto(f"{wegweiser.base_url}/{language}/chat")
    assert await page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
    assert await context.cookies() == [] and await page.evaluate("sessionStorage.length + localStorage.length") == 0
    await shot(page, f"chat-{language}-{scheme}-{width}-start")
    assert await axe(page) == []
    await ask(page, QUESTIONS[language])
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scroll"
    assert await axe(page) == []
    await shot(page, f"chat-{language}-{scheme}-{width}")
    await page.reload()
    await page.locator("wegweiser-chat [data-kind=answer]").first.wait_for(timeout=5_000)
    assert errors == []
    await context.close()


@pytest.mark.parametrize("language", ["de", "en", "ar"])
async def test_every_page_is_accessible(wegweiser, chromium, language):
    context = await chromium.new_context(viewport={"width": 320, "height": 740})
    page = await context.new_page()
    for path in PAGES:
        answer = await page.goto(f"{wegweiser.base_url}/{language}/{path}")
        assert answer.status == 200, path
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert await axe(page) == [], path
        await shot(page, f"page-{language}-{path.replace('/', '_') or 'home'}")
    await context.close()


async def test_without_javascript(wegweiser, chromium):
    context = await chromium.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{wegweiser.base_url}/de/chat")
    await page.locator("input[name=q], textarea[name=q]").first.fill(QUESTIONS["de"])
    await page.locator("form button").first.click()
    assert "411" in await page.locator("main").inner_text()
    await page.locator("textarea[name=q]").fill("Welche Behörde macht das beschleunigte Fachkräfteverfahren?")
    await page.get_by_role("button", name="Senden").click()
    await shot(page, "without-javascript")
    await page.get_by_role("button", name="Bayern").click()
    assert "Nürnberg" in await page.locator("main").inner_text()
    await context.close()


async def test_the_axe_guard_sees_something(chromium):
    page = await chromium.new_page()
    await page.set_content("<html lang=en><title>x</title><main><h1>x</h1><img src=x></main></html>")
    assert any(found.startswith("image-alt") for found in await axe(page))
    await page.close()


async def test_the_widget_on_somebodys_site_with_a_strict_policy(wegweiser, chromium):
    context = await chromium.new_context()
    page = await context.new_page()
    violations: list[str] = []
    page.on("console", lambda m: violations.append(m.text) if "Content Security Policy" in m.text else None)
    async with employer(str(wegweiser.base_url), "de") as address:
        await page.goto(address)
        await page.get_by_role("button", name="Fragen?").click()
        await ask(page, QUESTIONS["de"])
        await shot(page, "widget")
        last = await page.get_by_role("button", name="Chat löschen").bounding_box()
        assert last and last["y"] + last["height"] <= 720, "everything in the panel is within the window"
        answer = await page.locator("wegweiser-chat [data-kind=answer]").first.bounding_box()
        assert answer and 0 <= answer["y"] < 400, "the answer's beginning is in sight"
        assert [v for v in violations if "favicon" not in v] == []
        assert await context.cookies() == []
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Fragen?").wait_for()
    await context.close()
