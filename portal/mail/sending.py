"""One mail to the mail server, or into a maildir where none is set."""

from __future__ import annotations

import asyncio
import mailbox
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib

SECONDS = 30.0  # for one mail, all in all: a server that hangs holds up the others no longer


class Later(Exception):
    """It may go well another time. `server`: the server itself is not there, so others need not be tried now."""

    def __init__(self, why: str, server: bool = False) -> None:
        super().__init__(why)
        self.server = server


class Never(Exception):
    """It was refused for good (5xx)."""


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
        raise of_code(error.recipients[0].code) from error
    except (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPConnectResponseError) as error:
        raise Later(str(error.code), server=True) from error
    except aiosmtplib.SMTPResponseException as error:
        raise of_code(error.code) from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise Later(type(error).__name__, server=True) from error


def of_code(code: int) -> Later | Never:
    return Never(str(code)) if code >= 500 else Later(str(code))


async def lay(message: EmailMessage, folder: Path) -> None:
    """Into a maildir: development without a mail server."""
    await asyncio.to_thread(lambda: mailbox.Maildir(folder, create=True).add(message))
