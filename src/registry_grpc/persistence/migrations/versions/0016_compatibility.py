"""The schema states which servers it supports."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    compatibility = op.create_table(
        "schema_compatibility",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("minimum_head", _TEXT, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_schema_compatibility_one_row")),
        sa.PrimaryKeyConstraint("id", name="pk_schema_compatibility"),
    )
    # `persistence.upgrade` writes what is true at the end of the migrations.
    op.bulk_insert(compatibility, [{"id": 1, "minimum_head": revision}])
