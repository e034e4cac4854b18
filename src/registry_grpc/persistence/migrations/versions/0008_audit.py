"""The audit trail: refused calls, what finds an entry, and what lets old ones go."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from registry_grpc.persistence.guards import keep_floors, keep_rows, keep_rows_above

revision = "0008"
down_revision = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
minimum_head = revision  # servers from before would break the guards

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_MODEL_PARTS = 4
_AT_ONCE = 1_000


def upgrade() -> None:
    for name in ("trimmed", "refused", "refused_trimmed"):
        floor = sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
        op.add_column("revision_counter", floor)
    _find_changes()
    _create_refusals()
    _guard()


def _find_changes() -> None:
    _unguard()
    op.add_column("changes", sa.Column("model", _TEXT, nullable=False, server_default=""))
    _fill_models()
    place = ["revision", "ordinal"]
    op.create_index("ix_changes_model_revision_ordinal", "changes", ["model", *place])
    op.create_index("ix_changes_action_revision_ordinal", "changes", ["action", *place])
    op.create_index(
        "ix_changes_actor_action_revision_ordinal", "changes", ["actor", "action", *place]
    )


def _unguard() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER changes_keep ON changes")
    else:
        op.execute("DROP TRIGGER changes_keep_update")
        op.execute("DROP TRIGGER changes_keep_insert")


def _fill_models() -> None:
    """Give every change the model that its resource belongs to, name by name."""
    connection, last = op.get_bind(), ""
    changes = sa.table("changes", sa.column("name"), sa.column("model"))
    names = sa.select(changes.c.name).distinct().order_by(changes.c.name).limit(_AT_ONCE)
    belonging = (
        sa.update(changes)
        .where(changes.c.name == sa.bindparam("called"))
        .values(model=sa.bindparam("belongs_to"))
    )
    while found := connection.scalars(names.where(changes.c.name > last)).all():
        connection.execute(
            belonging, [{"called": name, "belongs_to": _model_of(name)} for name in found]
        )
        last = found[-1]


def _model_of(name: str) -> str:
    return "/".join(name.split("/")[:_MODEL_PARTS])


def _create_refusals() -> None:
    op.create_table(
        "refusals",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("action", _TEXT, nullable=False),
        sa.Column("model", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("method", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("message", _TEXT, nullable=False),
        sa.Column("causes", _DOCUMENT, nullable=False),
        sa.Column("request_id", _TEXT, nullable=False),
        sa.Column("omitted", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_refusals"),
    )
    for column in ("revision", "time", "namespace", "model", "action"):
        op.create_index(f"ix_refusals_{column}_number", "refusals", [column, "number"])
    op.create_index("ix_refusals_actor_action_number", "refusals", ["actor", "action", "number"])


def _guard() -> None:
    connection = op.get_bind()
    keep_rows(connection, "changes", ["revision", "ordinal"], removable=True)
    keep_rows_above(connection, "changes", "revision", "trimmed")
    keep_rows(connection, "refusals", ["number"], removable=True)
    keep_rows_above(connection, "refusals", "number", "refused_trimmed")
    keep_floors(connection)
