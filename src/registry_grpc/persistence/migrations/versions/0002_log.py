"""Tables for watches and exact time travel: the floor of the log, and indexes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "revision_counter",
        sa.Column("compacted", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.create_index(
        "ix_changes_namespace_revision_ordinal_name",
        "changes",
        ["namespace", "revision", "ordinal", "name"],
    )
    op.create_index("ix_changes_name_time_ordinal", "changes", ["name", "time", "ordinal"])
    op.create_index(
        "ix_alias_entries_model_uid_number_time", "alias_entries", ["model_uid", "number", "time"]
    )
