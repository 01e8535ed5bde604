"""The published knowledge, as the files it came from."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Field, SQLModel

from portal.clock import now
from portal.database import UtcDateTime


class KnowledgeFile(SQLModel, table=True):
    """A file of the knowledge, byte for byte; editors change it here, import and export go both ways."""

    __tablename__ = "knowledge_file"

    path: str = Field(primary_key=True, max_length=200)
    text: str


class KnowledgeRelease(SQLModel, table=True):
    """A version that was published; the newest one is served."""

    __tablename__ = "knowledge_release"

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(max_length=16)
    files: int
    at: dt.datetime = Field(default_factory=now, sa_type=UtcDateTime)
