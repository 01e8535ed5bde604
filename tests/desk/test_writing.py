"""Writing at the desk: answers from the knowledge, canned replies, translation both ways (scenario 18), consent."""

from __future__ import annotations

import asyncio
import datetime as dt
import html
import re

from sqlmodel import select

from portal import house as houses
from portal.consents.models import Consent
from portal.desk import reading
from portal.desk.translating import Untranslated
from tests.desk.scene import alert, desk, say, stored, waiting
from tests.people import portal
from tests.standins import Mood, libretranslate

ARABIC = "كم يستغرق الاعتراف؟"


async def until(page, words: str) -> str:
    for _ in range(60):
        html = await page()
        if words in html:
            return html
        await asyncio.sleep(0.05)
    raise AssertionError(f"{words} does not come")


async def test_one_search_and_one_key_send_the_published_text(house):
    chat, visitor = await waiting(house, house.alpha, "Wie lange?", "de")
    anna = await desk(house, house.anna)
    await anna.take(chat)
    page = await anna.get(f"chats/{chat}/answers?q=fees+of+the+fast+track+procedure")
    assert "Enter sends the answer" in page and "fasttrack.cost" in page
    german = house.app.state.live.edition.library.article("fasttrack.cost", "de")
    assert german.answer in page.replace("&#34;", '"') or german.answer[:60] in page, "what the visitor will read"
    assert (await anna.post(chat, "answers", topic="fasttrack.cost")).status_code == 303
    last = (await visitor.state())["messages"][-1]
    assert (last["author"], last["kind"], last["topic"], last["language"]) == (
        "staff",
        "answer",
        "fasttrack.cost",
        "de",
    )
    assert last["text"].startswith(german.answer) and last["sources"] and "choices" not in last
    assert (await anna.post(chat, "answers", topic="no.such")).status_code == 422
    ben = await desk(house, house.ben)
    assert (await ben.post(chat, "answers", topic="fasttrack.cost")).status_code == 409


async def test_an_answer_falls_back_to_english_and_says_so(house):
    chat, visitor = await waiting(house, house.alpha, ARABIC, "ar")
    anna = await desk(house, house.anna, "de")
    await anna.take(chat)
    page = await (await desk(house, house.anna)).get(f"chats/{chat}/answers?q=cost+of+recognition")
    assert "it will be sent in English" in page
    await anna.post(chat, "answers", topic="recognition.cost")
    assert (await visitor.state())["messages"][-1]["language"] == "en"


async def test_canned_replies_by_language_with_undo(house):
    anna, ben = await desk(house, house.anna), await desk(house, house.ben)
    assert "There is no canned reply yet" in await anna.get("canned")

    async def send(path: str, **data: str):
        return await anna.client.post(f"/en/staff/canned{path}", data=data)

    assert (await send("", title="", text_en="x")).status_code == 422
    for _ in range(2):
        assert (await send("", title="Hello", text_en="Good day", text_ar="أهلا")).status_code == 303
    page = await ben.get("canned")
    assert page.count("Good day") == 1 and "أهلا" in page
    one = re.search(r"/canned/(\d+)\"", page)[1]
    assert (await send(f"/{one}", title="Hello", text_en="Good day to you", own="1")).status_code == 303
    assert "Good day" not in await ben.get("canned"), "now Anna's own"
    carla = await desk(house, house.carla)
    assert (await carla.client.get(f"/en/staff/canned/{one}")).status_code == 404
    chat, _ = await waiting(house, house.alpha, "Bonjour", "fr")
    await anna.take(chat)
    page = await anna.chat(chat)
    assert "Good day to you" in page and "not there in the visitor" in page
    removed = (await send(f"/{one}/delete")).text
    assert "Undo" in removed and "Good day to you" not in await anna.get("canned")
    fields = dict(
        re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', removed.split("Undo")[0].split('role="status"')[-1])
    )
    assert (await send("", **fields)).status_code == 303
    assert "Good day to you" in await anna.get("canned") and "Good day" not in await ben.get("canned")


async def test_the_undo_of_a_deletion_brings_back_every_language(house):
    anna = await desk(house, house.anna)
    tania = await house.account(f"tania.{house.anna.id}@x.example", house.alpha, languages=["de", "tr"])
    turkish = await desk(house, tania)
    assert 'name="text_tr"' in await turkish.get("canned/new") and 'name="text_tr"' not in await anna.get("canned/new")
    new = {"title": "Greeting", "text_en": "Good day", "text_tr": "Merhaba"}
    assert (await turkish.client.post("/en/staff/canned", data=new)).status_code == 303
    one = re.search(r"/canned/(\d+)\"", await anna.get("canned"))[1]
    removed = (await anna.client.post(f"/en/staff/canned/{one}/delete")).text
    form = removed.split("Undo")[0].split('role="status"')[-1]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    assert (await anna.client.post("/en/staff/canned", data=fields)).status_code == 303
    assert "Merhaba" in await anna.get("canned")


async def test_scenario_18_each_reads_their_own_language(house):
    chat, visitor = await waiting(house, house.alpha, ARABIC, "ar")
    anna = await desk(house, house.anna, "de")
    await anna.take(chat)
    page = await until(lambda: anna.chat(chat), f"[de] {ARABIC}")
    assert page.count(ARABIC) >= 2, "the original stands beside it"
    text = "Das dauert drei Monate."
    await anna.post(chat, "notes", note="NOTE-CANARY never translated")
    draft = await anna.post(chat, "translate", text=text, client_msg_id="reply-0001")
    assert draft.status_code == 200 and text in draft.text
    shown = re.search(r'name="translation"[^>]*>([^<]*)<', draft.text)[1]
    assert shown.startswith("[ar] ")
    edited = {"translation": shown + " (edited)", "original": original(draft.text)}
    sent = await anna.post(chat, "reply", text=text, client_msg_id="reply-0001", **edited)
    assert sent.status_code == 303
    last = (await visitor.state())["messages"][-1]
    assert last["text"] == shown + " (edited)" and last["language"] == "ar"
    assert last["original"] == {"language": "de", "text": text}
    page = await anna.chat(chat)
    assert text in page and "(edited)" in page
    assert (await anna.post(chat, "translation", on="0")).status_code == 303
    assert "[de]" not in await anna.chat(chat)
    await asyncio.sleep(0.2)
    assert house.calls and "CANARY" not in str(house.calls), "scenario 17: notes are never translated"


async def test_an_answer_from_the_knowledge_is_read_as_it_is_published_and_by_no_machine(house):
    chat, _ = await waiting(house, house.alpha, ARABIC, "ar")
    anna = await desk(house, house.anna, "de")
    await anna.take(chat)
    assert (await anna.post(chat, "answers", topic="recognition.cost")).status_code == 303
    library = house.app.state.live.edition.library
    today = dt.date.today()
    german, arabic = (library.article("recognition.cost", tag, today).answer for tag in ("de", "ar"))
    assert german != arabic
    page = html.unescape(await until(lambda: anna.chat(chat), f"[de] {ARABIC}"))
    assert german.split("\n")[0] in page and arabic.split("\n")[0] in page, "what the visitor got stands beside it"
    assert not any(arabic[:30] in str(call) for call in house.calls)


async def test_flt_a_translation_server_that_fails_loses_nothing(house):
    house.mood.how = "html"
    chat, visitor = await waiting(house, house.alpha, ARABIC, "ar")
    anna = await desk(house, house.anna)
    await anna.take(chat)
    page = await until(lambda: anna.chat(chat), "The translation server does not answer right now")
    assert ARABIC in page
    failed = await anna.post(chat, "translate", text="my careful words")
    assert failed.status_code == 503 and "Nothing is lost" in alert(failed.text) and "my careful words" in failed.text
    assert (await anna.post(chat, "reply", text="my careful words")).status_code == 303
    assert (await visitor.state())["messages"][-1]["text"] == "my careful words"


async def test_without_a_server_the_desk_says_so(house):
    before = house.app.state.readers
    off = house.app.state.settings.model_copy(update={"translate_url": ""})
    house.app.state.readers = reading.Readers(before.database, before.bus, reading.Translator(off))
    try:
        chat, visitor = await waiting(house, house.alpha, ARABIC, "ar")
        anna = await desk(house, house.anna)
        await anna.take(chat)
        page = await anna.chat(chat)
        assert "No translation server is set up." in page and ARABIC in page and 'id="translate"' not in page
        assert (await anna.post(chat, "translate", text="x y")).status_code == 422
        assert (await anna.post(chat, "reply", text="x" * 4001)).status_code == 422
        assert 'Your reply (<span lang="ar"' in page
        assert (await anna.post(chat, "reply", text="أهلا وسهلا")).status_code == 303
        assert (await visitor.state())["messages"][-1]["language"] == "ar", "as the form asks for it"
    finally:
        house.app.state.readers = before


async def test_what_was_changed_after_it_was_translated_is_not_sent(house):
    chat, visitor = await waiting(house, house.alpha, ARABIC, "ar")
    anna = await desk(house, house.anna)
    await anna.take(chat)
    text = "\r\nIt takes three months.\r\nYou need:  the diploma."
    form = (await anna.post(chat, "translate", text=text)).text
    fields = {"original": original(form), "translation": "[ar] It takes three months."}
    stale = await anna.post(chat, "reply", text="It takes FOUR months.", **fields)
    assert stale.status_code == 422 and "translate it again" in alert(stale.text)
    assert "FOUR" in stale.text and fields["translation"] in stale.text, "nothing is lost"
    assert (await anna.post(chat, "reply", text="x", translation="y")).status_code == 422
    assert [m["author"] for m in (await visitor.state())["messages"]].count("staff") == 0
    again = (await anna.post(chat, "translate", text="It takes FOUR months.")).text
    fields["original"] = original(again)
    assert (await anna.post(chat, "reply", text="It takes FOUR months.", **fields)).status_code == 303
    fields["original"] = original(form)  # with the line ends of a browser
    assert (await anna.post(chat, "reply", text=text.strip(), **fields)).status_code == 303
    assert (await visitor.state())["messages"][-1]["original"]["text"].startswith("It takes three months.\nYou")


def original(page: str) -> str:
    """What the form says that it was translated from."""
    return html.unescape(re.search(r'name="original" value="([^"]*)"', page)[1])


async def test_a_message_that_cannot_be_translated_blocks_no_other(house, monkeypatch):
    chat, _ = await waiting(house, house.alpha, "first: too much", "ar")
    for text in (ARABIC, "second: no pair", "أهلا"):
        await say(house, chat, text)
    tried: list[str] = []
    translate = reading.Translator.translate

    async def particular(self, text, source, target):
        tried.append(text)
        if text.startswith(("first", "second")):
            raise Untranslated("too_long" if "much" in text else "not_offered")
        return await translate(self, text, source, target)

    monkeypatch.setattr(reading.Translator, "translate", particular)
    anna = await desk(house, house.anna, "de")
    await until(lambda: anna.chat(chat), f"[de] {ARABIC}")
    page = await until(lambda: anna.chat(chat), "[de] أهلا")
    assert "Übersetzungsserver antwortet" not in page and page.count("first: too much") == 1
    tried.clear()
    for _ in range(3):
        await anna.chat(chat)
        await asyncio.sleep(0.05)
    assert tried == [], "what cannot be translated is remembered"


async def test_a_message_in_the_desks_own_language_is_shown_once(house):
    chat, _ = await waiting(house, house.alpha, ARABIC, "ar")
    await say(house, chat, "Das ist nicht mein Diplom.")
    anna = await desk(house, house.anna, "de")
    page = await until(lambda: anna.chat(chat), f"[de] {ARABIC}")
    assert page.count("Das ist nicht mein Diplom.") == 1


async def test_what_is_being_translated_ends_with_the_portal(tmp_path):
    port, mood = houses.free_port(), Mood()
    mood.how = "hangs"
    async with libretranslate(port, mood):
        async with portal(tmp_path, translate_url=f"http://127.0.0.1:{port}") as own:
            alpha = await own.organisation("alpha")
            anna = await desk(own, await own.account("anna@a.example", alpha), "de")
            chat, _ = await waiting(own, alpha, ARABIC, "ar")
            await anna.chat(chat)
            (task,) = own.app.state.readers._running.values()
            assert not task.done()
        assert task.cancelled()


async def test_consent_is_asked_in_the_chat_once(house):
    chat, visitor = await waiting(house, house.alpha)
    anna, ben = await desk(house, house.anna), await desk(house, house.ben)
    await anna.take(chat)
    form = await anna.get(f"chats/{chat}/consent")
    assert "Alpha" in form and "Beta" in form
    wanted = {"purpose": "case", "fields": ["name", "email"], "receivers": [house.alpha.id, house.beta.id]}
    assert (await ben.post(chat, "consent", **wanted)).status_code == 409
    assert (await anna.post(chat, "consent", **{**wanted, "receivers": []})).status_code == 422
    for _ in range(2):
        assert (await anna.post(chat, "consent", **wanted)).status_code == 303
    asked = [m for m in (await visitor.state())["messages"] if m["kind"] == "consent"]
    assert len(asked) == 1 and asked[0]["consent"]["request"]
    async with house.database.read() as session:
        rows = (await session.exec(select(Consent).where(Consent.conversation_id == chat))).all()
    assert {r.to_id for r in rows} == {house.alpha.id, house.beta.id} and {tuple(r.fields) for r in rows} == {
        ("name", "email")
    }
    assert not any(m.author == "staff" for m in await stored(house, chat))
    assert "The visitor was asked for consent." in await anna.chat(chat)
