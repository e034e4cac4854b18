"""What lists search by: keys of annotations, activity, and metrics, labels and tags by value."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from registry_grpc.persistence.derived_rows import (
    derive_activity,
    derive_keys_of_annotations,
    derive_labels_and_tags,
    derive_metrics,
)

revision = "0027"
down_revision = "0026"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
# Older servers work on: triggers write what is new.
minimum_head = ""

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_KEY = ["model_uid", "key", "value", "number"]


def upgrade() -> None:
    op.add_column("annotations", sa.Column("model_uid", sa.Uuid(), nullable=True))
    op.add_column("annotations", sa.Column("value_prefix", _TEXT, nullable=True))
    derive_keys_of_annotations(op.get_bind())
    derive_activity(op.get_bind())
    op.create_table(
        "version_metrics",
        sa.Column("model_uid", sa.Uuid(), nullable=False),
        sa.Column("key", _TEXT, nullable=False, autoincrement=False),
        sa.Column("value", sa.Double(), nullable=False, autoincrement=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.ForeignKeyConstraint(["model_uid"], ["models.uid"], name="fk_version_metrics_model_uid"),
        sa.PrimaryKeyConstraint(*_KEY, name="pk_version_metrics"),
        sqlite_with_rowid=False,
    )
    derive_metrics(op.get_bind())
    op.create_table(
        "version_entries",
        *(
            sa.Column(name, _TEXT, nullable=False, autoincrement=False)
            for name in ("field", "key", "value")
        ),
        sa.Column("model_uid", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint(
            "field", "key", "value", "model_uid", "number", name="pk_version_entries"
        ),
        sqlite_with_rowid=False,
    )
    derive_labels_and_tags(op.get_bind())
