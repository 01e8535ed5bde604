"""A migrated database without a portal, and a mail server that can be bad in many ways."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import shutil
from collections.abc import AsyncIterator, Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from portal import house, migrations
from portal.database import Database
from portal.settings import Settings

MADE: dict[str, Path] = {}


@contextlib.asynccontextmanager
async def ground(folder: Path) -> AsyncIterator[Database]:
    """A database of its own; the schema is made once per run and copied."""
    if not MADE:
        first = folder / "template.db"
        database = Database(f"sqlite+aiosqlite:///{first}")
        await migrations.upgrade(database)
        await database.close()  # the last one to close writes the log into the file
        MADE["template"] = first
    shutil.copy(MADE["template"], folder / "portal.db")
    database = Database(f"sqlite+aiosqlite:///{folder}/portal.db")
    try:
        yield database
    finally:
        await database.close()


def settings(folder: Path, **more: Any) -> Settings:
    return Settings(var=folder, mail_from="desk@wegweiser.example", **more)


def at(moment: dt.datetime) -> Callable[[], dt.datetime]:
    """A clock that stands."""
    return lambda: moment


def nobody(*_: Any) -> AuthResult:
    """No password is right."""
    return AuthResult(success=False, handled=False)


class Server:
    """`how`: ok, 4xx, 5xx, hang, dies (keeps the mail, then closes before it says so). `says`: its answer to a command
    (MAIL, RCPT, DATA), if another one. `asked`: how often it was tried."""

    def __init__(self, how: str = "ok", **says: str) -> None:
        self.how, self.says, self.got, self.asked, self.port = how, says, [], 0, house.free_port()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for raw in self.got]  # type: ignore[misc]

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        self.asked += 1
        if "MAIL" in self.says:
            return self.says["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if "RCPT" in self.says:
            return self.says["RCPT"]
        if self.how == "5xx":
            return "550 no such box"
        if self.how == "4xx":
            return "451 later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if "DATA" in self.says:
            return self.says["DATA"]
        if self.how == "hang":
            await asyncio.sleep(60)
        self.got.append(envelope.content)
        if self.how == "dies":
            server.transport.abort()
        return "250 kept"

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Server]:
        open_: list[SMTP] = []

        def one() -> SMTP:
            open_.append(SMTP(self, hostname="mx.example", auth_require_tls=False, authenticator=nobody))
            return open_[-1]

        listening = await asyncio.get_running_loop().create_server(one, "127.0.0.1", self.port)
        try:
            yield self
        finally:
            listening.close()
            for protocol in open_:
                if protocol.transport:
                    protocol.transport.abort()
                if protocol._handler_coroutine and not protocol._handler_coroutine.done():
                    protocol._handler_coroutine.cancel()
            await asyncio.sleep(0)
