"""Changes of transitions are found by the models whose versions they move."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from registry_grpc.persistence.guards import keep_rows, keep_rows_above

revision = "0010"
down_revision = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_KEY = ["revision", "ordinal", "model"]
_NOUN = "transition."


def upgrade() -> None:
    op.create_table(
        "moved_models",
        sa.Column("revision", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("ordinal", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("model", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint(*_KEY, name="pk_moved_models"),
    )
    op.create_index(
        "ix_moved_models_model_revision_ordinal", "moved_models", ["model", "revision", "ordinal"]
    )
    _fill()
    keep_rows(op.get_bind(), "moved_models", _KEY, removable=True)
    keep_rows_above(op.get_bind(), "moved_models", "revision", "trimmed")


def _fill() -> None:
    changes = sa.table(
        "changes",
        *(sa.column(name) for name in ("revision", "ordinal", "action")),
        sa.column("after", _DOCUMENT),
    )
    moved = sa.table("moved_models", *(sa.column(name) for name in _KEY))
    moves = sa.select(changes).where(sa.func.substr(changes.c.action, 1, len(_NOUN)) == _NOUN)
    rows = [
        {"revision": row.revision, "ordinal": row.ordinal, "model": model}
        for row in op.get_bind().execute(moves)
        for model in dict.fromkeys(_models(row.after))
    ]
    if rows:
        op.bulk_insert(moved, rows)


def _models(transition: Mapping[str, Any]) -> Iterator[str]:
    for move in transition["moves"]:
        yield cast("str", move["version"]).rpartition("/versions/")[0]
