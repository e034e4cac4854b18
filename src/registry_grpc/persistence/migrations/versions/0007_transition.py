"""Stage graphs, transitions and approvals."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from registry_grpc.persistence.guards import keep_rows

revision = "0007"
down_revision = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_UID = sa.Uuid()
_MOMENT = sa.BigInteger()


def upgrade() -> None:
    _create_stage_graphs()
    _create_transitions()


def _create_transitions() -> None:
    op.create_table(
        "transitions",
        sa.Column("uid", _UID, nullable=False),
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("document", _DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("uid", name="pk_transitions"),
        sa.ForeignKeyConstraint(
            ["namespace"], ["namespaces.namespace"], name="fk_transitions_namespace"
        ),
    )
    op.create_index("ix_transitions_namespace_uid", "transitions", ["namespace", "uid"])
    op.create_index("ix_transitions_due_uid", "transitions", ["due", "uid"])
    op.create_table(
        "transition_moves",
        sa.Column("model_uid", _UID, nullable=False),
        sa.Column("transition_uid", _UID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint(
            "model_uid", "transition_uid", "number", name="pk_transition_moves"
        ),
        sa.ForeignKeyConstraint(
            ["model_uid"], ["models.uid"], name="fk_transition_moves_model_uid"
        ),
        sa.ForeignKeyConstraint(
            ["transition_uid"], ["transitions.uid"], name="fk_transition_moves_transition_uid"
        ),
    )


def _create_stage_graphs() -> None:
    op.create_table(
        "stage_graphs",
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("time", _MOMENT, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("graph", _DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("namespace", "revision", name="pk_stage_graphs"),
        sa.ForeignKeyConstraint(
            ["namespace"], ["namespaces.namespace"], name="fk_stage_graphs_namespace"
        ),
    )
    op.create_index("ix_stage_graphs_namespace_time", "stage_graphs", ["namespace", "time"])
    keep_rows(op.get_bind(), "stage_graphs", ("namespace", "revision"))
