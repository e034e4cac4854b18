"""Deployments: instances, and the versions that they report to serve."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0024"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "deployment_instances",
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("target", _TEXT, nullable=False),
        sa.Column("instance", _TEXT, nullable=False),
        sa.Column("principal", _TEXT, nullable=False),
        sa.Column("session", _TEXT, nullable=False),
        sa.Column("ttl", sa.BigInteger(), nullable=False),
        sa.Column("expire_at", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("namespace", "target", "instance", name="pk_deployment_instances"),
    )
    op.create_index("ix_deployment_instances_session", "deployment_instances", ["session"])
    op.create_index("ix_deployment_instances_expire_at", "deployment_instances", ["expire_at"])
    op.create_table(
        "deployments",
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("target", _TEXT, nullable=False),
        sa.Column("instance", _TEXT, nullable=False),
        sa.Column("model_uid", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("follows", _TEXT, nullable=False),
        sa.Column("arm", _TEXT, nullable=False),
        sa.Column("phase", _TEXT, nullable=False),
        sa.Column("message", _TEXT, nullable=False),
        sa.Column("recorded_phase", _TEXT, nullable=False),
        sa.Column("recorded_message", _TEXT, nullable=False),
        sa.Column("reporter", _TEXT, nullable=False),
        sa.Column("create_time", sa.BigInteger(), nullable=False),
        sa.Column("update_time", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["model_uid"], ["models.uid"], name="fk_deployments_model_uid"),
        sa.PrimaryKeyConstraint("uid", name="pk_deployments"),
    )
    for columns in (
        ["namespace", "target", "instance", "uid"],
        ["model_uid", "target", "instance", "uid"],
        ["model_uid", "number", "target", "instance", "uid"],
        ["model_uid", "follows", "target", "instance", "uid"],
    ):
        op.create_index(f"ix_deployments_{'_'.join(columns)}", "deployments", columns)
