"""A mail of the outbox as it goes over the wire."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from portal.mail.addresses import one_line
from portal.mail.models import Mail


def letter(mail: Mail, sender: str) -> EmailMessage:
    """Plain text; the same bytes at each try. `sender`: address of the portal."""
    message = EmailMessage(policy=SMTP)
    message["From"] = one_line(sender)
    message["To"] = mail.to
    message["Subject"] = one_line(mail.subject)
    message["Date"] = format_datetime(mail.made_at)
    message["Message-ID"] = f"<{mail.message_id}@{sender.rstrip('>').rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body, cte="quoted-printable")
    message["Content-Language"] = mail.language
    return message
