"""The link with which a consent is withdrawn without signing in (PRV-08).

It is made from the chat's token, which only the visitor has: the portal keeps a hash, and staff who read the chat cannot make it.
"""

from __future__ import annotations

import hashlib
import hmac

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.chat.service import hashed
from portal.consents.models import Consent


def token(secret: str, consent_id: str) -> str:
    """What stands in the link."""
    return hmac.new(secret.encode("utf-8", "replace"), f"consent:{consent_id}".encode(), hashlib.sha256).hexdigest()


async def behind(session: AsyncSession, token_: str) -> Consent | None:
    """The consent of a link."""
    return (await session.exec(select(Consent).where(Consent.withdraw_hash == hashed(token_)))).first()
