"""Model ids have keys, so that two ids that differ only in case cannot exist beside each other."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from registry_grpc.persistence.guards import fill_name_keys

revision = "0021"
down_revision = "0020"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
# Older servers work on: a trigger writes the key of their models, and reports an equal one by the
# constraint that they know.
minimum_head = ""

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("models", sa.Column("name_key", _TEXT, nullable=True))
    models = sa.table("models", sa.column("name_key", _TEXT), sa.column("model_id", _TEXT))
    # Ids of older servers are ASCII without capitals: each is its own key.
    op.execute(sa.update(models).values(name_key=models.c.model_id))
    keys = ["namespace", "name_key"]
    op.create_index("uq_models_namespace_name_key", "models", keys, unique=True)
    fill_name_keys(op.get_bind())
