"""Organisations, a counsellor and a chat, without a portal."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from portal.accounts.models import Account, Organisation
from portal.chat import service as chats
from portal.chat.models import Conversation
from portal.consents import service


@dataclass
class Scene:
    account: Account
    organisation: Organisation
    receivers: list[str]
    conversation: Conversation

    async def ask(self, session, moment, **more: Any) -> str:
        wanted = {"purpose": "forward", "fields": ["name", "email", "occupation"], "receivers": self.receivers, **more}
        return await service.ask(
            session, conversation=self.conversation, account=self.account, organisation=self.organisation,
            moment=moment, **wanted,
        )  # fmt: skip

    async def valid(self, session, moment, **more: Any):
        wanted = {"purpose": "forward", "fields": ["name"], "to_id": self.receivers[0],
                  "conversation_id": self.conversation.id, **more}  # fmt: skip
        return await service.valid(session, moment=moment, **wanted)


async def scene(session, language: str = "en") -> Scene:
    """Three organisations: the first asks, the others are to receive."""
    mark = secrets.token_hex(4)
    made = [Organisation(id=f"{n}-{mark}", name=n.title(), kind="ag_s") for n in ("alpha", "beta", "gamma")]
    session.add_all(made)
    await session.flush()
    account = Account(
        organisation_id=made[0].id, email=f"anna@{mark}.example", name="Anna", shown_name="Anna", status="active",
        roles=["counsellor"],
    )  # fmt: skip
    session.add(account)
    session.add_all(
        Account(organisation_id=one.id, email=f"{one.id}@{mark}.example", name="Bert", shown_name="Bert",
                status="active", roles=["counsellor"])
        for one in made[1:]
    )  # fmt: skip
    conversation, _ = await chats.create(session, language, None, None)
    await session.flush()
    return Scene(account, made[0], [made[1].id, made[2].id], conversation)
