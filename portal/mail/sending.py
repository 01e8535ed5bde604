"""One mail to the mail server, or into a maildir where none is set."""

from __future__ import annotations

import asyncio
import mailbox
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib

SECONDS = 30.0  # for one mail, all in all: a server that hangs holds up the others no longer
OF_SERVER = (421, 530)  # "service not available", "authentication required": said to a recipient, meant for us


class Later(Exception):
    """It may go well another time. `server`: the server is not there or does not let us in, so others need not be tried now."""

    def __init__(self, why: str, server: bool = False) -> None:
        super().__init__(why)
        self.server = server


class Never(Exception):
    """This recipient, or this message, was refused for good (5xx)."""


async def send(message: EmailMessage, smtp: str, seconds: float = SECONDS) -> None:
    """By `smtp://user:password@host:587` (STARTTLS where offered) or `smtps://`. Raises Later, Never; neither tells an address."""
    url = urlsplit(smtp)
    secure = url.scheme == "smtps"
    try:
        async with asyncio.timeout(seconds):
            await aiosmtplib.send(
                message, hostname=url.hostname, port=url.port or (465 if secure else 587), use_tls=secure,
                username=unquote(url.username) if url.username else None,
                password=unquote(url.password) if url.password else None, timeout=seconds,
            )  # fmt: skip
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise refusal(error.recipients[0]) from error
    except aiosmtplib.SMTPDataError as error:
        raise refusal(error) from error
    except aiosmtplib.SMTPResponseException as error:  # greeting, sign-in, sender: a wrong setting is no mail's fault
        raise Later(str(error.code), server=True) from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise Later(type(error).__name__, server=True) from error


def refusal(error: aiosmtplib.SMTPResponseException) -> Later | Never:
    """Of a recipient or a message. 5.7 (RFC 3463: security or policy) mostly means us: no right to relay, a sender not believed."""
    if error.code in OF_SERVER:
        return Later(str(error.code), server=True)
    final = error.code >= 500 and not error.message.startswith("5.7.")
    return Never(str(error.code)) if final else Later(str(error.code))


async def lay(message: EmailMessage, folder: Path) -> None:
    """Into a maildir: development without a mail server."""
    await asyncio.to_thread(lambda: mailbox.Maildir(folder, create=True).add(message))
