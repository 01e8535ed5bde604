"""A message that was left, and what comes after it: it reaches somebody, once, and stays where it was promised an answer."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlmodel import col, select

from portal.accounts.models import Account
from portal.cases.models import CaseFile
from portal.chat.models import Conversation
from portal.clock import now
from portal.desk.models import File
from portal.handover import service
from portal.mail.models import Mail
from tests.conftest import Chat
from tests.handover.desk import ask, call, clock, do, events, handovers, id_of, later, reply, sweep, take, write

MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


async def mails(house: Any, account: Account) -> list[str]:
    """The kinds of mails to somebody, in order."""
    async with house.database.read() as session:
        rows = (await session.exec(select(Mail).where(Mail.account_id == account.id).order_by(col(Mail.id)))).all()
    return [m.key.split(":")[0] for m in rows]


async def off_duty(house: Any, *accounts: Account) -> None:
    async with house.database.write() as session:
        for account in accounts:
            (await session.get_one(Account, account.id)).on_duty = False
        await session.commit()


async def leave_message(chat: Chat, text: str = "Please write to me") -> dict[str, Any]:
    answer = await call(chat, "POST", "person/message", text=text, client_msg_id=str(uuid.uuid4()))
    assert answer.status_code == 201
    return answer.json()


async def answered(house: Any, office: Any) -> tuple[Account, Chat]:
    """A message was left and answered; the desk closed."""
    anna, chat = await office.account("anna", on_duty=False, roles=["team_lead"]), await office.chat()
    await leave_message(chat)
    await take(house, anna, chat)
    await reply(house, anna, chat, "Here is your answer")
    await later(house, chat, staff_at=now() - 3 * MINUTE, visitor_at=now() - HOUR)
    await sweep(house, now())
    assert [h.status for h in await handovers(house, chat)] == ["message"]
    return anna, chat


async def test_a_follow_up_to_an_answered_message_reaches_somebody(house, office):
    anna, chat = await answered(house, office)
    before = await mails(house, anna)
    await write(chat, "And what does it cost?")
    await write(chat, "Are you there?")
    assert (await events(chat))[-1] == "kept_for_person" and (await events(chat)).count("kept_for_person") == 1
    assert await mails(house, anna) == [*before, "message_left"], "one mail until it is read"
    await clock(house, now() + 49 * HOUR)
    found = (await handovers(house, chat))[0]
    assert found.answered_at is None and found.escalated_at, "the clock runs again"
    await take(house, anna, chat)
    await reply(house, anna, chat, "It costs 100 euros")
    assert (await handovers(house, chat))[0].answered_at
    await later(house, chat, staff_at=now() - 3 * MINUTE, visitor_at=now() - HOUR)
    await sweep(house, now())
    await write(chat, "Thank you")
    await clock(house, now() + 49 * HOUR)
    assert await mails(house, anna) == [*before, "message_left", "chat_overdue", "message_left", "chat_overdue"]


async def test_a_second_message_by_the_form_is_told_once_the_first_was_read(house, office):
    anna, chat = await office.account("anna", on_duty=False), await office.chat()
    await leave_message(chat, "one")
    await leave_message(chat, "two")
    assert await mails(house, anna) == ["message_left"]
    async with house.database.write() as session:
        conversation = await session.get_one(Conversation, id_of(chat))
        conversation.staff_read = conversation.last_seq
        await session.commit()
    await leave_message(chat, "three")
    assert await mails(house, anna) == ["message_left", "message_left"]


async def test_what_was_written_before_the_desk_was_missed_is_told_too(house, office):
    """The visitor answers at once; the counsellor has just gone."""
    anna, chat = await office.account("anna", on_duty=False), await office.chat()
    await leave_message(chat)
    await take(house, anna, chat)
    await reply(house, anna, chat, "Here is your answer")
    await write(chat, "And what does it cost?")
    before = await mails(house, anna)
    await later(house, chat, staff_at=now() - 3 * MINUTE)
    await sweep(house, now())
    assert (await handovers(house, chat))[0].status == "waiting", "the visitor is still there"
    await sweep(house, now() + 6 * MINUTE)
    found = (await handovers(house, chat))[0]
    assert (found.status, found.answered_at) == ("message", None)
    assert await mails(house, anna) == [*before, "message_left"]


async def test_the_48_hours_hold_for_a_message_that_was_left_from_the_queue(house, office):
    lead = await office.account("lead", roles=["team_lead"])
    chat, start = await office.chat(), now()
    await ask(chat)
    await later(house, chat, visitor_at=start + HOUR)
    await clock(house, start + 4 * MINUTE)
    assert (await handovers(house, chat))[0].escalated_at, "nobody came within 180 seconds"
    await leave_message(chat)
    assert (await handovers(house, chat))[0].escalated_at is None
    for hours in (1, 37, 38, 49, 50):
        await clock(house, start + hours * HOUR)
    assert await mails(house, lead) == ["chat_overdue", "message_left", "chat_waiting", "chat_overdue"]


async def test_putting_a_message_back_does_not_give_48_hours_more(house, office):
    lead = await office.account("lead", roles=["team_lead"])
    await off_duty(house, lead)
    chat, start = await office.chat(), now()
    await leave_message(chat)
    await clock(house, start + 49 * HOUR)
    await take(house, lead, chat)
    await later(house, chat, visitor_at=start - HOUR)
    await do(house, service.release, lead, id_of(chat), now())
    await clock(house, start + 50 * HOUR)
    assert (await handovers(house, chat))[0].escalated_at == start + 50 * HOUR, "still overdue"
    assert await mails(house, lead) == ["message_left", "chat_overdue"], "and told once"


async def elsewhere(office: Any) -> tuple[Any, Account]:
    """Another organisation, which answers the same and has somebody on duty."""
    other = await office.house.organisation(f"aaa-{office.organisation.id}", name="Aaa")
    return other, await office.house.account(f"c@{other.id}.example", other)


@pytest.mark.parametrize("thing", ["file", "case"])
@pytest.mark.parametrize("end", [service.end, service.give_back])
async def test_sec_c03_a_personal_chat_asks_only_where_it_was(house, office, thing, end):
    anna, chat = await office.account("anna"), await office.chat()
    await ask(chat)
    await take(house, anna, chat)
    await elsewhere(office)
    if thing == "file":
        await house.add(
            File(id=uuid.uuid4().hex, conversation_id=id_of(chat), author="visitor", name="x", type="pdf", size=1)
        )
    else:
        number = f"W-{uuid.uuid4().hex[:8]}"
        fields = {"number": number, "key": number, "kind": "worker", "concern": "x"}
        await house.add(CaseFile(organisation_id=office.organisation.id, conversation_id=id_of(chat), **fields))
    more = ("answered",) if end is service.end else ()
    await do(house, end, anna, id_of(chat), *more, now())
    await off_duty(house, anna)
    got = await ask(chat)
    assert (got["person"]["status"], got["person"]["organisation"]) == ("nobody", "Office")
    assert (await leave_message(chat))["person"]["organisation"] == "Office"
    assert {h.organisation_id for h in await handovers(house, chat)} == {office.organisation.id}
    async with house.database.write() as session:
        (await session.get_one(Account, anna.id)).on_duty = True
        await session.commit()
    assert (await ask(chat))["person"]["status"] == "waiting"
    assert {h.organisation_id for h in await handovers(house, chat)} == {office.organisation.id}


async def test_a_message_and_then_a_person_of_another_organisation(house, office):
    await office.account("anna", on_duty=False)
    chat = await office.chat()
    await leave_message(chat)
    await later(house, chat, asked_at=now() - HOUR, asked_staff_at=now() - HOUR)
    other, cleo = await elsewhere(office)
    await ask(chat)
    first, second = await handovers(house, chat)
    assert (first.organisation_id, first.status, first.end_reason) == (office.organisation.id, "ended", "transferred")
    assert (second.organisation_id, second.status, second.before_id) == (other.id, "waiting", first.id)
    await clock(house, now())
    assert (await handovers(house, chat))[-1].escalated_at is None, "it waits since now"
    async with house.database.read() as session:
        assert (await service.next_for(session, cleo, now())).id == second.id


async def test_a_message_and_then_a_person_where_it_was_left(house, office):
    anna, chat = await office.account("anna", on_duty=False), await office.chat()
    await leave_message(chat)
    await later(house, chat, asked_staff_at=now() - HOUR)
    await elsewhere(office)
    async with house.database.write() as session:
        (await session.get_one(Account, anna.id)).on_duty = True
        await session.commit()
    await ask(chat)
    await clock(house, now())
    found = (await handovers(house, chat))[0]
    assert (found.organisation_id, found.status, found.escalated_at) == (office.organisation.id, "waiting", None)
    assert (await call(chat, "DELETE", "person")).json() == {"owner": "assistant"}
    assert [h.status for h in await handovers(house, chat)] == ["message"], "what was left is still to be answered"


async def test_a_message_that_was_left_is_answered_later_and_not_swept(house, office):
    anna = await office.account("anna", on_duty=False)
    chat = await office.chat()
    await call(chat, "POST", "person/message", text="Please call me")
    await sweep(house, now() + 60 * MINUTE)
    assert (await chat.state())["person"]["status"] == "message"
    await take(house, anna, chat)
    await later(house, chat, staff_at=now() + 200 * MINUTE)
    await sweep(house, now() + 30 * MINUTE)
    assert (await chat.state())["owner"] == "staff", "time to look things up"
    await later(house, chat, visitor_at=now() - 10 * MINUTE)
    await do(house, service.release, anna, id_of(chat), now())
    assert (await chat.state())["person"]["status"] == "message", "nobody sits there and waits"
    await take(house, anna, chat)
    await reply(house, anna, chat, "Here is your answer")
    await later(house, chat, staff_at=now() + 200 * MINUTE)
    await sweep(house, now() + 60 * MINUTE)
    assert (await events(chat)).count("idle_warning") == 0
