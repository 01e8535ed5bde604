"""A visitor asks for a person, in a real Chromium: the queue, nobody there, another language, two tabs."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.counsellor import Desk
from tests.browser.visitor import ask_person, box, fine, phone, stored, strip, sure, tab, taken, write

WAYS = [("en", "light", 1000), ("de", "dark", 320), ("ar", "light", 320), ("ar", "dark", 1000)]


@pytest.mark.parametrize(("language", "scheme", "width"), WAYS)
async def test_every_part_is_accessible(at, chromium, language, scheme, width):
    name = f"{language}-{scheme}-{width}"
    async with tab(chromium, at, language, viewport={"width": width, "height": 800}, color_scheme=scheme) as page:
        await ask_person(page)
        await expect(strip(page)).to_contain_text("1")
        await fine(page, f"{name}-1-waiting")
        id_ = await at.newest()
        await at.take(id_)
        await expect(strip(page)).to_contain_text("Anna")
        hello = "مرحبا" if language == "ar" else "Hello"
        await write(page, hello)
        await stored(page, hello)
        await at.reads(id_)
        await at.say(id_, "How can I help?", original={"language": "de", "text": "Wie kann ich helfen?"})
        await at.types(id_)
        await page.locator("wegweiser-chat .mark").wait_for()
        await page.locator("wegweiser-chat [data-author=staff] summary").click()
        assert await page.locator("wegweiser-chat [data-author=staff]").inner_text() != ""
        await fine(page, f"{name}-2-taken")
        await at.asks_consent(id_)
        form = page.locator("wegweiser-chat [data-consent] form")
        await form.wait_for()
        assert await form.locator("input:checked").count() == 0, "nothing is ticked beforehand"
        await fine(page, f"{name}-3-consent")
        await form.get_by_role("checkbox").first.check()
        await form.locator("button[type=submit]").click()
        await page.locator("wegweiser-chat .receipt").wait_for()
        await fine(page, f"{name}-4-receipt")
        await at.end(id_)
        await page.locator("wegweiser-chat .more [type=radio]").first.wait_for()
        await fine(page, f"{name}-5-ended")


@pytest.mark.parametrize(("language", "scheme", "width"), WAYS)
async def test_scenario_04_nobody_is_there_and_a_message_can_be_left(house, chromium, language, scheme, width):
    at = await Desk(house).open(hours={"mon": [["08:00", "08:01"]]})
    async with tab(chromium, at, language, viewport={"width": width, "height": 800}, color_scheme=scheme) as page:
        await ask_person(page)
        form = page.locator("wegweiser-chat .more form")
        await form.wait_for()
        assert (await page.locator("wegweiser-chat .box").inner_text()).count("Alpha") == 1, "said once"
        hotline = phone(house)
        link = form.locator(f"a[href='tel:{re.sub(r'[^+0-9]', '', hotline)}']")
        await expect(link).to_have_text(hotline)
        await expect(form.locator("textarea")).to_be_focused()
        await fine(page, f"{language}-{scheme}-{width}-6-message")
        await page.reload()
        await form.locator("textarea").fill("Please answer me.")
        await form.locator("input[type=email]").fill(at.lea)
        await form.locator("[type=submit]").click()
        await expect(form.locator("[name=code]")).to_be_visible()
        await fine(page, f"{language}-{scheme}-{width}-7-code")
        await form.locator("[name=code]").fill(await at.code())
        await form.locator("[type=submit]").click()
        await expect(strip(page)).to_contain_text("l…@example.org")
        assert [h.status for h in await at.handovers()] == ["message"]


async def test_scenario_08_the_place_is_live_and_takes_no_focus(at, chromium):
    async with tab(chromium, at) as first, tab(chromium, at) as second:
        await ask_person(first)
        await expect(strip(first)).to_contain_text("number 1")
        await ask_person(second)
        await expect(strip(second)).to_contain_text("number 2")
        await box(second).press_sequentially("half a")
        await first.get_by_role("button", name="Go on with the assistant").click()
        stay = first.locator("wegweiser-chat [role=group] .main")
        await expect(stay).to_have_text("Keep waiting")
        await expect(stay).to_be_focused()
        await stay.click()
        await expect(strip(first)).to_contain_text("number 1")
        await sure(first, "Go on with the assistant", "Leave the queue")
        await expect(strip(second)).to_contain_text("number 1")
        await expect(strip(first)).to_be_hidden()
        await box(second).press_sequentially(" question")
        await expect(box(second)).to_have_value("half a question")


async def test_flt_22_nobody_is_there_for_a_while(at, chromium):
    async with tab(chromium, at) as page:
        await ask_person(page)
        await expect(strip(page)).to_contain_text("number 1")
        await at.on_duty(False)
        note = page.locator("wegweiser-chat .more textarea")
        await note.press_sequentially("Half a")
        await expect(strip(page)).to_be_empty()
        await at.on_duty(True)
        await expect(strip(page)).to_contain_text("number 1")
        await expect(note).to_have_count(0)
        await expect(box(page)).to_be_focused()
        await box(page).press_sequentially(" message")
        await expect(box(page)).to_have_value("Half a message")


async def test_whoever_starts_over_is_told_that_the_answer_to_a_message_is_lost(house, chromium):
    at = await Desk(house).open(hours={"mon": [["08:00", "08:01"]]})
    async with tab(chromium, at) as page:
        await ask_person(page)
        form = page.locator("wegweiser-chat .more form")
        await form.locator("textarea").fill("Please answer me.")
        await form.locator("[type=submit]").click()
        await expect(strip(page)).to_contain_text("stored at Alpha")
        choice = page.locator("wegweiser-chat [role=group]")
        for back_to in ("office", "assistant"):
            await page.get_by_role("button", name="Start over").click()
            await expect(choice).to_contain_text("read the answer to your message")
            await expect(choice.locator(".main")).to_have_text("Cancel")
            await choice.locator(".main").click()
            if back_to == "office":
                await page.get_by_role("button", name="Go on with the assistant").click()
                await expect(page.get_by_text("You are talking to the assistant again.")).to_be_visible()
        assert await page.evaluate("sessionStorage.length") == 1
        await sure(page, "Start over")
        await expect(page.locator("wegweiser-chat .starters")).to_be_visible()
        assert await page.evaluate("sessionStorage.length") == 0
        assert [h.status for h in await at.handovers()] == ["message"], "the office answers all the same"


async def test_scenario_19_another_language_while_waiting(at, chromium):
    async with tab(chromium, at) as page:
        await ask_person(page)
        await expect(strip(page)).to_contain_text("number 1")
        await box(page).fill("My draft")
        await page.locator("wegweiser-chat select").select_option("ar")
        await expect(page.locator("wegweiser-chat")).to_have_attribute("dir", "rtl")
        await expect(strip(page)).to_be_visible()
        await expect(box(page)).to_have_value("My draft")
        (only,) = await at.handovers()
        assert only.status == "waiting"


async def test_scenario_21_two_tabs_show_the_same(at, chromium):
    async with tab(chromium, at) as first:
        await taken(at, first)
        kept = await first.evaluate("sessionStorage.getItem('wegweiser-chat')")
        second = await first.context.new_page()
        await second.add_init_script(f"sessionStorage.setItem('wegweiser-chat', {kept!r})")
        await second.goto(first.url)
        await expect(strip(second)).to_contain_text("Anna")
        await write(first, "From the first tab")
        await second.get_by_text("From the first tab").wait_for()
        await sure(second, "End the chat")
        for page in (first, second):
            await page.get_by_role("button", name="Ask for a person again").wait_for()
        await sure(first, "Delete chat")
        await expect(second.locator("wegweiser-chat .starters")).to_be_visible()
        assert await second.evaluate("sessionStorage.getItem('wegweiser-chat')") is None
