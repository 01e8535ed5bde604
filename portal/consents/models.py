"""Consent (Einwilligung, GDPR Art. 6 (1) (a), 7; § 67b (2) SGB X): texts of the organisations, and what a person agreed to."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from portal.clock import now
from portal.database import Json, UtcDateTime


class ConsentText(SQLModel, table=True):
    """A consent form of one organisation (S002: "Einwilligungserklärungen sind Trägersache"): version and language.
    Frozen once used; the German one is authoritative (PRV-10). `hash`: SHA-256 of the text."""

    __tablename__ = "consent_text"
    __table_args__ = (UniqueConstraint("organisation_id", "purpose", "version", "language"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", max_length=40)
    purpose: str = Field(max_length=32)
    version: int = 1
    language: str = Field(max_length=12)
    text: str
    hash: str = Field(max_length=64)
    published_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)


class Consent(SQLModel, table=True):
    """One person's consent to one receiver for one purpose and named fields (PRV-07). Never rewritten: asked, then given or
    refused, then withdrawn or ended. `given`: the data entered with it, by field. `withdraw_hash`: of the link's token."""

    id: str = Field(primary_key=True, max_length=32)
    conversation_id: str | None = Field(default=None, foreign_key="conversation.id", ondelete="SET NULL", index=True)
    case_id: int | None = Field(default=None, foreign_key="case_file.id", ondelete="SET NULL", index=True)
    from_id: str = Field(foreign_key="organisation.id", max_length=40)
    to_id: str = Field(foreign_key="organisation.id", max_length=40)
    purpose: str = Field(max_length=32)
    fields: list[str] = Field(default_factory=list, sa_type=Json)
    given: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    text_id: int = Field(foreign_key="consent_text.id")
    text_hash: str = Field(max_length=64)
    language: str = Field(max_length=12)
    channel: str = Field(default="chat", max_length=10)
    request: str = Field(max_length=32, index=True)
    asked_by: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    asked_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)
    given_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    refused_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    ends_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdraw_hash: str = Field(default="", max_length=64)
