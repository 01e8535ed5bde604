"""The shape of the database, as Alembic revisions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from portal.database import Database

LOCK = 81001  # PostgreSQL's advisory lock of the migrator


def config(connection: Any) -> Config:
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["connection"] = connection
    return made


async def upgrade(database: Database) -> None:
    """Bring the database to the newest revision."""

    def run(connection: Any) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        command.upgrade(config(connection), "head")

    async with database.engine.begin() as connection:
        await connection.run_sync(run)
