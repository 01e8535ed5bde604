"""SQLite connections that need one thread hop a statement.

SQLAlchemy's cursor for aiosqlite asks the connection's thread four times a statement (open, execute, fetch, close); each
time costs a wake-up of two threads, which is most of a small request's time. Here all four happen in one visit.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from typing import Any, NamedTuple

from sqlalchemy import Engine, event
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor

BUSY = 15_000  # milliseconds that a statement waits for another process's write lock


class Done(NamedTuple):
    """What stays of a cursor that has been read to its end."""

    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None
    arraysize: int = 1

    async def close(self) -> None:
        """It is closed already."""


class Cursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ()

    def _make_new_cursor(self, connection: Any) -> Any:
        return Done()

    def _aenter_cursor(self, cursor: Any) -> Any:
        return cursor

    async def _visit(self, method: str, operation: Any, parameters: Any) -> None:
        raw: sqlite3.Connection = self._connection._conn  # type: ignore[attr-defined]

        def visit() -> tuple[Done, list[Any]]:
            cursor = raw.cursor()
            try:
                getattr(cursor, method)(operation, parameters)
                rows = cursor.fetchall() if cursor.description else []
                return Done(cursor.description, cursor.rowcount, cursor.lastrowid), rows
            finally:
                cursor.close()

        async with self._adapt_connection._execute_mutex:
            done, rows = await self._connection._execute(visit)  # type: ignore[attr-defined]
        self._cursor, self._rows = done, deque(rows)  # type: ignore[assignment]

    async def _execute_async(self, operation: Any, parameters: Any) -> Any:
        await self._visit("execute", operation, parameters or ())

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> Any:
        await self._visit("executemany", operation, seq_of_parameters)


class Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()
    _cursor_cls = Cursor

    def commit(self) -> None:
        if self._connection.in_transaction:  # type: ignore[attr-defined]
            super().commit()

    def rollback(self) -> None:
        if self._connection._connection and self._connection.in_transaction:  # type: ignore[attr-defined]
            super().rollback()


def prepare(engine: Engine) -> None:
    """Our cursors, WAL, and transactions that begin when we say so: the driver's own guess loses writes."""

    @event.listens_for(engine, "do_connect")
    def _(dialect: Any, _record: Any, args: Any, kwargs: Any) -> Connection:
        made = dialect.connect(*args, **kwargs)
        return Connection(made.dbapi, made._connection)

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", f"busy_timeout={BUSY}", "foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _(connection: Any) -> None:
        begin = connection.get_execution_options().get("begin", "BEGIN IMMEDIATE")
        if begin:
            connection.exec_driver_sql(begin)
