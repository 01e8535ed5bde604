"""The visitor's address and the chat by mail (SEC-C13, scenario 27)."""

from __future__ import annotations

import asyncio
import datetime as dt
import re

import pytest
import pytest_asyncio
from sqlmodel import col, select

from portal import clockwork
from portal.chat import service as chats
from portal.chat.drafts import Draft
from portal.chat.models import Conversation
from portal.clock import now
from portal.desk.models import Note
from portal.handover.models import Handover
from portal.mail import transcripts, visitors
from portal.mail.models import Mail
from tests.consents.scene import scene
from tests.mail.ground import ground
from tests.people import portal

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory):
    """One portal for all; each test has chats and addresses of its own. The mails stay in the database: the outbox would empty them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.delitem(clockwork.TICKS, "mail", raising=False)
        async with portal(tmp_path_factory.mktemp("visitors")) as house:
            house.alpha = await house.organisation("alpha")
            yield house


async def post(house, talk, path, **body):
    return await house.client.post(f"{talk.path}{path}", json=body, headers=talk.headers)


async def mails(house, talk, kind: str) -> list[Mail]:
    async with house.database.read() as session:
        query = select(Mail).where(col(Mail.key).startswith(f"{kind}:{talk.path.rsplit('/', 1)[1]}"))
        return list((await session.exec(query.order_by(col(Mail.id)))).all())


def code_in(mail: Mail) -> str:
    return re.findall(r"\d{6}", mail.subject)[0]


async def confirm(house, talk, email) -> None:
    assert (await post(house, talk, "/address", email=email)).status_code == 202
    code = code_in((await mails(house, talk, "code"))[-1])
    answer = await post(house, talk, "/address/code", code=code)
    assert (answer.status_code, answer.json()) == (200, {"address": "a…@example.org"})


async def say(house, talk, author: str, text: str, kind: str = "text", **shown) -> None:
    async with house.database.write() as session:
        conversation = await session.get_one(Conversation, talk.path.rsplit("/", 1)[1], with_for_update=True)
        await chats.add(
            session, conversation, Draft(kind, text, "en", shown=shown, hidden={"secret": "HIDDEN"}), author
        )
        session.add(Note(conversation_id=conversation.id, organisation_id="alpha", text="INTERNAL"))
        await session.commit()


async def test_scenario_27_the_chat_goes_only_to_the_confirmed_address_and_once(house):
    talk = await house.chat("en")
    await say(house, talk, "visitor", "What does it cost?")
    await say(house, talk, "staff", "Nothing at all.", name="Anna")
    await say(house, talk, "assistant", "SUPPRESSED", suppressed=True)
    refused = await post(house, talk, "/transcript")
    assert (refused.status_code, refused.json()["error"]) == (409, "not_confirmed")
    await confirm(house, talk, "ali@example.org")
    for answer in await asyncio.gather(*(post(house, talk, "/transcript") for _ in range(5))):
        assert answer.status_code == 202
    (mail,) = await mails(house, talk, "transcript")
    assert mail.to == "ali@example.org"
    assert "What does it cost?" in mail.body and "Anna\nNothing at all." in mail.body
    assert not any(word in mail.body for word in ("INTERNAL", "SUPPRESSED", "HIDDEN"))


async def test_the_mail_tells_german_time_sources_and_why_it_came(house, monkeypatch):
    talk = await house.chat("en")
    source = {"title": "Make it in Germany", "url": "https://example.org/a", "checked_on": "2026-01-02", "law": ""}
    await say(house, talk, "assistant", "Four months.", "answer", sources=[source])
    await say(house, talk, "system", "You are now talking to Anna.", "notice", event="taken_over")
    await confirm(house, talk, "asta@example.org")
    await post(house, talk, "/transcript")
    (mail,) = await mails(house, talk, "transcript")
    assert mail.body.startswith("Good day,") and "German time (Europe/Berlin)" in mail.body and "UTC" not in mail.body
    assert "Make it in Germany" in mail.body and "2 January 2026" in mail.body and "https://example.org/a" in mail.body
    assert "Note" not in mail.body and "asked for in the chat" in mail.body.splitlines()[-1]
    summer = transcripts.clock(dt.datetime(2026, 7, 1, 22, 30, tzinfo=dt.UTC))
    assert "2" in summer and "30" in summer and "Juli" in summer and summer.startswith("2. ")


async def test_sec_c13_three_transcripts_a_day(house):
    talk = await house.chat("en")
    await confirm(house, talk, "anton@example.org")
    for status in (202, 202, 202, 429):
        await say(house, talk, "visitor", "more")
        assert (await post(house, talk, "/transcript")).status_code == status
    assert len(await mails(house, talk, "transcript")) == 3


async def test_sec_c13_three_codes_a_day_and_no_odd_addresses(house):
    talk, other = await house.chat("en"), await house.chat("en")
    for bad in ("ali", "a@b.de\r\nBcc: x@y.de", "a@b.de,c@d.de", "a@b.de\n"):
        status = (await post(house, talk, "/address", email=bad)).status_code
        assert status == (202 if bad.strip() == "a@b.de" else 422), bad
    for status in (202, 202, 429):
        assert (await post(house, talk, "/address", email="eva@example.org")).status_code == status
    for status in (202, 429):  # the same address from another chat: three in all
        assert (await post(house, other, "/address", email="eva@example.org")).status_code == status
    assert all("\n" not in m.to + m.subject for m in await mails(house, talk, "code"))


async def test_sec_c13_deleting_the_chat_gives_an_address_no_more_mails(house):
    for email, status in (("uwe", 202), ("Uwe", 202), ("UWE", 202), ("uwe", 429)):
        talk = await house.chat("en")
        assert (await post(house, talk, "/address", email=f"{email}@example.org")).status_code == status
        assert (await house.client.delete(talk.path, headers=talk.headers)).status_code < 300


async def test_sec_c13_a_code_is_guessed_five_times_at_most(house):
    talk, other = await house.chat("de"), await house.chat("de")
    await post(house, talk, "/address", email="guess@example.org")
    code = code_in((await mails(house, talk, "code"))[-1])
    assert (await post(house, other, "/address/code", code=code)).status_code == 422
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(5):
        assert (await post(house, talk, "/address/code", code=wrong)).status_code == 422
    assert (await post(house, talk, "/address/code", code=code)).status_code == 422


async def test_a_code_ends_after_15_minutes_and_works_once(tmp_path):
    async with ground(tmp_path) as database, database.write() as session:
        s, moment = await scene(session), now()
        for wait, right in ((visitors.LASTS, False), (visitors.LASTS - dt.timedelta(seconds=1), True)):
            await visitors.ask_code(session, s.conversation, "ada@example.org", moment)
            mail = (await session.exec(select(Mail).order_by(col(Mail.id).desc()))).first()
            assert await visitors.confirm(session, s.conversation, code_in(mail), moment + wait) is right
            moment += dt.timedelta(hours=1)
        assert not await visitors.confirm(session, s.conversation, code_in(mail), moment)
        assert await visitors.shown(session, s.conversation.id) == "a…@example.org"
        await visitors.ask_code(session, s.conversation, "ida@example.org", moment)  # another one: not yet confirmed
        with pytest.raises(transcripts.NotConfirmed):
            await transcripts.send(session, s.conversation, moment)


@pytest.mark.parametrize(("language", "time"), [("de", "15 Minuten"), ("en", "15 minutes"), ("ar", "15 دقيقة")])
async def test_the_mail_with_the_code_tells_how_long_it_lasts(house, language, time):
    talk = await house.chat(language)
    await post(house, talk, "/address", email=f"time-{language}@example.org")
    (mail,) = await mails(house, talk, "code")
    assert time in mail.body and "%" not in mail.body and code_in(mail) in mail.body


async def test_flt_32_administrators_read_what_nobody_got_but_no_address(house):
    beta = await house.organisation("beta")
    pages = {}
    for office in (house.alpha, beta):
        admin = await house.account(f"admin@{office.id}.example", office, roles=["administrator"])
        pages[office.id] = (await house.enter(admin), admin)
    talk = await house.chat("en")
    id_ = talk.path.rsplit("/", 1)[1]
    await house.add(Handover(conversation_id=id_, organisation_id="alpha", language="en"))
    client, admin = pages["alpha"]
    of_mail = {"language": "en", "subject": "", "body": "", "to": "canary@example.org"}
    for key, more in (
        ("code:1", {"conversation_id": id_}), ("code:2", {"conversation_id": id_}), ("reset:1", {"account_id": admin.id}),
    ):  # fmt: skip
        day = dt.datetime(2026, 7, 1 + int(key[-1]), 22, 30, tzinfo=dt.UTC)  # the next day in Germany
        await house.add(Mail(key=key, message_id=key, failed_at=day, **of_mail, **more))
    page = (await client.get("/en/staff/organisation")).text
    assert "Code for the e-mail address of a visitor: 2 since 3 July 2026" in page
    assert "Choose a new password: 1 since 3 July 2026" in page and "within 48 hours" in page and "canary" not in page
    for language in ("de", "ar"):
        assert (await client.get(f"/{language}/staff/organisation")).status_code == 200
    assert "Mails that nobody got" not in (await pages["beta"][0].get("/en/staff/organisation")).text


async def test_an_answer_is_told_once_until_it_is_read_without_the_answer(tmp_path):
    async with ground(tmp_path) as database, database.write() as session:
        s, moment = await scene(session), now()
        assert not await visitors.tell_visitor(session, s.conversation, "https://w.example", moment)
        await visitors.ask_code(session, s.conversation, "ali@example.org", moment)
        mail = (await session.exec(select(Mail))).one()
        await visitors.confirm(session, s.conversation, code_in(mail), moment)
        for read in (0, 0, 3):
            s.conversation.visitor_read = read
            assert await visitors.tell_visitor(session, s.conversation, "https://w.example", moment)
        told = (await session.exec(select(Mail).where(col(Mail.key).startswith("answer:")))).all()
        assert len(told) == 2 and all("https://w.example/en/chat" in m.body for m in told)
        assert not any(s.conversation.token_hash in m.body or s.conversation.id in m.body for m in told)
