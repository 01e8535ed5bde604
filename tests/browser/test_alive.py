"""Signs of life from a real browser: pages beside the desk send them, and nothing that a page asks by itself is taken for a person."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlmodel import select

from portal.handover.models import Handover
from tests.desk.scene import desk, say, waiting
from tests.people import COOKIE, portal


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(tmp_path_factory):
    async with portal(tmp_path_factory.mktemp("alive")) as house:
        house.alpha = await house.organisation("alpha")
        house.anna = await house.account("anna@a.example", house.alpha)
        await house.account("carla@b.example", await house.organisation("beta"))
        yield house


@pytest.fixture
async def page(place, chromium):
    """A page of Anna, who has a chat: `page.chat`; `page.asked`: (address, headers) of each request."""
    person = await desk(place, place.anna)
    chat, _ = await waiting(place, place.alpha)
    await person.take(chat)
    context = await chromium.new_context(base_url=str(place.client.base_url))
    url = str(place.client.base_url)
    await context.add_cookies([{"name": COOKIE, "value": person.client.cookies[COOKIE], "url": url}])
    found = await context.new_page()
    found.chat, found.asked = chat, []
    found.on("request", lambda r: found.asked.append((r.url.partition("/staff/")[2], r.headers)))
    yield found
    await context.close()


async def test_flt_20_a_form_beside_the_desk_shows_a_sign_of_life(place, page):
    for path in (f"cases/new?chat={page.chat}", f"chats/{page.chat}/consent", f"chats/{page.chat}/transfer"):
        async with page.expect_response("**/staff/alive") as answer:
            await page.goto(f"/en/staff/{path}")
        assert (await answer.value).status == 200
    assert all("x-live" in headers for url, headers in page.asked if url == "alive")
    await page.context.add_init_script("setInterval = (what) => { window.again = what; return 1; }")
    await page.goto(f"/en/staff/chats/{page.chat}/consent")
    async with place.database.write() as session:
        query = select(Handover).where(Handover.conversation_id == page.chat)
        (await session.exec(query)).one().staff_at = None
        account = await session.get_one(type(place.anna), place.anna.id)
        account.seen_at = None
        session.add(account)
        await session.commit()
    async with page.expect_response("**/staff/alive"):
        await page.evaluate("again()")
    async with place.database.read() as session:
        assert (await session.exec(query)).one().staff_at is not None


async def test_sec_a15_what_the_desk_reloads_by_itself_says_so(place, page):
    await page.goto(f"/en/staff/chats/{page.chat}")
    await say(place, page.chat, "Are you there?")
    await page.locator("#log").get_by_text("Are you there?").wait_for(timeout=5000)
    place.app.state.bus.wake("org:alpha")
    await page.wait_for_timeout(500)
    by_script = [(url, headers) for url, headers in page.asked if "hx-request" in headers]
    assert {url.partition("?")[0] for url, _ in by_script} == {"queue", f"chats/{page.chat}"}
    assert all("x-live" in headers for _, headers in by_script)
    assert not [url for url, _ in page.asked if url == "alive"], "its stream tells"
    page.asked.clear()
    await page.locator("#note").fill("A note")
    await page.locator("#note").press("Control+Enter")
    await page.locator(".line.note").get_by_text("A note").wait_for(timeout=5000)
    assert [url for url, headers in page.asked if url.endswith("/notes") and "x-live" not in headers], (
        "a person did that"
    )
