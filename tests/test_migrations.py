"""The database's shape: up, down, up again, and the same as the models say."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command

from portal.migrations import config


def shape(engine: sa.Engine) -> dict[str, set[str]]:
    found = sa.inspect(engine)
    return {table: {c["name"] for c in found.get_columns(table)} for table in found.get_table_names()}


def test_every_revision_goes_up_and_down_and_the_newest_is_what_the_models_say(tmp_path: Path):
    engine = sa.create_engine(f"sqlite:///{tmp_path}/x.db")
    shapes = {}
    for revision in ("0001", "0002", "0003"):
        with engine.begin() as connection:
            command.upgrade(config(connection), revision)
        shapes[revision] = shape(engine)
    assert shapes["0001"] != shapes["0002"] != shapes["0003"]
    for revision in ("0002", "0001"):
        with engine.begin() as connection:
            command.downgrade(config(connection), revision)
        assert shape(engine) == shapes[revision]
    with engine.begin() as connection:
        command.upgrade(config(connection), "head")
    with engine.begin() as connection:
        command.check(config(connection))  # raises where models and tables differ
    engine.dispose()
