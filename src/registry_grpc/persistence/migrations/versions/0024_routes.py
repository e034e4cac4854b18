"""Routes: references that divide units among versions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from registry_grpc.persistence.guards import keep_rows

revision = "0024"
down_revision = "0023"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_DOCUMENT = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def upgrade() -> None:
    op.create_table(
        "routes",
        sa.Column("model_uid", sa.Uuid(), nullable=False),
        sa.Column("route", _TEXT, nullable=False),
        sa.Column("plan", _DOCUMENT, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["model_uid"], ["models.uid"], name="fk_routes_model_uid"),
        sa.PrimaryKeyConstraint("model_uid", "route", name="pk_routes"),
    )
    op.create_table(
        "route_entries",
        sa.Column("model_uid", sa.Uuid(), nullable=False),
        sa.Column("route", _TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("plan", _DOCUMENT, nullable=True),
        sa.Column("action", _TEXT, nullable=False),
        sa.Column("moved", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(["model_uid"], ["models.uid"], name="fk_route_entries_model_uid"),
        sa.PrimaryKeyConstraint(
            "model_uid", "route", "revision", "ordinal", name="pk_route_entries"
        ),
    )
    op.create_index(
        "ix_route_entries_model_uid_route_time_revision_ordinal",
        "route_entries",
        ["model_uid", "route", "time", "revision", "ordinal"],
    )
    op.create_table(
        "route_arms",
        sa.Column("model_uid", sa.Uuid(), nullable=False),
        sa.Column("route", _TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("serves", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["model_uid"], ["models.uid"], name="fk_route_arms_model_uid"),
        sa.PrimaryKeyConstraint("model_uid", "route", "number", name="pk_route_arms"),
    )
    op.create_index("ix_route_arms_model_uid_number", "route_arms", ["model_uid", "number"])
    keep_rows(op.get_bind(), "route_entries", ["model_uid", "route", "revision", "ordinal"])
