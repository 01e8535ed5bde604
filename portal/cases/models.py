"""Cases (Vorgänge): who needs what, who is responsible, what happened."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from portal.clock import now
from portal.database import Json, UtcDateTime


class CaseFile(SQLModel, table=True):
    """A case (Vorgang). `number`: W-2026-000123. `kind`: worker, employer or both. Exactly one responsible organisation
    (`organisation_id`, DOC-05); further ones take part (Part). `status`: new, active, waiting, done, closed. `version`: against
    two changes at once. `guide`: what the guided dialogue knew {guide, facts}, and the `role` of the one who asked. `key`, `asked`:
    of the form that made it, and a digest of what it said (one case for a double click). `erased_at`: only the number and the record
    of transfers are left (RET-03, RET-06)."""

    __tablename__ = "case_file"

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=16)
    kind: str = Field(max_length=10)
    status: str = Field(default="new", max_length=10)
    organisation_id: str = Field(foreign_key="organisation.id", index=True, max_length=40)
    account_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL", index=True)
    deputy_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    conversation_id: str | None = Field(default=None, foreign_key="conversation.id", ondelete="SET NULL", index=True)
    topic: str | None = Field(default=None, max_length=60)
    state: str | None = Field(default=None, max_length=2)
    occupation: str | None = Field(default=None, max_length=60)
    country: str | None = Field(default=None, max_length=2)
    language: str = Field(default="de", max_length=12)
    concern: str = Field(default="", max_length=2000)
    guide: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    opened_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)
    closed_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    close_reason: str | None = Field(default=None, max_length=32)
    erased_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    key: str = Field(unique=True, max_length=80)
    asked: str = Field(default="", max_length=64)
    version: int = 0


class CaseCounter(SQLModel, table=True):
    """The last number of a year."""

    __tablename__ = "case_counter"

    year: int = Field(primary_key=True)
    last: int = 0


class Party(SQLModel, table=True):
    """Whom a case is about: a worker (Fachkraft) or an employer (Arbeitgeber). Names only with a consent for the organisation."""

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True, ondelete="CASCADE")
    kind: str = Field(max_length=10)
    name: str = Field(default="", max_length=120)
    email: str = Field(default="", max_length=254)
    phone: str = Field(default="", max_length=40)
    company: str = Field(default="", max_length=120)
    language: str = Field(default="de", max_length=12)


class Part(SQLModel, table=True):
    """An organisation's part in a case (S000: the AG-S stays the employer's contact while the IPS works with the applicant).
    `part`: employer_contact, applicant_work, helper. `account_id`: who does it there. Ended, not deleted."""

    __table_args__ = (UniqueConstraint("case_id", "organisation_id", "part", "since"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True, ondelete="CASCADE")
    organisation_id: str = Field(foreign_key="organisation.id", index=True, max_length=40)
    account_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    part: str = Field(max_length=20)
    since: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)
    until: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)


class CaseEvent(SQLModel, table=True):
    """A line of the timeline; `what` is a key with a text in locales, `values` what it says (ids, dates, keys; no names)."""

    __tablename__ = "case_event"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True, ondelete="CASCADE")
    at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)
    account_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    organisation_id: str | None = Field(default=None, max_length=40)
    what: str = Field(max_length=40)
    values: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class CaseNote(SQLModel, table=True):
    """A note on a case, read by the organisation that wrote it."""

    __tablename__ = "case_note"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True, ondelete="CASCADE")
    organisation_id: str = Field(foreign_key="organisation.id", max_length=40)
    account_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    text: str = Field(max_length=4000)
    at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Task(SQLModel, table=True):
    """Something to do on a case, with a due date; read by the organisation that has to do it. `title`: its words, or the key of
    one that the program sets (portal.cases.words.TASKS)."""

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True, ondelete="CASCADE")
    organisation_id: str = Field(foreign_key="organisation.id", index=True, max_length=40)
    account_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL", index=True)
    title: str = Field(max_length=200)
    due_on: dt.date | None = None
    done_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    cancelled_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    told_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)  # that it is due
    made_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)
