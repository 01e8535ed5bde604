"""The outbox: mails are written with what they tell, and sent afterwards (CON-09, FLT-32)."""

from __future__ import annotations

import base64
import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account
from portal.clock import now
from portal.database import Database
from portal.handover.models import Handover
from portal.mail.addresses import one_line, plausible
from portal.mail.letters import PDF, letter
from portal.mail.models import Mail
from portal.mail.sending import SECONDS, Later, Never, lay, send
from portal.settings import Settings

log = structlog.get_logger("mail")
WAITS = [dt.timedelta(minutes=m) for m in (1, 5, 30, 120, 480, 1440)]  # after the first, second ... try
GIVE_UP = dt.timedelta(hours=48)
LEASE = dt.timedelta(seconds=4 * SECONDS)  # a process that died with a mail in its hand: another one takes it then
AT_ONCE = 100  # mails of one tick
KEPT = dt.timedelta(days=30)  # what was sent, without its text: so that nothing is sent twice


async def post(
    session: AsyncSession, *, key: str, to: str, language: str, subject: str, body: str, account_id: int | None = None,
    conversation_id: str | None = None, attachment: tuple[str, str | bytes] | None = None,
    moment: dt.datetime | None = None,
) -> None:  # fmt: skip
    """Lay a mail into the outbox, in the caller's transaction; the same key again: nothing.

    `attachment`: a name and its text, or the bytes of a PDF (a name ending in .pdf). Raises Implausible for no address.
    """
    name, content = attachment or ("", "")
    if isinstance(content, bytes):
        assert name.endswith(PDF), name
        content = base64.b64encode(content).decode()
    moment = moment or now()
    mail = Mail(
        key=key, message_id=secrets.token_hex(16), to=plausible(to), language=language, subject=one_line(subject)[:200],
        body=body, attachment=content, attachment_name=one_line(name)[:80], account_id=account_id,
        conversation_id=conversation_id, made_at=moment, next_at=moment,
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


async def failed(session: AsyncSession, organisation_id: str) -> Sequence[Mail]:
    """What could not be sent to people of an organisation or to its visitors, newest first: for its administrators."""
    staff = select(Account.id).where(Account.organisation_id == organisation_id)
    chats = select(Handover.conversation_id).where(Handover.organisation_id == organisation_id)
    query = select(Mail).where(
        col(Mail.failed_at).is_not(None), or_(col(Mail.account_id).in_(staff), col(Mail.conversation_id).in_(chats))
    )
    return (await session.exec(query.order_by(col(Mail.failed_at).desc()).limit(AT_ONCE))).all()


async def forget(session: AsyncSession, moment: dt.datetime) -> None:
    """Delete what is long done with."""
    long_ago = moment - KEPT
    await session.exec(delete(Mail).where(or_(col(Mail.sent_at) < long_ago, col(Mail.failed_at) < long_ago)))


async def tick(state: Any, settings: Settings) -> None:
    """Send what is due."""
    await deliver(state.database, settings, now())


async def deliver(database: Database, settings: Settings, moment: dt.datetime, seconds: float = SECONDS) -> int:
    """Send what is due, one by one in the order it became due; the number sent. `seconds`: for one mail."""
    sent = 0
    for _ in range(AT_ONCE):
        mail = await claim(database, moment)
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
        await note(database, mail, moment, error)
        sent += error is None
        if isinstance(error, Later) and error.server:
            break  # the server is not there: the others wait for the next tick
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
    """What became of a try."""
    gone: dict[str, Any] = {"body": "", "attachment": "", "lease_until": None}
    if error is None:
        values = gone | {"sent_at": moment, "error": ""}
    elif isinstance(error, Later) and moment < mail.made_at + GIVE_UP:
        wait = WAITS[min(mail.tries, len(WAITS)) - 1]
        values = {"next_at": min(moment + wait, mail.made_at + GIVE_UP), "lease_until": None, "error": str(error)}
    else:
        why = str(error) if isinstance(error, Later | Never) else type(error).__name__
        values = gone | {"failed_at": moment, "error": why}
    async with database.write() as session:
        await session.exec(update(Mail).where(col(Mail.id) == mail.id, col(Mail.sent_at).is_(None)).values(**values))
        await session.commit()
    log.info(
        "mail",
        id=mail.id,
        key=mail.key,
        tries=mail.tries,
        became="sent" if error is None else "failed" if "failed_at" in values else "later",
        error=values["error"],
    )
