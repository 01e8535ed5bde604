"""The talk with a person, in a real Chromium: reload, typing, read, files, consent, the end and the rating."""

from __future__ import annotations

from io import BytesIO

from playwright.async_api import expect
from pypdf import PdfWriter
from sqlmodel import select

from portal.chat import service as chats
from portal.chat.drafts import Draft
from portal.chat.models import Conversation
from portal.clock import now
from portal.handover import service
from portal.mail.models import Mail
from tests.browser.conftest import shot
from tests.browser.employer import employer
from tests.browser.visitor import ask_person, box, stored, strip, sure, tab, taken


def pdf() -> bytes:
    paper, out = PdfWriter(), BytesIO()
    paper.add_blank_page(100, 100)
    paper.write(out)
    return out.getvalue()


async def test_scenario_22_a_reload_keeps_history_draft_badge_and_name_on_a_strict_site(at, chromium):
    async with employer(str(at.house.client.base_url), "en") as address:
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
        await stored(page, "Hello there")
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
