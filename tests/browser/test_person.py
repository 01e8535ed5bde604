"""The visitor's side of a hand-over in a real Chromium: queue, person, files, consent, end; the desk's side is called directly."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.async_api import Page, expect
from pypdf import PdfWriter
from sqlmodel import col, select, update

from portal import clockwork
from portal import house as houses
from portal.accounts.models import Account, Organisation
from portal.chat import service as chats
from portal.chat.drafts import Draft
from portal.chat.models import Conversation
from portal.clock import now
from portal.consents import service as consents
from portal.handover import service, ticking
from portal.handover.models import Handover
from portal.mail.models import Mail
from tests import people
from tests.browser.conftest import axe, shot
from tests.people import House
from tests.test_faults import serving


def pdf() -> bytes:
    paper, out = PdfWriter(), BytesIO()
    paper.add_blank_page(100, 100)
    paper.write(out)
    return out.getvalue()


class Desk:
    """A counsellor of one organisation, without a browser. All tests share a portal; each has an organisation of its own."""

    number = 0

    def __init__(self, house: House) -> None:
        self.house = house
        Desk.number += 1
        self.id, self.lea = f"alpha{Desk.number}", f"lea{Desk.number}@example.org"

    async def open(self, **fields: Any) -> Desk:
        async with self.house.database.write() as session:
            await session.exec(update(Organisation).values(active=False))
            await session.commit()
        self.organisation = await self.house.organisation(self.id, name="Alpha", **fields)
        beta = await self.house.organisation(f"beta{self.id}", name="Beta", roles=["nobody"])
        await self.house.account(f"bea@{self.id}.example", beta, on_duty=False)
        self.anna = await self.house.account(f"anna@{self.id}.example", self.organisation, most=50)
        return self

    async def handovers(self) -> list[Handover]:
        async with self.house.database.read() as session:
            query = select(Handover).where(Handover.organisation_id == self.id)
            return list((await session.exec(query)).all())

    async def newest(self) -> str:
        async with self.house.database.read() as session:
            query = select(Conversation).order_by(col(Conversation.created_at).desc()).limit(1)
            return (await session.exec(query)).one().id

    async def on_duty(self, on: bool) -> None:
        """All go, or come; then time does its work."""
        async with self.house.database.write() as session:
            await session.exec(update(Account).where(col(Account.organisation_id) == self.id).values(on_duty=on))
            await session.commit()
        state = self.house.app.state
        await ticking.tick(state, state.settings)

    async def do(self, what: Callable[..., Awaitable[Any]], id_: str, *more: Any, **named: Any) -> Any:
        async with self.house.database.write() as session:
            done = await what(session, self.anna, id_, *more, **named)
            await session.commit()
        self.house.app.state.bus.wake(id_, f"org:{self.id}")
        return done

    async def take(self, id_: str) -> None:
        await self.do(service.take, id_, now())

    async def say(self, id_: str, text: str, language: str = "en", **shown: Any) -> None:
        await self.do(
            service.reply, id_, text[:30], Draft("text", text, language, shown=shown), now(), "http://portal.example"
        )

    async def end(self, id_: str) -> None:
        await self.do(service.end, id_, "answered", now())

    async def types(self, id_: str, on: bool = True) -> None:
        self.house.app.state.presence.typing(id_, "staff", on)
        self.house.app.state.bus.pass_on(id_, kind="typing", side="staff", on=on)

    async def reads(self, id_: str) -> None:
        async with self.house.database.write() as session:
            conversation = await session.get_one(Conversation, id_)
            conversation.staff_read = conversation.last_seq
            session.add(conversation)
            await session.commit()
        self.house.app.state.bus.wake(id_)

    async def asks_consent(self, id_: str) -> None:
        async def ask(session: Any, account: Any, id_: str) -> None:
            conversation = await session.get_one(Conversation, id_)
            asked = await consents.ask(
                session, conversation=conversation, account=account, organisation=self.organisation, purpose="forward",
                fields=["name", "email", "chat"], receivers=[f"beta{self.id}", self.id], moment=now(),
            )  # fmt: skip
            line = await service.notice(
                session, conversation, "ask_permission", kind="consent", organisation=self.organisation.name
            )
            line.shown = {**line.shown, "consent": {"request": asked}}

        await self.do(ask, id_)

    async def code(self) -> str:
        async with self.house.database.read() as session:
            mails = (await session.exec(select(Mail).order_by(col(Mail.id).desc()))).all()
        return next(word for word in mails[0].subject.split() if word.isdigit())


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
        await write(page, "مرحبا" if language == "ar" else "Hello")
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


@contextlib.asynccontextmanager
async def employer(at: Desk) -> AsyncIterator[str]:
    """Somebody's site with the widget and a strict policy."""
    base = str(at.house.client.base_url).rstrip("/")
    policy = f"default-src 'none'; script-src {base}; connect-src {base}; style-src 'none'"
    tag = f'<script src="{base}/static/widget.js" data-lang="en" defer></script>'
    site, port = FastAPI(), houses.free_port()

    @site.get("/")
    async def home() -> HTMLResponse:
        html = f'<!doctype html><html lang="en"><title>Jobs</title><h1>x</h1>{tag}</html>'
        return HTMLResponse(html, headers={"content-security-policy": policy})

    async with serving(site, port):
        yield f"http://localhost:{port}/"


async def test_scenario_22_a_reload_keeps_history_draft_badge_and_name_on_a_strict_site(at, chromium):
    async with employer(at) as address:
        context = await chromium.new_context(viewport={"width": 360, "height": 640})
        page = await context.new_page()
        refused: list[str] = []
        page.on("console", lambda m: refused.append(m.text) if "Content Security Policy" in m.text else None)
        await page.goto(address)
        await page.get_by_role("button", name="Questions?").click()
        id_ = await taken(at, page)
        await at.say(id_, "The first answer")
        await page.get_by_text("The first answer").wait_for()
        await box(page).fill("My draft")
        await shot(page, "person-widget-taken")
        last = await page.locator("wegweiser-chat select").bounding_box()
        assert last and last["y"] + last["height"] <= 640, "everything in the panel is within the window"
        await expect(page.get_by_text("The first answer")).to_be_in_viewport()
        await page.get_by_role("button", name="Close").click()
        await at.say(id_, "The second answer")
        await expect(page.get_by_role("button", name="Questions?")).to_contain_text("New messages: 1")
        assert await page.title() == "(1) Jobs"
        await page.reload()
        await expect(page.get_by_role("button", name="Questions?")).to_contain_text("New messages: 1")
        await shot(page, "person-widget-badge")
        await page.get_by_role("button", name="Questions?").click()
        assert await page.title() == "Jobs"
        await expect(box(page)).to_have_value("My draft")
        await expect(strip(page)).to_contain_text("Anna")
        assert "Anna · Counsellor" in await page.locator("wegweiser-chat [data-author=staff]").first.inner_text()
        assert await page.locator("wegweiser-chat [data-author=staff]").count() == 2
        await at.asks_consent(id_)
        await page.locator("wegweiser-chat [data-consent] form").wait_for()
        await at.end(id_)
        await page.locator("wegweiser-chat .more [type=radio]").first.wait_for()
        assert [r for r in refused if "favicon" not in r] == []
        await context.close()


async def test_scenario_23_24_typing_and_read(at, chromium):
    async with tab(chromium, at) as page:
        id_ = await taken(at, page)
        presence = at.house.app.state.presence
        told: list[str] = []
        page.on("request", lambda r: told.append(r.post_data or "") if r.url.endswith("/typing") else None)
        await box(page).press_sequentially("Hello there", delay=20)
        await expect(box(page)).to_have_value("Hello there")
        await page.wait_for_timeout(200)
        assert presence.types(id_, "visitor") and told == ['{"on":true}'], (
            "told once in three seconds, without the text"
        )
        await box(page).press("Enter")
        await page.wait_for_timeout(300)
        assert not presence.types(id_, "visitor")
        assert await page.locator("wegweiser-chat .mark").count() == 0
        await at.reads(id_)
        await expect(page.locator("wegweiser-chat [data-author=visitor]").last).to_contain_text("Read")
        await at.types(id_)
        await expect(page.locator("wegweiser-chat .writing")).to_have_text("Anna is writing …")
        await at.say(id_, "Here I am")
        await page.get_by_text("Here I am").wait_for()
        for _ in range(50):
            async with at.house.database.read() as session:
                conversation = await session.get_one(Conversation, id_)
            if conversation.visitor_read == conversation.last_seq:
                break
            await page.wait_for_timeout(50)
        assert conversation.visitor_read == conversation.last_seq


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


async def test_scenario_25_files(at, chromium):
    async with tab(chromium, at) as page:
        await taken(at, page)
        status = page.locator("wegweiser-chat .status")
        await expect(page.locator("wegweiser-chat .stand")).to_contain_text("at most 10 MB")

        async def choose(name: str, content: bytes) -> None:
            async with page.expect_file_chooser() as chooser:
                await page.get_by_role("button", name="Send a file").click()
            await (await chooser.value).set_files({"name": name, "mimeType": "application/pdf", "buffer": content})

        await choose("letter.docx", b"x")
        await expect(status).to_contain_text("letter.docx was not sent")
        await expect(status).to_contain_text("PDF, JPG and PNG")
        await choose("letter.pdf", b"x")
        await expect(status).to_have_class("status error")
        await expect(status).to_contain_text("letter.pdf")
        await choose("big.pdf", pdf() + b" " * 10_000_001)
        await expect(status).to_contain_text("too big")
        await choose("diploma.pdf", pdf())
        await expect(status).to_contain_text("diploma.pdf was sent")
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Download diploma.pdf").click()
        assert (await download.value).suggested_filename == "diploma.pdf"
        await shot(page, "person-file", full=True)


async def test_consent_is_refused_given_and_withdrawn(at, chromium):
    async with tab(chromium, at) as page:
        id_ = await taken(at, page)
        await at.asks_consent(id_)
        form = page.locator("wegweiser-chat [data-consent] form")
        yes, no = form.get_by_role("button", name="I agree"), form.get_by_role("button", name="No, I do not agree")
        a, b = await yes.bounding_box(), await no.bounding_box()
        assert a and b and a["height"] == b["height"]
        style = "e => ['color', 'backgroundColor', 'borderColor', 'fontSize'].map(k => getComputedStyle(e)[k]).join()"
        assert await yes.evaluate(style) == await no.evaluate(style), "yes and no are equally easy"
        await form.get_by_label("Name", exact=True).fill("Lea")
        await yes.click()
        await expect(form.get_by_role("alert")).to_contain_text("Please tick")
        await expect(form.get_by_role("checkbox").first).to_be_focused()
        await form.get_by_label("Beta").check()
        await form.get_by_label("E-mail address").fill("nonsense")
        await yes.click()
        await expect(form.get_by_role("alert")).to_contain_text("e-mail")
        await form.get_by_label("E-mail address").fill(at.lea)
        await at.say(id_, "Take your time")
        await page.get_by_text("Take your time").wait_for()
        await expect(form.get_by_label("Name", exact=True)).to_have_value("Lea")
        await yes.click()
        receipt = page.locator("wegweiser-chat .receipt li")
        await expect(receipt).to_contain_text("Beta may have")
        await page.reload()
        await expect(receipt).to_contain_text("Beta may have")
        await receipt.get_by_role("button", name="Withdraw").click()
        await page.locator("wegweiser-chat [role=group]").get_by_role("button", name="Withdraw").click()
        await expect(receipt).to_contain_text("You withdrew this on")
        await at.asks_consent(id_)
        await page.get_by_role("button", name="No, I do not agree").click()
        await page.get_by_text("You did not agree. Nothing is passed on.").wait_for()


async def test_scenario_27_the_end_a_rating_once_and_the_talk_by_mail(at, chromium):
    async with tab(chromium, at) as page:
        id_ = await taken(at, page)
        await at.say(id_, "Good bye")
        await page.get_by_text("Good bye").wait_for()
        await sure(page, "End the chat")
        more = page.locator("wegweiser-chat .more")
        await more.get_by_role("button", name="Send the rating").click()
        await expect(more.locator("#stars-wrong")).to_have_text("Please choose one of the five ratings, or “Skip”.")
        await expect(more.get_by_label("1 – very bad")).to_be_focused()
        await shot(page, "person-rating-wrong", full=True)
        await more.get_by_label("5 – very good").check()
        await expect(more.locator("#stars-wrong")).to_be_empty()
        await more.get_by_label("What should we know?").fill("Thank you")
        await more.get_by_role("button", name="Send the rating").click()
        await expect(more.get_by_role("radio")).to_have_count(0)
        (handover,) = await at.handovers()
        assert (handover.rating, handover.rating_comment) == (5, "Thank you")
        await more.get_by_label("E-mail address").fill("lea@")
        await more.get_by_role("button", name="Send me a code").click()
        await expect(more.get_by_label("E-mail address")).to_have_accessible_description(
            "This does not look like an e-mail address. Example: name@example.org"
        )
        await expect(more.get_by_label("E-mail address")).to_be_focused()
        await more.get_by_label("E-mail address").fill(at.lea)
        await more.get_by_role("button", name="Send me a code").click()
        await expect(more.get_by_label("Code from the e-mail")).to_be_focused()
        await more.get_by_label("Code from the e-mail").fill("000")
        await more.get_by_role("button", name="Confirm").click()
        await expect(more.get_by_role("alert")).to_have_text(
            "This code is not right, or it is too old. You can have a new one sent."
        )
        await expect(more.get_by_label("Code from the e-mail")).to_be_focused()
        await expect(more.get_by_label("Code from the e-mail")).to_have_attribute("aria-invalid", "true")
        await shot(page, "person-code-wrong", full=True)
        await more.get_by_label("Code from the e-mail").fill(await at.code())
        await more.get_by_role("button", name="Confirm").click()
        await expect(more).to_contain_text("Sent to l…@example.org.")
        await expect(page.locator("wegweiser-chat .status")).to_have_text("The conversation is on its way to you.")
        await expect(more.get_by_role("button", name="Send it again")).to_be_visible()
        await page.reload()
        await expect(more).to_contain_text("l…@example.org")
        await expect(more.get_by_role("radio")).to_have_count(0)
        await shot(page, "person-rated", full=True)
        async with at.house.database.read() as session:
            mails = (await session.exec(select(Mail.to, Mail.key))).all()
        assert sum(to == at.lea and not key.startswith("code:") for to, key in mails) == 1


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


async def test_what_was_said_goes_with_the_next_state_and_choices_only_while_the_assistant_has_it(at, chromium):
    async with tab(chromium, at) as page:
        status = page.locator("wegweiser-chat .status")
        await ask_person(page)
        await expect(strip(page)).to_contain_text("number 1")
        id_ = await at.newest()
        async with at.house.database.write() as session:
            conversation = await session.get_one(Conversation, id_)
            draft = Draft("text", "Which one?", "en", shown={"choices": [{"id": "a", "label": "The first"}]})
            await chats.add(session, conversation, draft, "assistant", reply_to="x")
            await session.commit()
        at.house.app.state.bus.wake(id_)
        await expect(page.get_by_role("button", name="The first")).to_be_disabled()
        await at.take(id_)
        await expect(strip(page)).to_contain_text("Anna")
        async with page.expect_file_chooser() as chooser:
            await page.get_by_role("button", name="Send a file").click()
        await (await chooser.value).set_files({"name": "a.exe", "mimeType": "application/pdf", "buffer": b"x"})
        await expect(status).to_contain_text("a.exe")
        ben = await at.house.account(f"ben@{at.id}.example", at.organisation)
        await at.do(service.transfer, id_, to_account=ben.id, moment=now())
        await expect(strip(page)).to_contain_text("in the queue")
        await expect(status).to_be_empty()
        at.anna = ben
        await at.take(id_)
        await expect(strip(page)).to_contain_text("Ben")


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
