"""Each change log has an id, which distinguishes the revisions of a restored log from others."""

import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_TABLE = "revision_counter"
_ID_BYTES = 8


def upgrade() -> None:
    history = secrets.token_hex(_ID_BYTES)
    # A default for the one row there is; the server gives both values itself.
    op.add_column(_TABLE, sa.Column("history", _TEXT, nullable=False, server_default=""))
    op.add_column(
        _TABLE, sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    counter = sa.table(_TABLE, sa.column("history", _TEXT))
    op.execute(sa.update(counter).values(history=history))
