"""The database: SQLite by default (WAL, BEGIN IMMEDIATE), PostgreSQL in production."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import DateTime, Text, TypeDecorator
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from portal import sqlite

MOST = 20  # connections of a process; they stay open
IN_LINE = 20.0  # seconds that a writer waits for those before it

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[dt.datetime]):
    """Aware in, aware UTC out; a time without zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        return None if value is None else value.replace(tzinfo=value.tzinfo or dt.UTC)


class Json(TypeDecorator[Any]):
    """JSON as text, the same on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        return None if value is None else json.loads(value)


def engine(url: str) -> AsyncEngine:
    """The engine of an address; SQLite's connections are prepared to lose no writes."""
    made = create_async_engine(
        url, pool_size=MOST, max_overflow=0, hide_parameters=True
    )  # no personal data in errors (SEC-G12)
    if made.dialect.name == "sqlite":
        sqlite.prepare(made.sync_engine)
    return made


class Database:
    """Sessions of one engine: `write()` is one transaction, `read()` takes no write lock, `look()` is for one query."""

    def __init__(self, url: str) -> None:
        self.engine = engine(url)
        self._reading = self.engine.execution_options(begin="BEGIN")
        self._writing = asyncio.Lock() if self.engine.dialect.name == "sqlite" else None
        self.failing = False  # did the last writer fail?
        self._looking = self.engine.execution_options(begin="")  # a single statement is a transaction by itself

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """SQLite has one writer at a time: waiting in line here is fairer and cheaper than knocking at its lock.

        Raises OperationalError where the line does not move (FLT-11) or the disk is full (FLT-12); `failing` says so.
        """
        async with self._turn(), AsyncSession(self.engine, expire_on_commit=False) as session:
            try:
                yield session
            except OperationalError:
                self.failing = True
                raise
            self.failing = False

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._writing is None:
            yield
            return
        try:
            await asyncio.wait_for(self._writing.acquire(), IN_LINE)
        except TimeoutError as error:
            raise OperationalError("waiting in line to write", None, error) from None
        try:
            yield
        finally:
            self._writing.release()

    def read(self) -> AsyncSession:
        return AsyncSession(self._reading, expire_on_commit=False)

    def look(self) -> AsyncSession:
        return AsyncSession(self._looking, expire_on_commit=False)

    async def close(self) -> None:
        await self.engine.dispose()
