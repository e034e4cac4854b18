"""How large the detail of a version is: replies are bounded before it is read."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("versions", sa.Column("detail_bytes", sa.BigInteger(), nullable=True))
