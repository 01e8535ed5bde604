"""Mails about a chat nobody answers, and about a message that was left and answered."""

from __future__ import annotations

import datetime as dt

from sqlmodel import select

from portal.clock import now
from portal.handover import telling
from portal.handover.models import Address, Handover
from portal.mail.models import Mail
from tests.desk.scene import Desk, waiting
from tests.handover.desk import sweep


async def mails(house) -> list[tuple[str, str]]:
    async with house.database.read() as session:
        return [(m.key.split(":")[0], m.to) for m in (await session.exec(select(Mail).order_by(Mail.id))).all()]


async def test_who_waits_too_long_is_told_to_duty_then_to_the_lead_once(house):
    office = await house.organisation("telling", reply=60)
    await house.account("duty@t.example", office, seen_at=now())
    await house.account("off@t.example", office, on_duty=False)
    await house.account("lead@t.example", office, roles=["team_lead"], on_duty=False)
    await waiting(house, office)
    for seconds in (40, 41, 70, 71):
        await sweep(house, now() + dt.timedelta(seconds=seconds))
    mine = [m for m in await mails(house) if m[1].endswith("@t.example")]
    assert mine == [("chat_waiting", "duty@t.example"), ("chat_overdue", "lead@t.example")]


async def test_a_message_left_is_told_and_so_is_its_answer(house):
    office = await house.organisation("later", roles=["worker"])
    anna = await house.account("anna@l.example", office, on_duty=False)
    chat, visitor = await waiting(
        house, office, status="message", reason="message", asked_at=now() - dt.timedelta(minutes=1)
    )
    async with house.database.write() as session:
        handover = (await session.exec(select(Handover).where(Handover.conversation_id == chat))).one()
        await telling.message_left(session, handover, "http://portal.example")
        await telling.message_left(session, handover, "http://portal.example")
        session.add(
            Address(conversation_id=chat, email="sam@v.example", code_hash="x", ends_at=now(), confirmed_at=now())
        )
        await session.commit()
    desk = Desk(await house.enter(anna), anna)
    await desk.take(chat)
    for i in ("1", "2"):
        answer = await desk.post(chat, "reply", text=f"An answer {i}", client_msg_id=f"answer-{i}")
        assert answer.status_code == 303
    mine = [m for m in await mails(house) if m[1] in ("anna@l.example", "sam@v.example")]
    assert mine == [("message_left", "anna@l.example"), ("answer", "sam@v.example")], "each once until it is read"
