"""Moments at which a clock was believed, and settlements of operators."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "clock_marks",
        sa.Column("boot", _TEXT, nullable=False, autoincrement=False),
        sa.Column("passed", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("boot", name="pk_clock_marks"),
    )
    op.create_table(
        "clock_settlements",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_clock_settlements"),
    )
