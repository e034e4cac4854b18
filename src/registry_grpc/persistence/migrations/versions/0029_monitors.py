"""Signals, monitors, and the states of monitors."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from registry_grpc.persistence.guards import keep_rows

revision = "0029"
down_revision = "0028"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_DOCUMENT = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def upgrade() -> None:
    op.create_table(
        "signals",
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("version_uid", sa.Uuid(), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("method", _TEXT, nullable=False),
        sa.Column("window_end", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("creator", _TEXT, nullable=False),
        sa.Column("document", _DOCUMENT, nullable=False),
        _reference("signals", "version_uid", "versions.uid"),
        sa.PrimaryKeyConstraint("uid", name="pk_signals"),
    )
    op.create_index(
        "ix_signals_version_uid_identity", "signals", ["version_uid", "identity"], unique=True
    )
    op.create_index(
        "ix_signals_version_uid_window_end_uid", "signals", ["version_uid", "window_end", "uid"]
    )
    op.create_table(
        "monitors",
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("monitor_id", _TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        _reference("monitors", "namespace", "namespaces.namespace"),
        sa.PrimaryKeyConstraint("namespace", "monitor_id", name="pk_monitors"),
    )
    op.create_table(
        "monitor_revisions",
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("monitor_id", _TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("document", _DOCUMENT, nullable=False),
        _reference("monitor_revisions", "namespace", "namespaces.namespace"),
        sa.PrimaryKeyConstraint("namespace", "monitor_id", "number", name="pk_monitor_revisions"),
        sa.CheckConstraint("number >= 1", name=op.f("ck_monitor_revisions_number")),
    )
    op.create_table(
        "monitor_states",
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("monitor_id", _TEXT, nullable=False),
        sa.Column("version_uid", sa.Uuid(), nullable=False),
        sa.Column("phase", _TEXT, nullable=False),
        sa.Column("severity", sa.BigInteger(), nullable=False),
        sa.Column("fires", sa.Boolean(), nullable=False),
        sa.Column("judge_time", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("document", _DOCUMENT, nullable=False),
        _reference("monitor_states", "namespace", "namespaces.namespace"),
        _reference("monitor_states", "version_uid", "versions.uid"),
        sa.PrimaryKeyConstraint("uid", name="pk_monitor_states"),
    )
    op.create_index(
        "ix_monitor_states_namespace_monitor_id_uid",
        "monitor_states",
        ["namespace", "monitor_id", "uid"],
    )
    op.create_index(
        "ix_monitor_states_version_uid_fires", "monitor_states", ["version_uid", "fires"]
    )
    op.create_index("ix_monitor_states_due", "monitor_states", ["due"])
    op.create_table(
        "monitor_state_entries",
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("version_uid", sa.Uuid(), nullable=False),
        sa.Column("document", _DOCUMENT, nullable=False),
        _reference("monitor_state_entries", "version_uid", "versions.uid"),
        sa.PrimaryKeyConstraint("uid", "revision", "ordinal", name="pk_monitor_state_entries"),
    )
    op.create_index(
        "ix_monitor_state_entries_version_uid", "monitor_state_entries", ["version_uid"]
    )
    connection = op.get_bind()
    keep_rows(connection, "signals", ["uid"], ["version_uid", "identity"])
    keep_rows(connection, "monitor_revisions", ["namespace", "monitor_id", "number"])
    keep_rows(connection, "monitor_state_entries", ["uid", "revision", "ordinal"])
