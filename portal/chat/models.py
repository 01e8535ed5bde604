"""The record of every chat: conversations, messages, turns to be answered, thumbs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from portal.clock import now
from portal.database import Json, UtcDateTime


class Conversation(SQLModel, table=True):
    """A chat. Its token is stored as a hash; `sender` is the random name the bot knows it by.

    `owner`: who speaks with the visitor: assistant, queue, staff, or ended (CON-08); it changes only with `version`
    (portal.handover.ownership). `visitor_read`, `staff_read`: the last number each side has seen.

    `once`: it is erased after one answer, so nobody stays there to wait for a person.

    `guide`: the guided dialogue's last state {guide, facts, trail, asked}; the bot's memory of it may be lost.
    """

    id: str = Field(primary_key=True, max_length=32)
    token_hash: str = Field(max_length=64)
    sender: str = Field(max_length=32)
    epoch: str = Field(max_length=16)
    language: str = Field(max_length=12)
    role: str | None = Field(default=None, max_length=16)
    page: str | None = Field(default=None, max_length=300)
    once: bool = False
    owner: str = Field(default="assistant", max_length=16)
    version: int = 0
    visitor_read: int = 0
    staff_read: int = 0
    last_seq: int = 0
    turns: int = 0
    guide: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    created_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Message(SQLModel, table=True):
    """One line of a chat. `seq` is gap-free per conversation (CON-03); `hidden` holds what buttons mean."""

    __table_args__ = (
        UniqueConstraint("conversation_id", "client_msg_id", name="uq_message_client_msg_id"),
        CheckConstraint("seq > 0", name="seq"),
        Index("uq_message_final_reply", "conversation_id", "reply_to", unique=True,
              sqlite_where=text("final"), postgresql_where=text("final")),
    )  # fmt: skip

    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE", primary_key=True, max_length=32)
    seq: int = Field(primary_key=True)
    at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)
    author: str = Field(max_length=16)
    kind: str = Field(max_length=16)
    language: str = Field(max_length=12)
    text: str
    topic: str | None = Field(default=None, max_length=60)
    client_msg_id: str | None = Field(default=None, max_length=64)
    reply_to: int | None = None
    final: bool = False
    shown: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    hidden: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class Turn(SQLModel, table=True):
    """A visitor's message that awaits its answer; it is gone when the answer is stored (FLT-08)."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["conversation_id", "seq"], ["message.conversation_id", "message.seq"], ondelete="CASCADE"
        ),
    )

    conversation_id: str = Field(primary_key=True, max_length=32)
    seq: int = Field(primary_key=True)
    tries: int = 0


class Feedback(SQLModel, table=True):
    """A thumb for an answer; a second one replaces the first."""

    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE", primary_key=True, max_length=32)
    seq: int = Field(primary_key=True)
    helpful: bool
    comment: str = Field(default="", max_length=1000)
    at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)
