"""Files of a chat: between a visitor and the person who has the chat, checked, kept under a random name, served to both sides.

The bytes lie in `settings.files`, one file each, named by `File.id`; a file without a row is swept away.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import secrets
import time
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog
from aioclamd import ClamdAsyncClient, ClamdError
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal import access
from portal.accounts.models import Account, Organisation
from portal.chat import service
from portal.chat.drafts import Draft
from portal.chat.models import Conversation, Message
from portal.desk.checking import MOST_BYTES, MOST_FILES, Checked, Refused, examine
from portal.desk.models import File
from portal.handover.models import Handover
from portal.settings import Settings

__all__ = ["Checked", "Refused", "allowed", "checked", "fetch", "reached", "store", "sweep_orphans", "tick"]
log = structlog.get_logger("files")
SLOTS = asyncio.Semaphore(2)  # checks at once: each may hold a picture of 40 megapixels
LONGEST = 30.0  # seconds of a check, and of a scan
TWICE = dt.timedelta(seconds=10)  # the same file again within: a double click
YOUNG = 120.0  # seconds: a file on disk whose row may still be on its way


async def checked(settings: Settings, name: str, read: Callable[[], Awaitable[bytes]]) -> Checked:
    """The file as it may be kept; to be called outside a transaction, for it takes its time. Raises Refused."""
    async with SLOTS:
        content = await read()
        try:
            found = await asyncio.wait_for(asyncio.to_thread(examine, name, content), LONGEST)
        except TimeoutError:
            raise Refused("unreadable") from None
        if settings.clamd:
            await scanned(settings.clamd, content)
        return found


async def scanned(address: str, content: bytes) -> None:
    """Asks the virus scanner; what it does not call clean is refused, also when it says nothing. Raises Refused."""
    host, _, port = address.rpartition(":")
    try:
        answer = await ClamdAsyncClient(host.strip("[]"), int(port), LONGEST).instream(BytesIO(content), MOST_BYTES)
    except (ClamdError, OSError, ValueError) as error:
        log.error("scan_failed", kind=type(error).__name__)
        raise Refused("not_scanned") from None
    states = [state for state, _ in (answer or {}).values()]
    if "FOUND" in states:
        log.warning("virus_found")
        raise Refused("infected")
    if states != ["OK"]:
        log.error("scan_failed", kind="answer")
        raise Refused("not_scanned")


async def allowed(session: AsyncSession, conversation: Conversation, account: Account | None = None) -> Handover:
    """The hand-over under which a file may be sent now: by the visitor, or by the account that has the chat.

    Raises LookupError for a chat of another organisation, Refused.
    """
    query = (
        select(Handover, Organisation.files)
        .join(Organisation, col(Organisation.id) == col(Handover.organisation_id))
        .where(Handover.conversation_id == conversation.id, Handover.status != "ended")
    )
    if account is not None:
        query = query.where(access.chats_of(account.organisation_id))
    row = (await session.exec(query)).first()
    if row is None and account is not None:
        raise LookupError(conversation.id)
    if row is None or row[0].status != "taken" or conversation.owner != "staff" or not row[1]:
        raise Refused("not_now")
    if account is not None and row[0].account_id != account.id:
        raise Refused("not_yours")
    count = select(func.count()).select_from(File).where(File.conversation_id == conversation.id)
    if (await session.exec(count)).one() >= MOST_FILES:
        raise Refused("too_many")
    return row[0]


async def store(
    session: AsyncSession, settings: Settings, conversation: Conversation, author: str, file: Checked,
    moment: dt.datetime, **shown: Any,
) -> tuple[File, Message]:  # fmt: skip
    """Keep a file that was checked and say so in the chat (its row must be locked); `author`: visitor or staff.

    A double click keeps one. Raises Refused where the disk takes no more.
    """
    same = select(File).where(
        File.conversation_id == conversation.id, File.author == author, File.name == file.name,
        File.size == len(file.content), File.at > moment - TWICE,
    )  # fmt: skip
    for before in (await session.exec(same)).all():
        message = await session.get(Message, (conversation.id, before.seq))
        if message is not None and await asyncio.to_thread(holds, place(settings, before), file.content):
            return before, message
    kept = File(
        id=secrets.token_hex(16), conversation_id=conversation.id, author=author, name=file.name, type=file.type,
        size=len(file.content), at=moment,
    )  # fmt: skip
    try:
        await asyncio.to_thread(write, place(settings, kept), file.content)
    except OSError as error:
        log.error("file_not_kept", kind=type(error).__name__)
        raise Refused("not_kept") from None
    told = {"id": kept.id, "name": kept.name, "type": kept.type, "size": kept.size}
    draft = Draft("file", kept.name, conversation.language, shown={"file": told, **shown})
    message = await service.add(session, conversation, draft, author, at=moment)
    kept.seq = message.seq
    session.add(kept)
    return kept, message


def place(settings: Settings, file: File) -> Path:
    return settings.files / file.id


def write(path: Path, content: bytes) -> None:
    """Readable for the portal's own user only; nothing half-written stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def holds(path: Path, content: bytes) -> bool:
    with contextlib.suppress(OSError):
        return path.read_bytes() == content
    return False


async def fetch(session: AsyncSession, settings: Settings, conversation_id: str, file_id: str) -> tuple[File, Path]:
    """A file of a conversation, for whoever may read the conversation, and where it lies. Raises LookupError."""
    query = select(File).where(File.id == file_id, File.conversation_id == conversation_id)
    file = (await session.exec(query)).first()
    if file is None or not await asyncio.to_thread(place(settings, file).is_file):
        raise service.NotFound
    return file, place(settings, file)


async def reached(
    session: AsyncSession, settings: Settings, account: Account, conversation_id: str, file_id: str
) -> tuple[File, Path]:
    """A file for an account: of a chat that its organisation has, or sent before it gave the chat away. Raises LookupError."""
    query = (
        select(File.id)
        .join(Handover, col(Handover.conversation_id) == col(File.conversation_id))
        .where(File.id == file_id, File.conversation_id == conversation_id, access.chats_of(account.organisation_id))
        .where(or_(col(Handover.ended_at).is_(None), col(File.at) <= col(Handover.ended_at)))
    )
    if (await session.exec(query)).first() is None:
        raise service.NotFound
    return await fetch(session, settings, conversation_id, file_id)


def headers(name: str) -> dict[str, str]:
    """Saved, never shown: as attachment (RFC 6266), in a sandbox, stored nowhere on the way (SEC-F02)."""
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%;' else "_" for c in name)
    return {
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "no-store",
    }


async def sweep_orphans(settings: Settings, session: AsyncSession, young: float = YOUNG) -> int:
    """Deletes the bytes whose row is gone (deleted chats, retention, broken uploads); returns how many."""
    lying = await asyncio.to_thread(listed, settings.files, time.time() - young)
    gone = 0
    for begin in range(0, len(lying), 500):
        names = lying[begin : begin + 500]
        known = set((await session.exec(select(File.id).where(col(File.id).in_(names)))).all())
        for name in set(names) - known:
            await asyncio.to_thread((settings.files / name).unlink, missing_ok=True)
            gone += 1
    return gone


def listed(folder: Path, before: float) -> list[str]:
    """Names of files that were written before a time (seconds since 1970)."""
    if not folder.is_dir():
        return []
    found = []
    for entry in os.scandir(folder):
        with contextlib.suppress(FileNotFoundError):
            if entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_mtime < before:
                found.append(entry.name)
    return found


async def tick(state: Any, settings: Settings) -> None:
    async with state.database.look() as session:
        if gone := await sweep_orphans(settings, session):
            log.info("files_swept", count=gone)
