"""Staff: organisations, teams, people, and what proves that somebody is one of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from portal.clock import now
from portal.database import Json, UtcDateTime

REPLY = (30, 3600)  # seconds; the least and the most that an organisation sets


class Organisation(SQLModel, table=True):
    """A body whose people answer chats and work cases.

    `kind`: as in knowledge/organisations/kinds.yml (ag_s, ips, zsba, iq_network, welcome_center ...).
    `states`: ISO codes such as "ST"; none: all of Germany. `roles`: employer, worker. `topics`: prefixes of topic ids; none: all.
    `languages`: in which it answers. `hours`, `closures`, `holiday_state`: see portal.hours.
    `clock`: the 48-hour rule (48-Stunden-Regel, S002) {"rule": "elapsed"|"working", "amount": hours or working days,
    "remind": hours before}. `regime`: sgbx (§ 35 SGB I) or gdpr (PRV-05). `reply`: seconds after which a silent counsellor's
    chat goes back to the queue. `files`: may visitors and staff send files.
    """

    id: str = Field(primary_key=True, max_length=40)
    name: str = Field(max_length=120)
    kind: str = Field(max_length=32)
    states: list[str] = Field(default_factory=list, sa_type=Json)
    roles: list[str] = Field(default_factory=list, sa_type=Json)
    topics: list[str] = Field(default_factory=list, sa_type=Json)
    languages: list[str] = Field(default_factory=list, sa_type=Json)
    hours: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    closures: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    holiday_state: str | None = Field(default=None, max_length=2)
    clock: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    regime: str = Field(default="gdpr", max_length=8)
    reply: int = 180
    files: bool = False
    email: str = Field(default="", max_length=254)
    active: bool = True
    created_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Team(SQLModel, table=True):
    """A part of an organisation with a queue of its own."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True, max_length=40)
    name: str = Field(max_length=120)


class Account(SQLModel, table=True):
    """A member of staff. `email` in lower case. `roles`: counsellor, team_lead, editor, administrator (of the organisation),
    operator (technical), auditor (data protection). `shown_name`: what visitors read. `language`: of the desk; `languages`:
    spoken with visitors. `status`: invited, active, disabled. `most`: chats at once. `on_duty`: takes chats now.
    `notices`: by kind, false where no mail is wanted."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True, max_length=40)
    team_id: int | None = Field(default=None, foreign_key="team.id", ondelete="SET NULL")
    email: str = Field(unique=True, max_length=254)
    name: str = Field(max_length=120)
    shown_name: str = Field(max_length=60)
    language: str = Field(default="de", max_length=12)
    languages: list[str] = Field(default_factory=list, sa_type=Json)
    roles: list[str] = Field(default_factory=list, sa_type=Json)
    status: str = Field(default="invited", max_length=10)
    password_hash: str = Field(default="", max_length=200)
    totp_secret: str = Field(default="", max_length=64)
    totp_last: int = 0
    most: int = 4
    on_duty: bool = False
    seen_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    deputy_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    notices: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    oidc_subject: str | None = Field(default=None, unique=True, max_length=255)
    demo: bool = False
    created_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)


class SignIn(SQLModel, table=True):
    """A session on the server; the cookie's value is stored as a hash. `stage`: password (a second factor is due) or full."""

    __tablename__ = "sign_in"

    token_hash: str = Field(primary_key=True, max_length=64)
    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    stage: str = Field(default="password", max_length=10)
    csrf: str = Field(max_length=64)
    made_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)
    seen_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)
    fresh_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)
    browser: str = Field(default="", max_length=120)
    challenge: str = Field(default="", max_length=200)


class Ticket(SQLModel, table=True):
    """A link that works once: invitation, reset. Only its hash is stored (RET-10)."""

    token_hash: str = Field(primary_key=True, max_length=64)
    purpose: str = Field(max_length=12)
    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    email: str = Field(default="", max_length=254)
    made_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)
    ends_at: dt.datetime = Field(sa_type=UtcDateTime)
    used_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)


class Passkey(SQLModel, table=True):
    """A key of the browser or a stick (WebAuthn)."""

    id: str = Field(primary_key=True, max_length=400)
    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    public_key: str = Field(max_length=2000)
    count: int = 0
    name: str = Field(default="", max_length=60)
    made_at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)


class RecoveryCode(SQLModel, table=True):
    """A second factor for the day the first is lost; works once."""

    __tablename__ = "recovery_code"

    code_hash: str = Field(primary_key=True, max_length=64)
    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    used_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)


class Audit(SQLModel, table=True):
    """Who did what, when, to which object; no texts, no names (SEC-G10). Never changed, deleted when its time is over."""

    __table_args__ = (Index("ix_audit_organisation", "organisation_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)
    account_id: int | None = Field(default=None, index=True)
    organisation_id: str | None = Field(default=None, max_length=40)
    what: str = Field(max_length=40)
    object: str = Field(default="", max_length=80)
    result: str = Field(default="ok", max_length=12)
