"""Limits of bytes: a quota of each namespace, and how often its blobs were marked to go."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("namespaces", sa.Column("quota", sa.BigInteger(), nullable=True))
    op.create_table(
        "blob_marks",
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("namespace", name="pk_blob_marks"),
        sa.ForeignKeyConstraint(
            ["namespace"], ["namespaces.namespace"], name="fk_blob_marks_namespace"
        ),
    )
