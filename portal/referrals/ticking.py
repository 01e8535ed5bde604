"""What time does to a transfer."""

from __future__ import annotations

from typing import Any

from portal.settings import Settings


async def tick(state: Any, settings: Settings) -> None:
    """Reminders and escalations of the 48-hour rule."""
