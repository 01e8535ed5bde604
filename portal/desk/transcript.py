"""A chat as the desk shows it: what was said, what the assistant understood, and the notes that only staff sees."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account
from portal.cases.models import CaseFile
from portal.chat.models import Conversation, Message
from portal.desk.models import File, Note
from portal.handover.models import Handover

RECENT = 200  # messages at first
ALL = 5000


class NotHere(LookupError):
    """No such chat, or not one of this organisation's."""


@dataclass(frozen=True)
class Talk:
    """`handover`: the last stay of the chat; `holder`: who has it. `earlier`: there is more above."""

    conversation: Conversation
    handover: Handover
    holder: Account | None
    messages: list[Message]
    notes: list[tuple[Note, str | None]]
    earlier: bool

    @property
    def open(self) -> bool:
        return self.handover.status != "ended"

    def mine(self, account: Account) -> bool:
        return self.handover.status == "taken" and self.handover.account_id == account.id


TALK: Any = (  # made once: open desks ask every few seconds
    select(Conversation, Handover, Account)
    .join(Handover, col(Handover.conversation_id) == col(Conversation.id))
    .join(Account, col(Account.id) == col(Handover.account_id), isouter=True)
    .where(Conversation.id == bindparam("chat"))
    .order_by(col(Handover.id).desc())
    .limit(1)
)


async def reach(session: AsyncSession, account: Account, chat: str) -> tuple[Conversation, Handover, Account | None]:
    """A chat whose last stay is with the account's organisation. Raises NotHere."""
    row = (await session.exec(TALK, params={"chat": chat})).first()
    if row is None or row[1].organisation_id != account.organisation_id:
        raise NotHere
    return row[0], row[1], row[2]


async def load(session: AsyncSession, account: Account, chat: str, *, most: int = RECENT) -> Talk:
    """The chat; of one that has ended, only what was said until then, with the line that tells of the end: what a visitor says to
    the assistant afterwards is not for the desk. Raises NotHere."""
    conversation, handover, holder = await reach(session, account, chat)
    said: Any = select(Message).where(Message.conversation_id == chat)
    if handover.ended_at is not None:
        said = said.where(col(Message.at) <= handover.ended_at)
    messages = list((await session.exec(said.order_by(col(Message.seq).desc()).limit(most + 1))).all())
    earlier, messages = len(messages) > most, messages[:most][::-1]
    noted: Any = (
        select(Note, Account.name)
        .join(Account, col(Account.id) == col(Note.account_id), isouter=True)
        .where(Note.conversation_id == chat, Note.organisation_id == account.organisation_id)
        .order_by(col(Note.at), col(Note.id))
    )
    if earlier:
        noted = noted.where(col(Note.at) >= messages[0].at)
    notes = [(row[0], row[1]) for row in await session.exec(noted)]
    return Talk(conversation, handover, holder, messages, notes, earlier)


@dataclass(frozen=True)
class Personal:
    """What keeps a chat within its organisation: files, or a case (`number`: where it is the account's organisation's)."""

    files: bool
    case: bool
    number: str | None

    def __bool__(self) -> bool:
        return self.files or self.case


async def personal(session: AsyncSession, account: Account, chat: str) -> Personal:
    """Personal things that hang on a chat; with them it goes on to another organisation only as a case (SEC-C03)."""
    files: Any = select(File.id).where(File.conversation_id == chat).limit(1)
    cases: Any = select(CaseFile.number, CaseFile.organisation_id).where(CaseFile.conversation_id == chat)
    there = (await session.exec(cases)).all()
    number = next((number for number, organisation in there if organisation == account.organisation_id), None)
    return Personal((await session.exec(files)).first() is not None, bool(there), number)


async def mark_read(session: AsyncSession, conversation: Conversation, seq: int) -> bool:
    """The counsellor who has the chat saw it up to a number; did that change anything?"""
    if conversation.staff_read >= seq:
        return False
    await session.exec(
        update(Conversation)
        .where(col(Conversation.id) == conversation.id, col(Conversation.staff_read) < seq)
        .values(staff_read=seq)
    )
    return True


async def note(session: AsyncSession, account: Account, chat: str, text: str, moment: dt.datetime) -> Note:
    """Add a note; the same one twice within ten seconds is a double click (FLT-24). Raises NotHere."""
    await reach(session, account, chat)
    again: Any = select(Note).where(
        Note.conversation_id == chat, Note.account_id == account.id, Note.text == text,
        col(Note.at) > moment - dt.timedelta(seconds=10),
    )  # fmt: skip
    before = (await session.exec(again)).first()
    if before is not None:
        return before
    made = Note(
        conversation_id=chat, organisation_id=account.organisation_id, account_id=account.id, text=text, at=moment
    )
    session.add(made)
    return made


async def names(session: AsyncSession, account: Account, lookers: set[int]) -> list[str]:
    """Names of the colleagues among those who look, by name; who looked at another organisation is not told (SEC-B03)."""
    lookers = lookers - {account.id or 0}
    if not lookers:
        return []
    query = select(Account.name).where(col(Account.id).in_(lookers), Account.organisation_id == account.organisation_id)
    return list((await session.exec(query.order_by(col(Account.name)))).all())
