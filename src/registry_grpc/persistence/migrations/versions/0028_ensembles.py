"""Ensembles: the members of versions, what contains what, and whether members may be used."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from registry_grpc.persistence.guards import keep_rows

revision = "0028"
down_revision = "0027"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_DOCUMENT = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def upgrade() -> None:
    op.add_column("version_heads", sa.Column("ensemble", _DOCUMENT, nullable=True))
    op.add_column("version_heads", sa.Column("blocked", sa.Boolean(), nullable=True))
    op.create_table(
        "ensemble_members",
        sa.Column("ensemble_uid", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("role", _TEXT, nullable=False),
        sa.Column("member_uid", sa.Uuid(), nullable=False),
        sa.Column("soft", sa.Boolean(), nullable=False),
        sa.Column("model_uid", sa.Uuid(), nullable=False),
        sa.Column("member_model_uid", sa.Uuid(), nullable=False),
        _reference("ensemble_members", "ensemble_uid", "versions.uid"),
        _reference("ensemble_members", "member_uid", "versions.uid"),
        sa.PrimaryKeyConstraint("ensemble_uid", "ordinal", name="pk_ensemble_members"),
    )
    op.create_index(
        "ix_ensemble_members_member_uid_ensemble_uid",
        "ensemble_members",
        ["member_uid", "ensemble_uid"],
    )
    op.create_index(
        "ix_ensemble_members_member_model_uid_model_uid",
        "ensemble_members",
        ["member_model_uid", "model_uid"],
    )
    op.create_table(
        "ensemble_closures",
        sa.Column("ensemble_uid", sa.Uuid(), nullable=False),
        sa.Column("member_uid", sa.Uuid(), nullable=False),
        _reference("ensemble_closures", "ensemble_uid", "versions.uid"),
        _reference("ensemble_closures", "member_uid", "versions.uid"),
        sa.PrimaryKeyConstraint("ensemble_uid", "member_uid", name="pk_ensemble_closures"),
    )
    op.create_index("ix_ensemble_closures_member_uid", "ensemble_closures", ["member_uid"])
    op.create_table(
        "ensemble_entries",
        sa.Column("ensemble_uid", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("summary", _DOCUMENT, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        _reference("ensemble_entries", "ensemble_uid", "versions.uid"),
        sa.PrimaryKeyConstraint("ensemble_uid", "revision", name="pk_ensemble_entries"),
    )
    keep_rows(op.get_bind(), "ensemble_members", ["ensemble_uid", "ordinal"])
    keep_rows(op.get_bind(), "ensemble_entries", ["ensemble_uid", "revision"])
