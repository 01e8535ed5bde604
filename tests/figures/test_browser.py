"""The figures in a real Chromium: small screens, dark, right-to-left, without JavaScript, by what axe finds."""

from __future__ import annotations

import datetime as dt

import pytest

from portal.clock import german_day, now
from portal.web.staff.door import COOKIE
from tests.browser.conftest import axe, shot
from tests.figures.rows import NOON, SUNDAY, stays, transfers

SCREENS = [
    ("en", "light", 1200, None),
    ("de", "dark", 320, None),
    ("ar", "light", 320, None),
    ("ar", "dark", 1200, "active"),
]


async def filled(house) -> list[dict]:
    topics = ["visa.blue_card", "recognition.start", None]
    for n in range(12):
        rows = ({"language": ["ar", "ar", "de", "tr"][i % 4], "state": ["BY", None][i % 2], "topic": topics[i % 3], "wait": 20 * i + n,
                 "answer": 90 * i + n, "rating": i % 5 + 1, "reason": ["asked", "guide", "failure"][i % 3]} for i in range(n % 5 + 1))  # fmt: skip
        await stays(house, *rows, at=NOON - dt.timedelta(days=2 * n))
    await transfers(
        house, *({"decided": d, "state": "BY"} for d in (1, 20, 40, 47, 50, 60)), at=NOON - dt.timedelta(days=9)
    )
    account = await house.account("lea@alpha.example", house.alpha, roles=["team_lead"])
    client = await house.enter(account)
    return [{"name": COOKIE, "value": client.cookies[COOKIE], "url": str(house.client.base_url)}]


@pytest.mark.parametrize(("language", "scheme", "width", "forced"), SCREENS)
async def test_the_figures_page(house, chromium, language, scheme, width, forced):
    cookies = await filled(house)
    context = await chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        forced_colors=forced or "none",
        java_script_enabled=True,
    )
    await context.add_cookies(cookies)
    page = await context.new_page()
    noise: list[str] = []
    page.on("console", lambda m: noise.append(m.text) if m.type == "error" else None)
    for by in ("day", "topic"):
        await page.goto(f"{house.client.base_url}/{language}/staff/figures?by={by}")
        assert noise == [], "nothing that the content security policy stops"
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), by
        assert await page.locator(".chart").count() == 5
        for chart in await page.locator(".chart").all():
            box = await chart.bounding_box()
            words = await chart.locator("text, .words").evaluate_all(
                "all => all.map(t => { const words = document.createRange(); words.selectNodeContents(t);"
                " const box = words.getBoundingClientRect(); return [box.left, box.right] })"
            )
            assert (
                words
                and box
                and all(box["x"] - 1 <= left and right <= box["x"] + box["width"] + 1 for left, right in words)
            ), "words stay inside"
        assert await axe(page) == []
        noise.clear()  # axe's own styles
        await shot(page, f"figures-{language}-{scheme}-{width}-{by}", full=True)
    await context.close()


async def test_choosing_a_period_without_javascript(house, chromium):
    cookies = await filled(house)
    context = await chromium.new_context(java_script_enabled=False, accept_downloads=True)
    await context.add_cookies(cookies)
    page = await context.new_page()
    await page.goto(f"{house.client.base_url}/en/staff/figures")
    for label in ("From", "Until"):
        await page.get_by_label(label, exact=True).fill(str(SUNDAY - dt.timedelta(days=1)))
    await page.get_by_label("Group by").select_option("Language")
    await page.get_by_role("button", name="Show").click()
    await page.wait_for_url("**by=language**")
    said = [await page.get_by_label(label, exact=True).input_value() for label in ("From", "Until")]
    assert said == [str(SUNDAY - dt.timedelta(days=6)), str(SUNDAY)], "the whole week"
    await page.get_by_role("link", name="Last 30 days").click()
    await page.wait_for_url(lambda url: str(german_day(now()) - dt.timedelta(days=29)) in url)
    await page.get_by_text("The numbers as a table").first.click()
    assert await page.get_by_role("rowheader", name="Arabic").count() == 1
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download as CSV").click()
    assert (await download.value).suggested_filename.endswith("-language.csv")
    await context.close()
