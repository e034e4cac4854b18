"""Uploads of a namespace are listed by age."""

from collections.abc import Sequence

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_uploads_namespace_uid", "uploads", ["namespace", "uid"])
