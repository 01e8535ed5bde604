"""What the staff desk keeps beside a chat: notes, canned replies, translations, files."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlmodel import Field, SQLModel

from portal.clock import now
from portal.database import Json, UtcDateTime

TEXT = 4000  # characters of a reply or a note


class Note(SQLModel, table=True):
    """A note of staff that no visitor ever sees: it lies in a table of its own, which the chat's interface does not read (SEC-C06)."""

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE", index=True, max_length=32)
    organisation_id: str = Field(foreign_key="organisation.id", max_length=40)
    account_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    text: str = Field(max_length=TEXT)
    at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Canned(SQLModel, table=True):
    """A reply an organisation uses often, by language: {"de": "...", "en": "..."}; `account_id`: somebody's own."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True, max_length=40)
    account_id: int | None = Field(default=None, foreign_key="account.id", ondelete="CASCADE")
    title: str = Field(max_length=80)
    texts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class Translation(SQLModel, table=True):
    """A message by machine in another language; the original stays in the message. `text` is empty where there is none: it was
    written in that language, or the server cannot translate it."""

    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE", primary_key=True, max_length=32)
    seq: int = Field(primary_key=True)
    language: str = Field(primary_key=True, max_length=12)
    text: str
    at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)


class File(SQLModel, table=True):
    """A checked file of a chat, kept under a random name; `author`: visitor or staff."""

    id: str = Field(primary_key=True, max_length=32)
    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE", index=True, max_length=32)
    seq: int | None = None
    author: str = Field(max_length=10)
    name: str = Field(max_length=120)
    type: str = Field(max_length=40)
    size: int
    at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Reading(SQLModel, table=True):
    """Whether somebody reads and writes a chat by machine translation; without a row their languages decide."""

    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE", primary_key=True, max_length=32)
    account_id: int = Field(foreign_key="account.id", ondelete="CASCADE", primary_key=True)
    translated: bool
