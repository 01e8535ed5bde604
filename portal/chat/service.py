"""Conversations and their messages. Nothing here commits: one request, one transaction."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.chat.drafts import Draft
from portal.chat.models import Conversation, Feedback, Message, Turn


class NotFound(LookupError):
    """No such conversation for this token; a foreign one looks the same."""


class Conflict(Exception):
    """The same client_msg_id with another content."""


class Ended(Exception):
    """The chat is over; it goes on when the visitor asks for a person or for the assistant."""


class Closed(Exception):
    """A choice that is no longer open, or was never offered."""


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


async def create(
    session: AsyncSession, language: str, role: str | None, page: str | None, *, once: bool = False
) -> tuple[Conversation, str]:
    """A new conversation and its token, which is told once."""
    token = secrets.token_urlsafe(32)
    conversation = Conversation(
        id=secrets.token_hex(16), token_hash=hashed(token), sender=secrets.token_hex(16), epoch=secrets.token_hex(4),
        language=language, role=role, page=page, once=once,
    )  # fmt: skip
    session.add(conversation)
    return conversation, token


async def get(session: AsyncSession, id_: str, token: str, *, lock: bool = False) -> Conversation:
    """A conversation for its token. Raises NotFound."""
    query = select(Conversation).where(Conversation.id == id_)
    found = (await session.exec(query.with_for_update() if lock else query)).first()
    if found is None or not hmac.compare_digest(found.token_hash, hashed(token)):
        raise NotFound
    return found


async def add(session: AsyncSession, conversation: Conversation, draft: Draft, author: str, **more: Any) -> Message:
    """Store a message under the next number of its conversation (its row must be locked)."""
    conversation.last_seq += 1
    session.add(conversation)
    message = Message(
        conversation_id=conversation.id, seq=conversation.last_seq, author=author, kind=draft.kind, text=draft.text,
        language=draft.language, topic=draft.topic, shown=draft.shown, hidden=draft.hidden, **more,
    )  # fmt: skip
    session.add(message)
    return message


async def receive(
    session: AsyncSession, conversation: Conversation, client_msg_id: str, draft: Draft, choice: str | None
) -> tuple[Message, bool]:
    """Store a visitor's message once and, where the assistant has the chat, note that it awaits an answer -> (message, is new).

    Raises Ended where nobody has the chat any more; Conflict for another content under the same id, Closed for a choice that is not open.
    """
    query = select(Message).where(Message.conversation_id == conversation.id, Message.client_msg_id == client_msg_id)
    before = (await session.exec(query)).first()
    if before is not None:
        same = before.hidden.get("choice_id") == choice if choice else before.text == draft.text
        if not same:
            raise Conflict
        return before, False
    if conversation.owner == "ended":
        raise Ended
    if choice is not None:
        draft.hidden = {"choice": await opened(session, conversation, choice), "choice_id": choice}
        draft.text = draft.hidden["choice"]["title"]
    message = await add(session, conversation, draft, "visitor", client_msg_id=client_msg_id)
    await session.flush()
    if conversation.owner == "assistant":
        session.add(Turn(conversation_id=conversation.id, seq=message.seq))
    return message, True


async def opened(session: AsyncSession, conversation: Conversation, choice: str) -> dict[str, Any]:
    """What a button means, if it was offered since the visitor's last message. Raises Closed."""
    query = select(Message).where(Message.conversation_id == conversation.id).order_by(col(Message.seq).desc()).limit(8)
    for message in (await session.exec(query)).all():
        if message.author == "visitor":
            break
        if choice in message.hidden.get("choices", {}):
            return dict(message.hidden["choices"][choice])
    raise Closed


async def after(session: AsyncSession, conversation_id: str, seq: int, most: int = 500) -> list[Message]:
    """Messages with a greater number, in order."""
    query = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.seq > seq)
        .order_by(col(Message.seq))
        .limit(most)
    )
    return list((await session.exec(query)).all())


async def since(
    session: AsyncSession, id_: str, token: str, seq: int, most: int = 500
) -> tuple[str, str, int, list[Message]]:
    """(epoch, owner, its version, messages with a greater number, in order), in one query. Raises NotFound."""
    mine = (col(Message.conversation_id) == col(Conversation.id)) & (col(Message.seq) > seq)
    query = (
        select(Conversation.token_hash, Conversation.epoch, Conversation.owner, Conversation.version, Message)  # type: ignore[call-overload]
        .join(Message, mine, isouter=True)
        .where(Conversation.id == id_)
        .order_by(col(Message.seq))
        .limit(most)
    )
    rows = (await session.exec(query)).all()
    if not rows or not hmac.compare_digest(rows[0][0], hashed(token)):
        raise NotFound
    return rows[0][1], rows[0][2], rows[0][3], [row[4] for row in rows if row[4] is not None]


NEWS = (  # made once: every open stream asks
    select(Conversation.version, Message.seq)
    .join(
        Message,
        (col(Message.conversation_id) == col(Conversation.id)) & (col(Message.seq) > bindparam("seq")),
        isouter=True,
    )
    .where(Conversation.id == bindparam("conversation"))
    .order_by(col(Message.seq))
)


async def news(session: AsyncSession, conversation_id: str, seq: int) -> tuple[int, list[int]]:
    """(the version of the owner, the numbers of newer messages in order), in one query. Raises NotFound once it is deleted."""
    rows = (await session.exec(NEWS, params={"conversation": conversation_id, "seq": seq})).all()
    if not rows:
        raise NotFound
    return rows[0][0], [row[1] for row in rows if row[1] is not None]


async def rate(session: AsyncSession, conversation: Conversation, seq: int, helpful: bool, comment: str) -> None:
    """A thumb for an answer. Raises NotFound for what is not an assistant's message."""
    message = await session.get(Message, (conversation.id, seq))
    if message is None or message.author != "assistant":
        raise NotFound
    await session.merge(Feedback(conversation_id=conversation.id, seq=seq, helpful=helpful, comment=comment))


def shown(message: Message) -> dict[str, Any]:
    """A message as the chat's interface shows it."""
    out: dict[str, Any] = {
        "seq": message.seq, "at": message.at.isoformat(), "author": message.author, "kind": message.kind,
        "language": message.language, "text": message.text, **message.shown,
    }  # fmt: skip
    if message.topic:
        out["topic"] = message.topic
    if message.reply_to is not None:
        out["reply_to"] = message.reply_to
    if message.final:
        out["final"] = True
    if message.client_msg_id and message.author == "visitor":
        out["client_msg_id"] = message.client_msg_id
    return out
