"""A visitor's e-mail address: confirmed by a code that is sent to it, so that nobody gets mail they did not ask for (SEC-C13)."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets

from limits import RateLimitItemPerDay
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.chat.models import Conversation
from portal.chat.service import hashed
from portal.handover.models import Address
from portal.i18n import N_, gettext, speaking, written_period
from portal.mail.addresses import masked, plausible
from portal.mail.models import Mail
from portal.mail.outbox import post

LASTS = dt.timedelta(minutes=15)
TRIES = 5
CODES_A_DAY = 3  # of a chat, and to an address whoever asks: strangers are not to be bothered
DAY = dt.timedelta(days=1)
TO_ONE = RateLimitItemPerDay(CODES_A_DAY)
SALT = secrets.token_bytes(32)  # of this process, kept nowhere
asked = MovingWindowRateLimiter(MemoryStorage())  # codes by keyed address: not in the chat, which can be deleted
KINDS = {  # of mails to visitors, as staff reads of them
    "code": N_("Code for the e-mail address of a visitor"),
    "answer": N_("Note to a visitor that there is an answer"),
    "transcript": N_("Conversation for a visitor"),
}
CODE = (
    N_("Your code: %(code)s"),
    N_("Your code is %(code)s. Enter it in the chat within %(time)s. If you did not ask for it, do nothing."),
)
ANSWER = (
    N_("There is an answer for you"),
    N_(
        "A person has answered you in the chat of Wegweiser. Open the chat in the same browser in which you wrote: the "
        "chat can be read only there.\n\n%(link)s"
    ),
)


class TooMany(Exception):
    """As many mails of this kind as a day allows."""


def code_hash(conversation: Conversation, code: str) -> str:
    """With the chat's own secret hash: six digits alone are quickly guessed from a hash."""
    return hashed(f"{conversation.token_hash}:{code}")


def keyed(email: str) -> str:
    """What stands for an address where it is counted; it leads to nobody."""
    return hashlib.blake2b(email.lower().encode(), key=SALT).hexdigest()


async def ask_code(session: AsyncSession, conversation: Conversation, email: str, moment: dt.datetime) -> None:
    """Send a code to an address; it becomes the chat's one when the code comes back. (The conversation's row is locked.)

    Raises Implausible, TooMany.
    """
    email, code = plausible(email), f"{secrets.randbelow(10**6):06}"
    sent = await count(session, f"code:{conversation.id}:", moment)
    if sent >= CODES_A_DAY or not asked.hit(TO_ONE, keyed(email)):
        raise TooMany
    address = await session.get(Address, conversation.id)
    address = address or Address(conversation_id=conversation.id, email=email, code_hash="", ends_at=moment)
    address.email, address.code_hash, address.ends_at = email, code_hash(conversation, code), moment + LASTS
    address.tries, address.confirmed_at = 0, None
    session.add(address)
    with speaking(conversation.language):
        values = {"code": code, "time": written_period(LASTS)}
    await letter(session, conversation, email, CODE, f"code:{conversation.id}:{moment.isoformat()}", moment, **values)


async def confirm(session: AsyncSession, conversation: Conversation, code: str, moment: dt.datetime) -> bool:
    """Is this the code? It works once, as long as it LASTS; after five wrong ones a new one is needed."""
    address = await session.get(Address, conversation.id, with_for_update=True)
    if address is None or not address.code_hash or moment >= address.ends_at or address.tries >= TRIES:
        return False
    address.tries += 1
    session.add(address)
    if not hmac.compare_digest(address.code_hash, code_hash(conversation, code)):
        return False
    address.confirmed_at, address.code_hash = moment, ""
    return True


async def confirmed(session: AsyncSession, conversation_id: str) -> str | None:
    """The chat's confirmed address."""
    address = await session.get(Address, conversation_id)
    return address.email if address and address.confirmed_at else None


async def shown(session: AsyncSession, conversation_id: str) -> str | None:
    """The confirmed address as the chat shows it."""
    email = await confirmed(session, conversation_id)
    return masked(email) if email else None


async def tell_visitor(session: AsyncSession, conversation: Conversation, address: str, moment: dt.datetime) -> bool:
    """ "There is an answer", to the confirmed address if there is one; once until the visitor has read. The mail holds neither the
    answer nor the chat's token. `address`: of the portal."""
    email = await confirmed(session, conversation.id)
    if email is None:
        return False
    key = f"answer:{conversation.id}:{conversation.visitor_read}"
    with speaking(conversation.language) as language:
        link = f"{address}/{language.tag}/chat"
    await letter(session, conversation, email, ANSWER, key, moment, link=link)
    return True


async def letter(
    session: AsyncSession, conversation: Conversation, to: str, words: tuple[str, str], key: str, moment: dt.datetime,
    **values: str,
) -> None:  # fmt: skip
    """A mail in the visitor's language."""
    with speaking(conversation.language) as language:
        subject, body = (gettext(text) % values for text in words)
    await post(
        session, key=key, to=to, language=language.tag, subject=subject, body=body, conversation_id=conversation.id,
        moment=moment,
    )  # fmt: skip


async def count(session: AsyncSession, prefix: str, moment: dt.datetime) -> int:
    """Mails with keys that begin so, within a day."""
    query = select(func.count()).where(
        col(Mail.key).startswith(prefix, autoescape=True), col(Mail.made_at) > moment - DAY
    )
    return (await session.exec(query)).one()
