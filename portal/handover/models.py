"""The hand-over of a chat to a person: who waits where, who has it, what became of it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from portal.clock import now
from portal.database import UtcDateTime

OPEN = "status <> 'ended'"
LIVE = ("waiting", "taken", "message")  # what is not ended; named one by one, so that an index by status helps


class Handover(SQLModel, table=True):
    """One stay of a chat with an organisation. At most one of a conversation is not ended.

    `status`: waiting (owner of the conversation: queue), taken (owner: staff), message (left outside opening hours; owner:
    queue), ended. `reason`: asked, offered, guide, failure, message, reopened, transferred, silent, away.
    Without a conversation it is a count that outlived an erased chat. `place`: the time that orders the queue; it survives a
    change of language and a short absence. `wanted_id`: for whom it waits first (a former counsellor, a colleague), at most
    until `wanted_until`. `end_reason`: ended, returned, left, idle, transferred, gone, erased.
    The response clock (portal.handover.response): `asked_staff_at` since when the visitor waits for an answer, `answered_at`
    the first public human reply since then, never reset by notes or transfers; `warned_at` and `escalated_at` belong to it.
    `nudged_at`: when a silent counsellor was last reminded. `told_at`: when the visitor was told that nobody is there (once).
    `outcome`: what the counsellor said at the end (answered, passed_on, no_reply, abuse, other)."""

    __table_args__ = (
        Index("uq_handover_open", "conversation_id", unique=True, sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("ix_handover_queue", "organisation_id", "status", "place"),
        Index("ix_handover_account", "account_id", "status"),
        Index("ix_handover_status", "status", "organisation_id"),
        Index("ix_handover_asked_at", "organisation_id", "asked_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: str = Field(
        foreign_key="conversation.id", ondelete="SET NULL", nullable=True, index=True, max_length=32
    )
    organisation_id: str = Field(foreign_key="organisation.id", max_length=40)
    team_id: int | None = Field(default=None, foreign_key="team.id", ondelete="SET NULL")
    account_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    wanted_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    wanted_until: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    before_id: int | None = Field(default=None, foreign_key="handover.id", ondelete="SET NULL")
    status: str = Field(default="waiting", max_length=10)
    reason: str = Field(default="asked", max_length=16)
    language: str = Field(max_length=12)
    role: str | None = Field(default=None, max_length=16)
    topic: str | None = Field(default=None, max_length=60)
    state: str | None = Field(default=None, max_length=2)
    asked_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)
    place: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)
    taken_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    asked_staff_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    answered_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    warned_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    escalated_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    nudged_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    told_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    visitor_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    staff_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    idle_warned_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    end_reason: str | None = Field(default=None, max_length=16)
    outcome: str | None = Field(default=None, max_length=16)
    rating: int | None = None
    rating_comment: str = Field(default="", max_length=1000)
    rated_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)


class Address(SQLModel, table=True):
    """A visitor's e-mail address, confirmed by a code sent to it; for the transcript and for answers to a message left (SEC-C13)."""

    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE", primary_key=True, max_length=32)
    email: str = Field(max_length=254)
    code_hash: str = Field(max_length=64)
    ends_at: dt.datetime = Field(sa_type=UtcDateTime)
    tries: int = 0
    confirmed_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
