"""A mail of the outbox as it goes over the wire."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from portal.mail.addresses import one_line
from portal.mail.models import Mail

PDF = ".pdf"


def letter(mail: Mail, sender: str) -> EmailMessage:
    """Plain text, with its attachment; the same bytes at each try. `sender`: address of the portal."""
    message = EmailMessage(policy=SMTP)
    message["From"] = one_line(sender)
    message["To"] = mail.to
    message["Subject"] = one_line(mail.subject)
    message["Date"] = format_datetime(mail.made_at)
    message["Message-ID"] = f"<{mail.message_id}@{sender.rstrip('>').rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body, cte="quoted-printable")
    if mail.attachment_name.endswith(PDF):
        message.add_attachment(
            base64.b64decode(mail.attachment), maintype="application", subtype="pdf", filename=mail.attachment_name
        )
    elif mail.attachment_name:
        message.add_attachment(mail.attachment, cte="quoted-printable", filename=mail.attachment_name)
    message["Content-Language"] = mail.language  # last: content headers set before would go to the first part
    return message
