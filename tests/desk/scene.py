"""A chat that waits, and a counsellor's forms."""

from __future__ import annotations

import re
import secrets
from typing import Any

import httpx2
from sqlmodel import select

from portal.accounts.models import Account, Organisation
from portal.chat import service
from portal.chat.drafts import Draft
from portal.chat.models import Conversation, Message
from portal.desk.models import File
from portal.handover.models import Handover
from tests.conftest import Chat
from tests.people import House


async def waiting(
    house: House,
    organisation: Organisation,
    text: str = "How long does recognition take?",
    language: str = "en",
    **fields: Any,
) -> tuple[str, Chat]:
    """A visitor's chat in the queue -> (its id, the visitor)."""
    visitor = await house.chat(language)
    chat = visitor.path.rsplit("/", 1)[1]
    async with house.database.write() as session:
        conversation = await session.get(Conversation, chat)
        assert conversation is not None
        hidden = {"understood": {"topics": ["recognition.duration"], "names": [{"kind": "state", "id": "ST"}], "language": language},
                  "suppressed": {"topics": ["recognition.cost"]}}  # fmt: skip
        await service.add(session, conversation, Draft("text", text, language, hidden=hidden), "visitor")
        conversation.owner, conversation.version = "queue", 1
        conversation.guide = fields.pop("guide", {})
        session.add(Handover(conversation_id=chat, organisation_id=organisation.id, language=language, **fields))
        await session.commit()
    return chat, visitor


async def say(house: House, chat: str, text: str, author: str = "visitor", **more: Any) -> int:
    """A further message of the chat, as it stands in the database."""
    async with house.database.write() as session:
        conversation = await session.get(Conversation, chat)
        assert conversation is not None
        message = await service.add(session, conversation, Draft("text", text, conversation.language), author, **more)
        await session.commit()
    house.app.state.bus.wake(chat)
    return message.seq


async def file(house: House, chat: str) -> None:
    """A file of the visitor hangs on the chat."""
    async with house.database.write() as session:
        session.add(
            File(id=secrets.token_hex(16), conversation_id=chat, author="visitor", name="diploma.pdf",
                 type="application/pdf", size=9)
        )  # fmt: skip
        await session.commit()


class Desk:
    """A signed-in counsellor: `await desk.post(chat, "reply", text="…")`."""

    def __init__(self, client: httpx2.AsyncClient, account: Account, language: str = "en") -> None:
        self.client, self.account, self.base = client, account, f"/{language}/staff"

    async def get(self, path: str, **headers: str) -> str:
        answer = await self.client.get(f"{self.base}/{path}", headers=headers, follow_redirects=True)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    async def chat(self, chat: str) -> str:
        """The chat's fragment."""
        return await self.get(f"chats/{chat}", **{"hx-request": "true"})

    async def post(self, chat: str, way: str, **data: Any) -> httpx2.Response:
        if way in ("reply", "translate", "answers"):
            data.setdefault("client_msg_id", secrets.token_hex(8))
        return await self.client.post(f"{self.base}/chats/{chat}/{way}", data=data)

    async def take(self, chat: str) -> None:
        answer = await self.post(chat, "take")
        assert answer.status_code == 303, answer.text[:300]


async def desk(house: House, account: Account, language: str = "en") -> Desk:
    return Desk(await house.enter(account), account, language)


async def stored(house: House, chat: str) -> list[Message]:
    async with house.database.read() as session:
        return list(
            (await session.exec(select(Message).where(Message.conversation_id == chat).order_by(Message.seq))).all()
        )  # type: ignore[arg-type]


def alert(html: str) -> str:
    """The words of the page's alert."""
    found = re.search(r'role="alert">\s*<p>(.*?)</p>', html, re.DOTALL)
    return found[1] if found else ""
