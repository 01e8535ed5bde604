"""Between organisations: a case is forwarded (Weiterleitung) or another one is brought in (Verweis), with a clock."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from portal.clock import now
from portal.database import Json, UtcDateTime

PENDING = "status = 'sent'"


class Transfer(SQLModel, table=True):
    """From, to, purpose, fields, consent, message (DOC-03).

    `kind`: forward (the responsibility moves when it is accepted) or referral (`part` says what the receiver does; the
    responsibility stays). `status`: sent, accepted, returned, answered, revoked. The 48-hour clock (S002) runs from `sent_at` to
    the receiver's first decision (`decided_at`: accepted, answered or returned); `rule`: the receiver's rule when it was sent;
    one reminder (`reminded_at`), one escalation (`escalated_at`). `basis`: consent, or task_35 (need to know between bodies under
    § 35 SGB I). `key`: of the form. `seen_at`: the receiver said that it has arrived. `return_reason`: also why it was revoked."""

    __table_args__ = (
        Index(
            "uq_transfer_pending",
            "case_id",
            "to_id",
            unique=True,
            sqlite_where=text(PENDING),
            postgresql_where=text(PENDING),
        ),
        Index("ix_transfer_due", "status", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True, ondelete="CASCADE")
    kind: str = Field(max_length=10)
    part: str = Field(default="helper", max_length=20)
    from_id: str = Field(foreign_key="organisation.id", max_length=40)
    from_account_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    to_id: str = Field(foreign_key="organisation.id", index=True, max_length=40)
    to_account_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    purpose: str = Field(max_length=32)
    fields: list[str] = Field(default_factory=list, sa_type=Json)
    consent_id: str | None = Field(default=None, foreign_key="consent.id", max_length=32)
    basis: str = Field(default="consent", max_length=20)
    message: str = Field(default="", max_length=2000)
    key: str = Field(unique=True, max_length=64)
    status: str = Field(default="sent", max_length=10)
    sent_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)
    rule: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    remind_at: dt.datetime = Field(sa_type=UtcDateTime)
    due_at: dt.datetime = Field(sa_type=UtcDateTime)
    seen_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    answer: str = Field(default="", max_length=2000)
    return_reason: str | None = Field(default=None, max_length=32)
    revoked_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    reminded_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    escalated_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
