"""The whole way in two browsers: visitors in English and Arabic, counsellors in German, real Rasa, a stand-in that translates."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import re
from collections.abc import AsyncIterator

import pyotp
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr
from sqlmodel import select

from portal import house as houses
from portal.accounts import passwords
from portal.cases.models import CaseFile, Party
from portal.handover.models import Handover
from portal.referrals.models import Transfer
from portal.supervisor import Supervisor
from tests.accounts.steps import code
from tests.browser.conftest import axe, shot
from tests.people import House, portal
from tests.standins import libretranslate

PASSWORD = "ein langer Satz für den Schreibtisch"
ARABIC = "أريد التحدث إلى شخص"


@contextlib.asynccontextmanager
async def whole(ready, tmp_path) -> AsyncIterator[House]:
    """A portal with real Rasa, two organisations, and a translation server."""
    settings, trained = ready
    bot, translating = houses.free_port(), houses.free_port()
    address = f"http://127.0.0.1:{translating}"
    async with libretranslate(translating), portal(tmp_path, bot_port=bot, translate_url=address) as house:
        theirs = settings.model_copy(update={"bot_secret": SecretStr("x" * 32), **house.app.state.settings.model_dump(include={"port", "bot_port"})})  # fmt: skip
        with open(os.devnull, "w") as nowhere:
            async with Supervisor([houses.children(theirs, trained)[0]], out=nowhere).running():
                alpha = await house.organisation("alpha", name="AG-S Beispielstadt")
                beta = await house.organisation(
                    "beta", name="IQ Netzwerk Beispielland", kind="iq_network", roles=["employer"], states=["TH"]
                )
                for email, organisation in (("anna@a.example", alpha), ("ben@b.example", beta)):
                    await house.account(
                        email, organisation, password_hash=await passwords.hashed(PASSWORD), totp_secret=pyotp.random_base32(), language="de"
                    )  # fmt: skip
                yield house


async def sign_in(page: Page, house: House, email: str) -> None:
    """With password and code, as staff do."""
    from portal.accounts.models import Account

    async with house.database.read() as session:
        account = (await session.exec(select(Account).where(Account.email == email))).one()
    await page.goto("/de/staff")
    await page.locator("[name=email]").fill(email)
    await page.locator("[name=password]").fill(PASSWORD)
    await page.locator("main form").first.locator("[type=submit]").click()
    await page.locator("[name=code]").first.fill(code(account.totp_secret))
    await page.locator("form:has([name=how][value=app]) [type=submit]").click()
    await page.wait_for_url("**/staff/queue")


@contextlib.asynccontextmanager
async def browsing(chromium: Browser, house: House, **more) -> AsyncIterator[Page]:
    """A browser of its own; no page in it may fail."""
    context = await chromium.new_context(
        base_url=str(house.client.base_url), viewport={"width": 1280, "height": 900}, **more
    )
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    yield page
    await context.close()
    assert errors == []


async def write(page: Page, text: str) -> None:
    await page.locator("wegweiser-chat textarea#text").fill(text)
    await page.locator("wegweiser-chat textarea#text").press("Enter")


async def test_a_person_takes_over(ready, chromium, tmp_path):
    async with (
        whole(ready, tmp_path) as house,
        browsing(chromium, house, locale="ar") as leila,
        browsing(chromium, house, locale="en") as sam,
        browsing(chromium, house, locale="de") as anna,
        browsing(chromium, house, locale="de") as ben,
    ):
        # An Arabic visitor and an English one ask for a person, each in their language; they see their places.
        await leila.goto("/ar/chat")
        await write(leila, ARABIC)
        await expect(leila.locator("wegweiser-chat")).to_contain_text("1", timeout=20_000)
        await sam.goto("/en/chat")
        await write(sam, "Can I talk to a human please?")
        await expect(sam.get_by_text("You are number 2 in the queue. The")).to_be_visible(timeout=20_000)
        await shot(sam, "takeover-waiting")

        # A German-speaking counsellor signs in and takes the one who waits longest; the other moves up without a reload.
        await sign_in(anna, house, "anna@a.example")
        await expect(anna.locator(".chat-row")).to_have_count(2)
        await shot(anna, "takeover-queue")
        await anna.keyboard.press("j")
        await anna.keyboard.press("t")
        await anna.wait_for_url("**/chats/*")
        await expect(sam.get_by_text("You are number 1 in the queue. The")).to_be_visible(timeout=10_000)

        # She reads Arabic in German and answers in German; the visitor reads Arabic, right to left.
        await expect(anna.locator("#log")).to_contain_text(f"[de] {ARABIC}", timeout=10_000)
        await anna.locator("#text").fill("Guten Tag, ich helfe Ihnen gern.")
        await anna.locator("#translate").click()
        await expect(anna.locator("#translation")).to_have_value(re.compile(r"\[ar\]"))
        await anna.locator("#translation").fill("مرحبا، يسعدني مساعدتك.")
        await anna.locator("#translation").press("Control+Enter")
        reply = leila.locator("wegweiser-chat [data-author=staff]").last
        await expect(reply).to_contain_text("يسعدني مساعدتك", timeout=10_000)
        assert (
            await reply.locator("[dir=rtl]").count() and await leila.evaluate("document.documentElement.dir") == "rtl"
        )
        assert await axe(leila) == []
        await shot(leila, "takeover-arabic")
        await anna.locator("#reason").select_option(index=1)
        await anna.locator("form:has(#reason) [type=submit]").click()
        await anna.wait_for_url("**/staff/queue*")

        # The English chat: the assistant is silent, the knowledge answers in English with one key.
        await anna.locator(".chat-row a").first.click()
        await anna.locator("#talk [data-take] [type=submit]").click()
        await expect(sam.locator("wegweiser-chat")).to_contain_text("Anna", timeout=10_000)
        await write(sam, "What does recognition cost?")
        await expect(anna.locator("#log")).to_contain_text("What does recognition cost?", timeout=10_000)
        await anna.locator("#text").press("Escape")
        await anna.keyboard.press("/")
        await anna.keyboard.type("Was kostet die Anerkennung?")
        await anna.keyboard.press("Enter")
        await expect(anna.locator("#found [data-row]").first).to_be_focused(timeout=10_000)
        await anna.keyboard.press("Enter")
        answer = sam.locator("wegweiser-chat [data-author=staff][data-kind=answer]")
        await expect(answer).to_be_visible(timeout=10_000)
        article = house.app.state.live.edition.library.article("recognition.cost", "en", dt.date.today())
        assert article.answer[:60] in await answer.inner_text()
        assert await sam.locator("wegweiser-chat [data-author=assistant][data-reply]").count() <= 1, (
            "no bot beside the person"
        )

        # A note stays hidden; a reload loses nothing.
        await anna.locator("#note").fill("GEHEIM: Rückruf prüfen")
        await anna.locator("#note").press("Control+Enter")
        await expect(anna.locator(".line.note")).to_contain_text("GEHEIM", timeout=10_000)
        await sam.locator("wegweiser-chat textarea#text").fill("a draft")
        before = await sam.locator("wegweiser-chat [data-seq]").count()
        await sam.reload()
        await expect(sam.locator("wegweiser-chat [data-seq]")).to_have_count(before, timeout=10_000)
        assert await sam.locator("wegweiser-chat textarea#text").input_value() == "a draft"
        assert "GEHEIM" not in await sam.locator("wegweiser-chat").inner_text()
        await shot(sam, "takeover-visitor")
        await shot(anna, "takeover-desk", full=True)

        # Consent, given in the chat for two named organisations.
        chat = anna.url.split("/chats/")[1].split("?")[0].strip("/")
        await anna.goto(f"/de/staff/chats/{chat}/consent")
        await anna.locator("[name=purpose][value=forward]").check()
        await anna.locator("[name=receivers][value=alpha]").check()
        await anna.locator("[name=receivers][value=beta]").check()
        await shot(anna, "takeover-ask-consent")
        await anna.locator("main form [type=submit]").click()
        form = sam.locator("wegweiser-chat [data-consent] form")
        await expect(form).to_be_visible(timeout=10_000)
        await expect(form.get_by_role("checkbox").first).not_to_be_checked()
        for box in await form.get_by_role("checkbox").all():
            await box.check()
        await form.get_by_label("Name", exact=True).fill("Sam Example")
        await form.get_by_label("E-mail address").fill("sam@example.org")
        await shot(sam, "takeover-consent")
        await form.get_by_role("button", name="I agree").click()
        await expect(sam.locator("wegweiser-chat .receipt li")).to_have_count(2, timeout=10_000)

        # The chat becomes a case, and the case is forwarded; the clock runs.
        await anna.goto(f"/de/staff/cases/new?chat={chat}")
        await anna.locator("[name=kind][value=employer]").check()
        await anna.locator("#topic").select_option("recognition.cost")
        await anna.locator("#state").select_option("ST")
        await anna.locator("#concern").fill("Fragt nach den Kosten der Anerkennung.")
        await anna.locator("[name=confirmed]").check()
        await shot(anna, "takeover-new-case", full=True)
        await anna.locator("form[action$='/staff/cases'] [type=submit]").click()
        await anna.wait_for_url("**/cases/W-*")
        number = anna.url.rsplit("/", 1)[1].split("?")[0]
        await expect(anna.locator("main")).to_contain_text("Sam Example")
        await shot(anna, "takeover-case", full=True)
        await anna.goto(f"/de/staff/cases/{number}/transfer?to=beta")
        await anna.locator("[name=kind][value=forward]").check()
        for box in await anna.locator("[name=fields]").all():
            await box.check()
        await anna.locator("#message").fill("Bitte übernehmen Sie die Beratung.")
        await shot(anna, "takeover-transfer", full=True)
        await anna.locator("form[action$='/transfers'] [type=submit]").click()
        await anna.wait_for_load_state()
        async with house.database.read() as session:
            sent = (await session.exec(select(Transfer))).one()
        assert sent.status == "sent" and (sent.due_at - sent.sent_at).total_seconds() == 48 * 3600

        # The other organisation sees it with the time that remains, and accepts.
        await sign_in(ben, house, "ben@b.example")
        await ben.goto("/de/staff/transfers")
        await expect(ben.locator("main")).to_contain_text("48")
        await shot(ben, "takeover-incoming")
        await ben.goto(f"/de/staff/transfers/{sent.id}")
        await expect(ben.locator("main")).to_contain_text("Sam Example")
        assert await axe(ben) == []
        await ben.locator("#answer").fill("Wir übernehmen.")
        await ben.locator("form[action$='/accept'] [type=submit]").first.click()
        await ben.wait_for_load_state()
        await ben.goto(f"/de/staff/cases/{number}")
        await expect(ben.locator("main")).to_contain_text("Sam Example")
        await shot(ben, "takeover-accepted", full=True)

        # The chat ends; the visitor's rating arrives.
        await anna.goto(f"/de/staff/chats/{chat}")
        await anna.locator("#reason").select_option(index=1)
        await anna.locator("form:has(#reason) [type=submit]").click()
        more = sam.locator("wegweiser-chat .more")
        await more.get_by_label("5 – very good").check()
        await more.get_by_role("button", name="Send the rating").click()
        await expect(more.get_by_role("radio")).to_have_count(0)
        await asyncio.sleep(0.2)
        async with house.database.read() as session:
            stay = (await session.exec(select(Handover).where(Handover.conversation_id == chat))).one()
            case = (await session.exec(select(CaseFile))).one()
            parties = (await session.exec(select(Party.name))).all()
            sent = (await session.exec(select(Transfer))).one()
        assert stay.rating == 5 and stay.answered_at is not None
        assert (case.organisation_id, sent.status) == ("beta", "accepted") and sent.decided_at <= sent.due_at
        assert "Sam Example" in parties
