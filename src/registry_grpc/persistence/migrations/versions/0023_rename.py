"""Models can be renamed, and names of purged models given to new ones."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from registry_grpc.persistence.guards import keep_rows

revision = "0023"
down_revision = "0022"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_KEY = ["model_uid", "revision"]
_NAME = ["namespace", "name_key", "time", "revision"]


def upgrade() -> None:
    op.add_column("namespaces", sa.Column("reuse_purged_names", sa.Boolean(), nullable=True))
    op.add_column("models", sa.Column("ended_id", _TEXT, nullable=True))
    op.create_table(
        "model_names",
        sa.Column("model_uid", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("model_id", _TEXT, nullable=False),
        sa.Column("name_key", _TEXT, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["model_uid"], ["models.uid"], name="fk_model_names_model_uid"),
        sa.PrimaryKeyConstraint(*_KEY, name="pk_model_names"),
    )
    op.create_index(f"ix_model_names_{'_'.join(_NAME)}", "model_names", _NAME)
    keep_rows(op.get_bind(), "model_names", _KEY)
