"""Registration schemas: the contents that a record must have."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from registry_grpc.persistence.guards import keep_rows

revision = "0006"
down_revision = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "registration_schemas",
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("json_schema", _TEXT, nullable=False),
        sa.Column("check_formats", sa.Boolean(), nullable=False),
        sa.Column("required", _DOCUMENT, nullable=False),
        sa.Column("updater", _TEXT, nullable=False),
        sa.Column("update_time", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("namespace", "number", name="pk_registration_schemas"),
        sa.ForeignKeyConstraint(
            ["namespace"], ["namespaces.namespace"], name="fk_registration_schemas_namespace"
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_registration_schemas_number")),
    )
    keep_rows(op.get_bind(), "registration_schemas", ("namespace", "number"))
