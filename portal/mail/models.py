"""Mails that wait to be sent, in the transaction of what they tell (CON-09)."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Field, SQLModel

from portal.clock import now
from portal.database import UtcDateTime


class Mail(SQLModel, table=True):
    """A mail of the outbox. `message_id` is fixed, so a second delivery is known as the same. `key`: at most one per key.
    `subject` and `body` are emptied once it is sent or given up (RET-10)."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, max_length=120)
    message_id: str = Field(unique=True, max_length=120)
    to: str = Field(max_length=254)
    language: str = Field(max_length=12)
    subject: str = Field(max_length=200)
    body: str
    account_id: int | None = Field(default=None, foreign_key="account.id", ondelete="CASCADE")
    conversation_id: str | None = Field(default=None, foreign_key="conversation.id", ondelete="CASCADE", max_length=32)
    made_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)
    next_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)
    lease_until: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    tries: int = 0
    sent_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    failed_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    error: str = Field(default="", max_length=200)
