"""What is deleted, and when: RET-01, and PRV-24 for the bot's memory."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import httpx2
from sqlmodel import select

from portal import house, migrations
from portal.accounts.models import Organisation
from portal.cases.models import CaseFile
from portal.chat import service
from portal.chat.drafts import Draft
from portal.chat.models import Conversation, Message, Turn
from portal.chat.retention import AT_ONCE, sweep
from portal.clock import now
from portal.database import Database
from portal.handover.models import Handover
from portal.settings import Settings
from portal.supervisor import Supervisor


class Memory:
    """Stands for the bot: notes whom it is told to forget."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []

    async def forget(self, senders: list[str]) -> None:
        self.forgotten += senders


async def chat_of(session, ago: dt.timedelta) -> Conversation:
    conversation, _ = await service.create(session, "de", None, None)
    await session.flush()
    message, _ = await service.receive(session, conversation, "one", Draft("text", "hallo", "de"), None)
    message.at = conversation.created_at = now() - ago
    return conversation


async def test_ret_01_a_chat_goes_a_week_after_its_last_message(tmp_path: Path):
    database, bot = Database(f"sqlite+aiosqlite:///{tmp_path}/x.db"), Memory()
    await migrations.upgrade(database)
    async with database.write() as session:
        old = [await chat_of(session, dt.timedelta(days=8)) for _ in range(AT_ONCE + 3)]
        young = await chat_of(session, dt.timedelta(days=6))
        revived = await chat_of(session, dt.timedelta(days=30))
        await service.add(session, revived, Draft("text", "noch etwas", "de"), "visitor")
        await session.commit()
    assert await sweep(database, bot, 7, 90) == len(old)
    assert await sweep(database, bot, 7, 90) == 0
    async with database.read() as session:
        assert {c.id for c in (await session.exec(select(Conversation))).all()} == {young.id, revived.id}
        assert {m.conversation_id for m in (await session.exec(select(Message))).all()} == {young.id, revived.id}
        assert {t.conversation_id for t in (await session.exec(select(Turn))).all()} == {young.id, revived.id}
    assert sorted(bot.forgotten) == sorted(c.sender for c in old)
    await database.close()


async def test_ret_02_a_chat_with_a_person_stays_ninety_days_one_with_a_case_longer(tmp_path: Path):
    database, bot = Database(f"sqlite+aiosqlite:///{tmp_path}/x.db"), Memory()
    await migrations.upgrade(database)
    async with database.write() as session:
        session.add(Organisation(id="a", name="A", kind="ag_s"))
        await session.flush()
        ages = {"young": 89, "old": 91, "case": 91}
        chats = {name: await chat_of(session, dt.timedelta(days=days)) for name, days in ages.items()}
        plain = await chat_of(session, dt.timedelta(days=8))
        for chat in chats.values():
            session.add(Handover(conversation_id=chat.id, organisation_id="a", status="ended", language="de"))
        session.add(
            CaseFile(number="W-1", key="x", kind="worker", organisation_id="a", conversation_id=chats["case"].id)
        )
        await session.commit()
    assert await sweep(database, bot, 7, 90) == 2
    async with database.read() as session:
        assert {c.id for c in (await session.exec(select(Conversation))).all()} == {chats["young"].id, chats["case"].id}
        left = (await session.exec(select(Handover.conversation_id))).all()
        assert set(left) == {chats["young"].id, chats["case"].id, None}, "a hand-over stays as a count without its chat"
    assert sorted(bot.forgotten) == sorted([plain.sender, chats["old"].sender])
    await database.close()


async def test_prv_24_the_bot_forgets_an_erased_chat(ready: tuple[Settings, Path]):
    s = ready[0].model_copy(update={"bot_port": house.free_port(), "port": house.free_port()})
    rasa = house.children(s, ready[1])[0]
    headers = {"x-bot-secret": s.bot_secret.get_secret_value()}
    async with (
        Supervisor([rasa], out=io.StringIO()).running(),
        httpx2.AsyncClient(base_url=s.bot_url, headers=headers, timeout=20, trust_env=False) as bot,
    ):
        for sender in ("anna-0", "anna-1", "bela-0"):
            await bot.post("/webhook", json={"sender": sender, "message_id": f"{sender}-1", "text": "hallo"})
        assert (await bot.post("/forget", json={"senders": ["anna"]})).json() == {"forgotten": 2}
        assert (await bot.post("/forget", json={"senders": ["anna", "bela"]})).json() == {"forgotten": 1}
        assert (await bot.post("/forget", json={"senders": "anna"})).status_code == 422
        assert (await bot.post("/forget", json={"senders": []}, headers={"x-bot-secret": "x"})).status_code == 401
