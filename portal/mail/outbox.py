"""The outbox: mails are written with what they tell, and sent afterwards (CON-09, FLT-32)."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account
from portal.clock import german_day, now
from portal.database import Database
from portal.handover.models import Handover
from portal.mail.addresses import one_line, plausible
from portal.mail.letters import letter
from portal.mail.models import Mail
from portal.mail.sending import SECONDS, Later, Never, lay, send
from portal.settings import Settings

log = structlog.get_logger("mail")
WAITS = [dt.timedelta(minutes=m) for m in (1, 5, 30, 120, 480, 1440)]  # after the first, second ... try
GIVE_UP = dt.timedelta(hours=48)
LEASE = dt.timedelta(seconds=4 * SECONDS)  # a process that died with a mail in its hand: another one takes it then
AT_ONCE = 100  # mails of one tick
KEPT = dt.timedelta(days=30)  # what is done with, without its words: so that nothing is sent twice


class GivenUp(NamedTuple):
    """Mails of one kind that nobody got; `since`: the German day of the first."""

    kind: str
    mails: int
    since: dt.date


async def post(
    session: AsyncSession, *, key: str, to: str, language: str, subject: str, body: str, account_id: int | None = None,
    conversation_id: str | None = None, moment: dt.datetime | None = None,
) -> None:  # fmt: skip
    """Lay a mail into the outbox, in the caller's transaction; the same key again: nothing. `key`: its kind, a colon, and
    what makes it one of its kind. Raises Implausible for no address."""
    moment = moment or now()
    mail = Mail(
        key=key, message_id=secrets.token_hex(16), to=plausible(to), language=language, subject=one_line(subject)[:200],
        body=body, account_id=account_id, conversation_id=conversation_id, made_at=moment, next_at=moment,
    )  # fmt: skip
    if await known(session, key):
        return
    try:
        async with session.begin_nested():
            session.add(mail)
    except IntegrityError:
        if not await known(session, key):
            raise


async def known(session: AsyncSession, key: str) -> bool:
    return (await session.exec(select(Mail.id).where(Mail.key == key))).first() is not None


async def failed(session: AsyncSession, organisation_id: str) -> list[GivenUp]:
    """What could not be sent to people of an organisation or to its visitors, by kind: for its administrators. No addresses."""
    staff = select(Account.id).where(Account.organisation_id == organisation_id)
    chats = select(Handover.conversation_id).where(Handover.organisation_id == organisation_id)
    query = select(Mail.key, Mail.failed_at).where(
        col(Mail.failed_at).is_not(None), or_(col(Mail.account_id).in_(staff), col(Mail.conversation_id).in_(chats))
    )
    days: dict[str, list[dt.date]] = {}
    for key, failed_at in await session.exec(query):
        days.setdefault(key.partition(":")[0], []).append(german_day(failed_at))
    return [GivenUp(kind, len(of), min(of)) for kind, of in sorted(days.items())]


async def forget(session: AsyncSession, moment: dt.datetime) -> None:
    """Delete what is long done with."""
    long_ago = moment - KEPT
    await session.exec(delete(Mail).where(or_(col(Mail.sent_at) < long_ago, col(Mail.failed_at) < long_ago)))


async def tick(state: Any, settings: Settings) -> None:
    """Send what is due."""
    await deliver(state.database, settings)


async def deliver(
    database: Database, settings: Settings, clock: Callable[[], dt.datetime] = now, seconds: float = SECONDS
) -> int:
    """Send what is due, one by one in the order it became due; the number sent. `seconds`: for one mail.

    The clock is read for each mail: with the time of the first, the leases of later ones would be over before their sending.
    """
    sent = 0
    for _ in range(AT_ONCE):
        mail = await claim(database, clock())
        if mail is None:
            break
        error: Exception | None = None
        try:
            message = letter(mail, settings.mail_from)
            if settings.smtp:
                await send(message, settings.smtp, seconds)
            else:
                await lay(message, settings.var / "mail")
        except Exception as caught:  # whatever it was, the mail must not be lost nor stop the others
            error = caught
        await note(database, mail, clock(), error)
        sent += error is None
        if isinstance(error, Later) and error.server:
            break
    return sent


async def claim(database: Database, moment: dt.datetime) -> Mail | None:
    """The next mail that is due, leased to us; a second process gets another one."""
    free = or_(col(Mail.lease_until).is_(None), col(Mail.lease_until) <= moment)
    due = select(Mail).where(
        col(Mail.sent_at).is_(None), col(Mail.failed_at).is_(None), col(Mail.next_at) <= moment, free
    )
    async with database.look() as session:
        mail = (await session.exec(due.order_by(col(Mail.next_at), col(Mail.id)).limit(1))).first()
    if mail is None:
        return None
    async with database.write() as session:
        ours = update(Mail).where(
            col(Mail.id) == mail.id, col(Mail.tries) == mail.tries, free, col(Mail.sent_at).is_(None)
        )
        got = await session.exec(ours.values(lease_until=moment + LEASE, tries=mail.tries + 1))
        await session.commit()
    if got.rowcount != 1:
        return await claim(database, moment)
    mail.tries += 1
    return mail


async def note(database: Database, mail: Mail, moment: dt.datetime, error: Exception | None) -> None:
    """What became of a try. Where the server is not there, or does not let us in, the whole outbox waits a minute: a wrong
    setting uses up nobody's tries, and no password is tried again for each mail."""
    gone: dict[str, Any] = {"subject": "", "body": "", "lease_until": None}  # a code may stand in a subject (RET-10)
    why = str(error) if isinstance(error, Later | Never) else type(error).__name__
    if error is None:
        became, values = "sent", gone | {"sent_at": moment, "error": ""}
    elif isinstance(error, Never) or moment >= mail.made_at + GIVE_UP:
        became, values = "failed", gone | {"failed_at": moment, "error": why}
    else:
        wait = WAITS[min(mail.tries, len(WAITS)) - 1]
        next_at = min(moment + wait, mail.made_at + GIVE_UP)
        became, values = "later", {"next_at": next_at, "lease_until": None, "error": why}
    async with database.write() as session:
        await session.exec(update(Mail).where(col(Mail.id) == mail.id, col(Mail.sent_at).is_(None)).values(**values))
        if isinstance(error, Later) and error.server:
            waits = update(Mail).where(col(Mail.sent_at).is_(None), col(Mail.failed_at).is_(None))
            then = moment + WAITS[0]
            await session.exec(waits.where(col(Mail.next_at) < then).values(next_at=then))
        await session.commit()
    tell = log.warning if became == "failed" else log.info
    tell("mail", id=mail.id, key=mail.key, tries=mail.tries, became=became, error=values["error"])
