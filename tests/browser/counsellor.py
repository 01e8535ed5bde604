"""A counsellor of one organisation, without a browser: what the desk does, called directly."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sqlmodel import col, select, update

from portal.accounts.models import Account, Organisation
from portal.chat.drafts import Draft
from portal.chat.models import Conversation
from portal.clock import now
from portal.consents import service as consents
from portal.handover import service, ticking
from portal.handover.models import Handover
from portal.mail.models import Mail
from tests.people import House


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
