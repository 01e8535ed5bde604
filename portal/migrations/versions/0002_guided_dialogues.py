"""What a guided dialogue knows of a case."""

import sqlalchemy as sa
from alembic import op

import portal.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversation", sa.Column("guide", portal.database.Json(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("conversation", "guide")  # not in a batch: that makes the table anew and takes its messages along
