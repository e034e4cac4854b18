"""Stage graphs, transitions and approvals."""

from collections.abc import Sequence

revision = "0007"
down_revision = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    pass
