"""Evidence and rules: evaluations, attestations and policies."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from registry_grpc.persistence.guards import keep_rows

revision = "0005"
down_revision = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_UID = sa.Uuid()
_MOMENT = sa.BigInteger()
_SHA256 = sa.String(64)


def upgrade() -> None:
    _create_evaluations()
    _create_attestations()
    _create_policies()
    connection = op.get_bind()
    keep_rows(connection, "evaluations", ["uid"])
    keep_rows(connection, "attestations", ["uid"])
    keep_rows(connection, "policy_revisions", ["namespace", "policy_id", "number"])


def _create_evaluations() -> None:
    op.create_table(
        "evaluations",
        sa.Column("uid", _UID, nullable=False),
        sa.Column("version_uid", _UID, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("time", _MOMENT, nullable=False),
        sa.Column("creator", _TEXT, nullable=False),
        sa.Column("digest", _SHA256, nullable=False),
        sa.Column("dataset_uri", _TEXT, nullable=False),
        sa.Column("dataset_digest", _TEXT, nullable=False),
        sa.Column("evaluator", _TEXT, nullable=False),
        sa.Column("evaluator_digest", _TEXT, nullable=False),
        sa.Column("description", _TEXT, nullable=False),
        sa.Column("metrics", _DOCUMENT, nullable=False),
        sa.Column("dimensions", _DOCUMENT, nullable=False),
        sa.Column("slice_count", sa.BigInteger(), nullable=False),
        sa.Column("slices", _DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("uid", name="pk_evaluations"),
        sa.ForeignKeyConstraint(
            ["version_uid"], ["versions.uid"], name="fk_evaluations_version_uid"
        ),
    )
    op.create_index(
        "ix_evaluations_version_uid_revision", "evaluations", ["version_uid", "revision"]
    )


def _create_attestations() -> None:
    op.create_table(
        "attestations",
        sa.Column("uid", _UID, nullable=False),
        sa.Column("version_uid", _UID, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("time", _MOMENT, nullable=False),
        sa.Column("creator", _TEXT, nullable=False),
        sa.Column("predicate_type", _TEXT, nullable=False),
        sa.Column("payload_digest", _SHA256, nullable=False),
        sa.Column("signer", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("uid", name="pk_attestations"),
        sa.ForeignKeyConstraint(
            ["version_uid"], ["versions.uid"], name="fk_attestations_version_uid"
        ),
    )
    op.create_index(
        "ix_attestations_version_uid_revision", "attestations", ["version_uid", "revision"]
    )


def _create_policies() -> None:
    op.create_table(
        "policies",
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("policy_id", _TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("to_stage", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("namespace", "policy_id", name="pk_policies"),
        sa.ForeignKeyConstraint(
            ["namespace"], ["namespaces.namespace"], name="fk_policies_namespace"
        ),
    )
    op.create_index(
        "ix_policies_namespace_to_stage_policy_id",
        "policies",
        ["namespace", "to_stage", "policy_id"],
    )
    op.create_table(
        "policy_revisions",
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("policy_id", _TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("time", _MOMENT, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("digest", _SHA256, nullable=False),
        sa.Column("document", _DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("namespace", "policy_id", "number", name="pk_policy_revisions"),
        sa.ForeignKeyConstraint(
            ["namespace"], ["namespaces.namespace"], name="fk_policy_revisions_namespace"
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_policy_revisions_number")),
    )
