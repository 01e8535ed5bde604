"""The outbox: mails are written with what they tell, and sent afterwards."""

from __future__ import annotations

from typing import Any

from portal.settings import Settings


async def tick(state: Any, settings: Settings) -> None:
    """Send what is due."""
