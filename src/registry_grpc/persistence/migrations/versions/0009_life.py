"""The life of versions: how their state changed, and which of them `latest` can name."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from registry_grpc.persistence.guards import keep_rows

revision = "0009"
down_revision = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_FOLLOWED = sa.text("state IN ('active', 'deprecated')")


def upgrade() -> None:
    op.create_table(
        "version_states",
        sa.Column("model_uid", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["model_uid"], ["models.uid"], name="fk_version_states_model_uid"),
        sa.PrimaryKeyConstraint("model_uid", "revision", "number", name="pk_version_states"),
    )
    op.create_index(
        "ix_version_states_model_uid_number_time_revision",
        "version_states",
        ["model_uid", "number", "time", "revision"],
    )
    op.create_index(
        "ix_version_heads_followed",
        "version_heads",
        ["model_uid", "number"],
        sqlite_where=_FOLLOWED,
        postgresql_where=_FOLLOWED,
    )
    keep_rows(op.get_bind(), "version_states", ["model_uid", "revision", "number"])
