"""The audit trail beyond changes: what was refused."""

from collections.abc import Sequence

revision = "0008"
down_revision = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    pass
