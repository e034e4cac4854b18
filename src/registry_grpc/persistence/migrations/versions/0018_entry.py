"""Entries of the change log are stored as canonical bytes, with digests of whole records."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("changes", sa.Column("entry", sa.LargeBinary(), nullable=True))
    op.add_column("versions", sa.Column("detail_digest", sa.String(64), nullable=True))
