"""What goes wrong around a person, in a real Chromium: too late, cut off, wrong fields, no words; and PRV-21."""

from __future__ import annotations

from playwright.async_api import expect

from portal.chat.models import Conversation
from tests.browser.counsellor import Desk
from tests.browser.visitor import ask_person, box, fine, phone, strip, tab, taken, write


async def test_flt_23_a_message_after_the_end_is_kept_and_there_are_two_ways_on(at, chromium):
    async with tab(chromium, at) as page:
        id_ = await taken(at, page)
        await page.context.set_offline(True)
        await box(page).fill("One more thing")
        await at.end(id_)
        await page.context.set_offline(False)
        await box(page).press("Enter")
        await page.get_by_role("button", name="Ask for a person again").wait_for()
        await expect(page.locator("wegweiser-chat .status")).to_contain_text("your text was not sent")
        await expect(box(page)).to_have_value("One more thing")
        await page.get_by_role("button", name="Go on with the assistant").click()
        await expect(strip(page)).to_be_hidden()
        await expect(box(page)).to_have_value("One more thing")
        await ask_person(page)
        await expect(strip(page)).to_contain_text("number 1")


async def test_flt_27_what_was_missed_comes_before_what_is_sent(at, chromium):
    async with tab(chromium, at) as page:
        id_ = await taken(at, page)
        cut = True

        async def reading(route):
            await (route.abort() if cut and route.request.method == "GET" else route.continue_())

        await page.route("**/api/chat/conversations/**", reading)
        at.house.app.state.bus.close()  # all streams end
        await page.wait_for_timeout(300)
        at.house.app.state.bus.closing = False
        await at.say(id_, "While you were away")
        await write(page, "I am back")
        await page.wait_for_timeout(500)
        async with at.house.database.read() as session:
            assert (await session.get_one(Conversation, id_)).last_seq == 3, "nothing is sent before it is whole"
        cut = False
        await expect(page.locator("wegweiser-chat [data-author=visitor][data-seq]")).to_have_count(1, timeout=10_000)
        texts = await page.locator("wegweiser-chat .m").all_inner_texts()
        assert ["away" in t or "back" in t for t in texts][-2:] == [True, True] and "back" in texts[-1]


async def test_errors_at_fields_are_in_the_language_of_the_chat(house, chromium):
    at = await Desk(house).open(hours={"mon": [["08:00", "08:01"]]})
    async with tab(chromium, at, "de") as page:
        await ask_person(page)
        form = page.locator("wegweiser-chat .more form")
        await form.locator("[name=email]").fill("nonsense")
        await form.locator("[type=submit]").click()
        assert await form.evaluate("f => f.noValidate"), "no bubble in the browser's language"
        for name in ("note", "email"):
            await expect(form.locator(f"#{name}-wrong")).not_to_be_empty()
            await expect(form.locator(f"[name={name}]")).to_have_attribute("aria-describedby", f"{name}-wrong")
        await expect(form.locator("[name=note]")).to_be_focused()
        await expect(form.locator("#email-wrong")).to_contain_text("name@example.org")
        await fine(page, "wrong-fields")


async def test_a_person_without_a_portal_that_answers(at, chromium):
    """429 and 503: the text stays, and the reader is told what to do; a failed request for a person can be made again."""
    async with tab(chromium, at) as page:
        path = "**/api/chat/conversations/*/"
        body = '{"error": "too_fast", "message": "Please wait a moment."}'
        await page.route(path + "person", lambda r: r.fulfill(status=503, body=body, content_type="application/json"))
        await ask_person(page)
        await expect(page.locator("wegweiser-chat .status")).to_contain_text("Please wait a moment.")
        await page.unroute(path + "person")
        await ask_person(page)
        await expect(strip(page)).to_contain_text("number 1")
        await page.route(path + "messages", lambda r: r.fulfill(status=429, body=body, content_type="application/json"))
        await write(page, "Hello")
        await expect(page.locator("wegweiser-chat .status")).to_contain_text("Please wait a moment.")
        await expect(box(page)).to_have_value("Hello")
        await page.unroute(path + "messages")
        await box(page).press("Enter")
        await expect(page.locator("wegweiser-chat [data-author=visitor][data-seq]")).to_have_count(1)


async def test_what_goes_wrong_is_said_in_our_words(at, chromium):
    """Not in the browser's ("Failed to fetch"), nor as a number."""
    async with tab(chromium, at) as page:
        chats, status = "**/api/chat/conversations", page.locator("wegweiser-chat .status")

        async def failing(path: str, status: int) -> None:
            html = {"body": "<h1>Bad Gateway</h1>", "content_type": "text/html"}
            await page.route(path, lambda r: r.fulfill(status=status, **html))
            await ask_person(page)
            await expect(page.locator("wegweiser-chat .status")).to_have_text("That did not work. Please try again.")
            await page.unroute(path)

        await page.route(chats, lambda r: r.abort())
        await ask_person(page)
        await expect(status).to_have_text("No connection. Your text is kept.")
        await write(page, "Hello")
        await expect(page.locator("wegweiser-chat .retry")).to_be_visible(timeout=10_000)
        await expect(status).to_have_text("No connection. Your text is kept.")
        await page.unroute(chats)
        await failing(chats, 503)
        await failing(chats, 200)
        await page.get_by_role("button", name="Try again").click()
        await expect(page.locator("wegweiser-chat [data-author=visitor][data-seq]")).to_have_count(1)
        await page.goto(f"{at.house.client.base_url}/en/chat?guide=visa&residence=abroad")
        await expect(page.locator("wegweiser-chat [data-author=visitor][data-seq]")).to_have_count(1)
        await failing(f"{chats}/*", 503)
        await ask_person(page)
        await expect(strip(page)).to_contain_text("number 1")


async def test_without_its_words_the_chat_shows_the_hotline(at, chromium):
    page = await chromium.new_page()
    await page.route("**/api/chat/strings*", lambda r: r.abort())
    await page.goto(f"{at.house.client.base_url}/en/chat")
    await expect(page.locator("wegweiser-chat").get_by_role("alert")).to_contain_text(phone(at.house))
    await page.close()


async def test_prv_21_the_parts_for_a_person_are_loaded_and_stored_only_then(at, chromium):
    context = await chromium.new_context()
    page = await context.new_page()
    loaded: list[str] = []
    page.on("request", lambda r: loaded.append(r.url.rpartition("/")[2]) if "/static/chat" in r.url else None)
    await page.goto(f"{at.house.client.base_url}/en/chat")
    await box(page).fill("A draft before the first message")
    assert not {"person.js", "forms.js", "files.js", "consents.js"} & set(loaded)
    assert await page.evaluate("sessionStorage.length + localStorage.length") == 0
    await ask_person(page)
    await expect(strip(page)).to_contain_text("number 1")
    assert "person.js" in loaded and await page.evaluate("sessionStorage.length") == 1
    assert await context.cookies() == []
    await context.close()
