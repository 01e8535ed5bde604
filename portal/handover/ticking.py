"""What time does to a hand-over."""

from __future__ import annotations

from typing import Any

from portal.settings import Settings


async def tick(state: Any, settings: Settings) -> None:
    """Silent counsellors, visitors who left, desks that closed."""
