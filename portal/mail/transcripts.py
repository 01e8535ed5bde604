"""The chat as text, by mail, to the address that was confirmed in it and to no other (SEC-C13)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from babel import dates
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.chat.models import Conversation, Message
from portal.clock import GERMANY
from portal.i18n import N_, current, gettext, speaking, written_date
from portal.mail.models import Mail
from portal.mail.outbox import post
from portal.mail.visitors import TooMany as TooMany
from portal.mail.visitors import confirmed, count

A_DAY = 3
AT_ONCE = dt.timedelta(minutes=10)  # asked again for the same within that time: it was a second click
WHO = {
    "visitor": N_("You"), "assistant": N_("Assistant (automatic)"), "staff": N_("Counsellor"), "system": "",
}  # fmt: skip
GREETING = N_("Good day,")
TIMES = N_("All times are German time (Europe/Berlin).")
SUBJECT = N_("Your chat with Wegweiser")
OPENING = N_("This is the chat you asked us to send you. Information from the assistant is not legally binding.")
FILE = N_("File: %(name)s")
SOURCES = N_("Sources")
CHECKED = N_("checked on")
CLOSING = N_(
    "You get this mail because it was asked for in the chat, for this address that was confirmed there. Nothing more "
    "will be sent unless you ask for it."
)


class NotConfirmed(Exception):
    """There is no address that was confirmed in this chat."""


async def written(session: AsyncSession, conversation: Conversation) -> str:
    """What the visitor sees, line by line. Notes lie in another table; suppressed answers are left out; meanings of buttons
    (`hidden`) are never looked at for words."""
    query = select(Message).where(Message.conversation_id == conversation.id).order_by(col(Message.seq))
    with speaking(conversation.language):
        lines = [gettext(GREETING), f"{gettext(OPENING)} {gettext(TIMES)}"]
        for message in (await session.exec(query)).all():
            if seen(message):
                head = " · ".join(part for part in (clock(message.at), speaker(message)) if part)
                lines.append(f"{head}\n{wording(message)}")
        lines.append(f"-- \n{gettext(CLOSING)}")
    return "\n\n".join(lines) + "\n"


def clock(moment: dt.datetime) -> str:
    """Day and time in Germany, as the reader's language writes them."""
    local = moment.astimezone(GERMANY)
    return f"{written_date(local.date())}, {dates.format_time(local, 'short', locale=current.get().cldr)}"


def seen(message: Message) -> bool:
    """Was it ever shown to the visitor?"""
    kept_back = (
        message.kind in ("suppressed", "note") or message.shown.get("suppressed") or message.hidden.get("suppressed")
    )
    return not kept_back and message.author in WHO


def speaker(message: Message) -> str:
    name = message.shown.get("name") if message.author == "staff" else None
    return str(name) if name else WHO[message.author] and gettext(WHO[message.author])


def wording(message: Message) -> str:
    file = message.shown.get("file")
    text = gettext(FILE) % {"name": file["name"]} if isinstance(file, dict) and "name" in file else message.text
    details = message.shown.get("details")
    lines = [text, *details] if isinstance(details, list) else [text]
    return "\n".join([*lines, *sources(message.shown.get("sources") or [])])


def sources(found: list[dict[str, Any]]) -> list[str]:
    """Where an answer comes from, with the day on which it was checked."""
    return [f"{gettext(SOURCES)}:"][: len(found)] + [
        f"- {one['title']} ({gettext(CHECKED)} {written_date(one['checked_on'])}): {one['url']}" for one in found
    ]


async def send(session: AsyncSession, conversation: Conversation, moment: dt.datetime) -> None:
    """Lay it into the outbox; a second click sends nothing twice. (The conversation's row is locked.)

    Raises NotConfirmed, TooMany (three a day).
    """
    email = await confirmed(session, conversation.id)
    if email is None:
        raise NotConfirmed
    prefix = f"transcript:{conversation.id}:"
    sent = await count(session, prefix, moment)
    query = select(Mail.key).where(
        col(Mail.key).startswith(f"{prefix}{conversation.last_seq}:", autoescape=True), Mail.to == email,
        col(Mail.made_at) > moment - AT_ONCE,
    )  # fmt: skip
    if (await session.exec(query)).first() is not None:
        return
    if sent >= A_DAY:
        raise TooMany
    with speaking(conversation.language) as language:
        subject = gettext(SUBJECT)
    await post(
        session, key=f"{prefix}{conversation.last_seq}:{moment.isoformat()}", to=email, language=language.tag,
        subject=subject, body=await written(session, conversation), conversation_id=conversation.id, moment=moment,
    )  # fmt: skip
