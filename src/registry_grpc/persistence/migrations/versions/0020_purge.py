"""Models and versions can be purged."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    for table in ("models", "version_heads"):
        op.add_column(table, sa.Column("purge_time", sa.BigInteger(), nullable=True))
