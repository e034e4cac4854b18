"""Annotations, descriptions of versions that change, what filters read, and times of activity."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from registry_grpc.persistence.guards import keep_rows

revision = "0022"
down_revision = "0021"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

_LAST_ACTIVITY = """
UPDATE models SET activity_time = coalesce(
    (SELECT max(head.update_time) FROM version_heads head
     WHERE head.model_uid = models.uid AND head.update_time > models.update_time),
    update_time)
"""


def upgrade() -> None:
    op.create_table(
        "annotations",
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("key", _TEXT, nullable=False, autoincrement=False),
        sa.Column("value", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("uid", "key", name="pk_annotations"),
    )
    op.create_table(
        "annotation_entries",
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("key", _TEXT, nullable=False, autoincrement=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("value", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("uid", "key", "revision", name="pk_annotation_entries"),
    )
    keep_rows(op.get_bind(), "annotation_entries", ["uid", "key", "revision"])
    for table in ("models", "version_heads"):
        op.add_column(table, sa.Column("annotation_bytes", sa.BigInteger(), nullable=True))
        op.add_column(table, sa.Column("annotation_digest", sa.String(64), nullable=True))
    op.add_column("version_heads", sa.Column("description", _TEXT, nullable=True))
    for name in ("source_uri", "run_id"):
        op.add_column("versions", sa.Column(name, _TEXT, nullable=True))
    op.add_column("models", sa.Column("activity_time", sa.BigInteger(), nullable=True))
    op.execute(_LAST_ACTIVITY)
