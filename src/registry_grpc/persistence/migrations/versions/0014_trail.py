"""The trail is only appended to, and floors rise only above what its retention lets go."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from registry_grpc.persistence.guards import keep_for_retention, keep_log_in_order

revision = "0014"
down_revision = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
minimum_head = revision  # servers from before would break the guards


def upgrade() -> None:
    retention = op.create_table(
        "retention",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("audit_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_retention_one_row")),
        sa.CheckConstraint("audit_days >= 0", name=op.f("ck_retention_days")),
        sa.PrimaryKeyConstraint("id", name="pk_retention"),
    )
    op.bulk_insert(retention, [{"id": 1, "audit_days": 0}])
    op.add_column("tokens", sa.Column("use_time", sa.BigInteger(), nullable=True))
    connection = op.get_bind()
    keep_log_in_order(connection)
    keep_for_retention(connection)
