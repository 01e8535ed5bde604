"""Demo people for every role."""

from __future__ import annotations

from portal.database import Database


async def prepare(database: Database) -> None:
    """Make them where there is nobody."""
