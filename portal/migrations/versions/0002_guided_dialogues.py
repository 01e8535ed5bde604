"""What a guided dialogue knows of a case."""

import sqlalchemy as sa
from alembic import op

import portal.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("conversation") as table:
        table.add_column(sa.Column("guide", portal.database.Json(), nullable=False, server_default="{}"))


def downgrade() -> None:
    with op.batch_alter_table("conversation") as table:
        table.drop_column("guide")
