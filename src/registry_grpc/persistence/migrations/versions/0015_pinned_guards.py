"""The guards of the trail read the registry's tables, not temporary ones of the same names."""

from collections.abc import Sequence

from alembic import op

from registry_grpc.persistence.guards import pin_guards

revision = "0015"
down_revision = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    pin_guards(op.get_bind())
