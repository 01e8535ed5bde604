"""The desk as counsellors use it: live, by keyboard, small, dark, right-to-left, and without JavaScript."""

from __future__ import annotations

import contextlib
import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from portal import house as houses
from portal.desk.models import Canned
from tests.browser.conftest import axe, shot
from tests.desk.scene import Desk, desk, file, say, waiting
from tests.people import COOKIE, portal
from tests.standins import libretranslate

ARABIC = "كم يستغرق الاعتراف بشهادتي؟"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(tmp_path_factory):
    """A desk with a counsellor, a colleague and a translation server."""
    port = houses.free_port()
    async with libretranslate(port):
        async with portal(tmp_path_factory.mktemp("desk"), translate_url=f"http://127.0.0.1:{port}") as house:
            house.alpha = await house.organisation("alpha", name="AG-S Beispielstadt")
            beta = await house.organisation("beta", name="IQ Netzwerk")
            await house.account("carla@b.example", beta)
            house.anna = await house.account("anna@a.example", house.alpha, most=50)
            house.ben = await house.account("ben@a.example", house.alpha)
            await house.add(
                Canned(organisation_id="alpha", title="Begrüßung", texts={"de": "Guten Tag!", "en": "Good day!"})
            )
            yield house


@contextlib.asynccontextmanager
async def browsing(chromium, house, person: Desk, **context):
    """A page of a signed-in counsellor; nothing on it may fail."""
    context = await chromium.new_context(base_url=str(house.client.base_url), **context)
    await context.add_cookies(
        [{"name": COOKIE, "value": person.client.cookies[COOKIE], "url": str(house.client.base_url)}]
    )
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.on("console", lambda m: errors.append(m.text) if "Content Security Policy" in m.text else None)
    yield page
    await context.close()
    assert errors == []


async def test_a_chat_by_keyboard_live(place, chromium):
    person = await desk(place, place.anna)
    async with browsing(chromium, place, person, viewport={"width": 1300, "height": 900}) as page:
        await page.goto("/en/staff/queue")
        await page.get_by_text("Nobody is waiting.").wait_for()
        chat, visitor = await waiting(
            place, place.alpha, "What does the fast-track procedure cost?", topic="fasttrack.cost"
        )
        place.app.state.bus.wake("org:alpha")
        await page.locator(".chat-row").first.wait_for(timeout=5000)
        await expect(page).to_have_title(re.compile(r"^\(1\)"))
        await page.keyboard.press("?")
        await page.locator("#keys[open]").wait_for()
        assert await axe(page) == []
        await page.keyboard.press("Escape")
        await page.keyboard.press("j")
        await page.keyboard.press("t")
        await page.wait_for_url(f"**/chats/{chat}")
        await page.get_by_text("You have this chat.").wait_for()
        await page.locator("#text").fill("half a sentence")
        await say(place, chat, "Hello, are you there?")
        await page.locator("#log").get_by_text("Hello, are you there?").wait_for(timeout=5000)
        assert await page.locator("#text").input_value() == "half a sentence", "typed text stays"
        assert place.app.state.presence.types(chat, "staff")
        await page.reload()
        assert await page.locator("#text").input_value() == "half a sentence", "a reload loses nothing"
        await page.locator("#text").press("Control+Enter")
        await page.locator(".line.staff").get_by_text("half a sentence").wait_for(timeout=5000)
        await expect(page.locator("#text")).to_have_value("")
        await page.locator("#text").press("Escape")
        await page.keyboard.press("/")
        await page.keyboard.type("fees of the fast-track procedure")
        await page.keyboard.press("Enter")
        await page.locator("#found [data-row]").first.wait_for(timeout=10_000)
        await expect(page.locator("#found [data-row]").first).to_be_focused()
        await shot(page, "desk-answers", full=True)
        assert await axe(page) == []
        await page.keyboard.press("Enter")
        await page.locator(".line.staff").nth(1).wait_for(timeout=5000)
        last = (await visitor.state())["messages"][-1]
        assert last["kind"] == "answer" and last["sources"]
        await page.locator("#note").fill("only for us")
        await page.locator("#note").press("Control+Enter")
        await page.locator(".line.note").get_by_text("only for us").wait_for(timeout=5000)
        await page.locator("#canned summary").click()
        await page.locator("[data-insert]").first.click()
        assert await page.locator("#text").input_value() == "Good day!"
        await say(place, chat, "And how long?")
        await page.locator("#log").get_by_text("And how long?").wait_for(timeout=5000)
        assert (
            await page.locator("#canned[open]").count() == 1
            and await page.locator("#text").input_value() == "Good day!"
        )


async def test_scenario_18_an_arabic_visitor_and_a_german_counsellor(place, chromium):
    person = await desk(place, place.anna, "de")
    chat, visitor = await waiting(
        place, place.alpha, ARABIC, "ar", topic="recognition.duration", role="worker", state="ST"
    )
    await person.take(chat)
    async with browsing(chromium, place, person, viewport={"width": 1300, "height": 900}) as page:
        await page.goto(f"/de/staff/chats/{chat}")
        await page.locator("#log").get_by_text(f"[de] {ARABIC}").wait_for(timeout=8000)
        await page.locator("#text").fill("Das dauert drei Monate.")
        await page.locator("#translate").click()
        await page.locator("#translation").wait_for(timeout=5000)
        assert "[ar]" in await page.locator("#translation").input_value()
        await say(place, chat, "مرحبا")
        await page.locator("#log").get_by_text("[de] مرحبا").wait_for(timeout=8000)
        assert "[ar]" in await page.locator("#translation").input_value(), "what is being written stays"
        await page.locator("#translation").fill("ثلاثة أشهر")
        await shot(page, "desk-translation", full=True)
        assert await axe(page) == []
        await page.locator("#translation").press("Control+Enter")
        await page.locator(".line.staff").get_by_text("ثلاثة أشهر").wait_for(timeout=5000)
        await page.locator("#translation").wait_for(state="detached")
        await expect(page.locator("#text")).to_have_value("")
    assert (await visitor.state())["messages"][-1]["original"]["text"] == "Das dauert drei Monate."


@pytest.mark.parametrize(("language", "scheme", "width"), [("de", "light", 320), ("en", "dark", 1300), ("ar", "light", 320), ("ar", "dark", 1300)])  # fmt: skip
async def test_every_page_of_the_desk_is_accessible(place, chromium, language, scheme, width):
    person = await desk(place, place.anna, language)
    guide = {"guide": "recognition", "facts": {"occupation": "nurse", "country": "PH"}}
    chat, _ = await waiting(
        place, place.alpha, ARABIC, "ar", topic="recognition.duration", role="worker", state="ST", guide=guide
    )
    other, _ = await waiting(place, place.alpha, "Waiting for Ben", "tr", role="employer", wanted_id=place.ben.id)
    await person.take(chat)
    await person.post(chat, "notes", note="Eine Notiz für das Team")
    await person.post(chat, "reply", text="Guten Tag, ich schaue nach.")
    async with browsing(chromium, place, person, viewport={"width": width, "height": 800}, color_scheme=scheme) as page:
        paths = ("queue", f"chats/{chat}", f"chats/{other}", f"chats/{chat}/answers?q=Anerkennung", f"chats/{chat}/transfer",
                 f"chats/{chat}/consent", "canned", "canned/new")  # fmt: skip
        for n, path in enumerate(paths):
            answer = await page.goto(f"/{language}/staff/{path}")
            assert answer.status == 200, path
            await page.wait_for_timeout(150)
            await shot(page, f"desk-{language}-{scheme}-{width}-{n}", full=True)
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert await axe(page) == [], path


async def test_a_refusal_stays_through_the_live_reload_until_the_next_action(place, chromium):
    person = await desk(place, place.anna)
    chat, _ = await waiting(place, place.alpha, "With a file")
    await person.take(chat)
    async with browsing(chromium, place, person, viewport={"width": 1300, "height": 900}) as page:
        await page.goto(f"/en/staff/chats/{chat}/transfer")
        await page.get_by_role("radio", name="IQ Netzwerk").check()
        await page.locator("#note").fill("my note")
        await file(place, chat)
        await page.get_by_role("button", name="Pass on").click()
        refused = page.locator("#refused [role=alert]")
        await refused.get_by_text("This chat has files or a case.").wait_for()
        await say(place, chat, "Are you still there?")
        await page.locator("#log").get_by_text("Are you still there?").wait_for(timeout=5000)
        await page.wait_for_timeout(700)
        assert await refused.is_visible() and await page.locator("#lost").input_value() == "my note"
        await expect(page.locator("#queue .badge"), "the chat that is open is not new").to_have_count(0)
        await expect(page.locator(f"#row-{chat} a")).to_have_attribute("aria-current", "page")
        await shot(page, "desk-refused")
        await page.locator("#note").fill("A note")
        await page.locator("#note").press("Control+Enter")
        await page.locator(".line.note").get_by_text("A note").wait_for(timeout=5000)
        await expect(refused).to_have_count(0)
        await page.goto(f"/en/staff/chats/{chat}/transfer")
        await expect(page.get_by_role("radio", name="IQ Netzwerk")).to_be_disabled()
        await expect(page.get_by_role("radio", name="Ben")).to_be_enabled()
        await shot(page, "desk-transfer-files")
        assert await axe(page) == []


async def test_with_translation_the_log_stands_at_its_end_and_ctrl_enter_translates_first(place, chromium):
    person = await desk(place, place.anna, "de")
    chat, _ = await waiting(place, place.alpha, ARABIC, "ar")
    for n in range(12):
        await say(place, chat, f"{ARABIC} {n}\n{ARABIC}")
    await person.take(chat)
    async with browsing(chromium, place, person, viewport={"width": 1300, "height": 900}) as page:
        await page.goto(f"/de/staff/chats/{chat}")
        await page.locator("#log").get_by_text(f"[de] {ARABIC} 11").wait_for(timeout=8000)
        for _ in range(50):
            left = await page.locator("#log").evaluate("e => e.scrollHeight - e.clientHeight - e.scrollTop")
            if left < 5:
                break
            await page.wait_for_timeout(100)
        assert left < 5
        hint = await page.locator("#text-hint").inner_text()
        await page.locator("#text").fill("Guten Tag.")
        await page.locator("#text").press("Control+Enter")
        await expect(page.locator("#translation")).to_be_focused(timeout=5000)
        assert await page.locator(".line.staff").count() == 0, "nothing is sent yet"
        assert await page.locator("#text-hint").inner_text() != hint
        await page.locator("#log").evaluate("e => { e.scrollTop = 0; }")
        await page.wait_for_timeout(100)
        await page.evaluate(
            "htmx.ajax('GET', location.pathname, { target: '#talk', select: '#talk', swap: 'outerMorph' })"
        )
        await page.wait_for_timeout(500)
        assert await page.locator("#log").evaluate("e => e.scrollTop") == 0, "who reads further up is left there"


async def test_the_desk_without_javascript(place, chromium):
    person = await desk(place, place.anna)
    chat, visitor = await waiting(place, place.alpha, "Is there anybody?")
    async with browsing(chromium, place, person, java_script_enabled=False) as page:
        await page.goto(f"/en/staff/chats/{chat}")
        await page.get_by_role("button", name="Take the chat (t)").click()
        await page.locator("#text").fill("Yes, I am here.")
        await page.get_by_role("button", name="Send", exact=True).click()
        await page.locator(".line.staff").get_by_text("Yes, I am here.").wait_for()
        for n in range(6):
            await page.locator("#text").fill(f"Step {n}:\n\nbring a paper\n\nand wait.")
            await page.get_by_role("button", name="Send", exact=True).click()
            await page.locator(".line.staff").get_by_text(f"Step {n}").wait_for()
        log, last = await page.locator("#log").bounding_box(), await page.locator(".line").last.bounding_box()
        assert log["height"] > 0.6 * 800 and last["y"] + last["height"] <= log["y"] + log["height"], (
            "the newest line shows"
        )
        await page.locator("#note").fill("a note")
        await page.get_by_role("button", name="Save note").click()
        await page.locator(".line.note").wait_for()
        await page.locator("#reason").select_option("answered")
        await page.get_by_role("button", name="End the chat").click()
        await page.get_by_text("The chat was ended.").wait_for()
    assert (await visitor.state())["owner"] == "ended"


async def test_letters_are_keys_only_where_wanted(place, chromium):
    person = await desk(place, place.anna)
    chat, _ = await waiting(place, place.alpha, "A letter")
    async with browsing(chromium, place, person) as page:
        await page.goto("/en/staff/queue")
        await page.locator("#show-keys").click()
        await page.locator("#keys-on").uncheck()
        await page.keyboard.press("Escape")
        await page.locator(f"#row-{chat} [data-row]").focus()
        await page.keyboard.press("t")
        await page.wait_for_timeout(200)
        assert page.url.endswith("/queue")
        await page.reload()
        await page.locator(f"#row-{chat} [data-row]").press("t")
        await page.wait_for_timeout(200)
        assert page.url.endswith("/queue"), "it is remembered"
