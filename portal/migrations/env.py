"""Alembic's entry: the same revisions on SQLite and PostgreSQL; one migrator at a time."""

from alembic import context
from sqlmodel import AutoString, SQLModel

import portal.accounts.models
import portal.cases.models
import portal.chat.models
import portal.consents.models
import portal.desk.models
import portal.editing.models
import portal.handover.models
import portal.mail.models
import portal.referrals.models  # noqa: F401


def render_item(kind, item, _autogenerate):
    """SQLModel's own string type is written as SQLAlchemy's."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String({item.length or ''})"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
