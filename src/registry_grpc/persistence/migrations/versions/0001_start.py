"""Everything there is at the start, with the namespace `default` and revision 0."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from registry_grpc.persistence.guards import create_refusal, keep_rows

revision = "0001"
down_revision = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# Written out, not imported: what this migration creates stays what it was when it was released.
_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_UID = sa.Uuid()
_MOMENT = sa.BigInteger()
_SHA256 = sa.String(64)
_LIVE = sa.text("delete_time IS NULL")
_CONDEMNED = sa.text("condemned_time IS NOT NULL")
_NOW = {
    "postgresql": "CAST(extract(epoch FROM now()) * 1000000 AS bigint)",
    "sqlite": "CAST(strftime('%s', 'now') AS INTEGER) * 1000000",
}


def upgrade() -> None:
    _create_models()
    _create_versions()
    _create_histories()
    _create_bytes()
    _create_access()
    _create_log()
    _guard()
    _fill()


def _create_models() -> None:
    op.create_table(
        "namespaces",
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("description", _TEXT, nullable=False),
        sa.Column("creator", _TEXT, nullable=False),
        sa.Column("create_time", _MOMENT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("namespace", name="pk_namespaces"),
    )
    op.create_table(
        "models",
        sa.Column("uid", _UID, nullable=False),
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("model_id", _TEXT, nullable=False),
        sa.Column("description", _TEXT, nullable=False),
        sa.Column("labels", _DOCUMENT, nullable=False),
        sa.Column("owner", _TEXT, nullable=False),
        sa.Column("next_version", sa.BigInteger(), nullable=False),
        sa.Column("creator", _TEXT, nullable=False),
        sa.Column("create_time", _MOMENT, nullable=False),
        sa.Column("update_time", _MOMENT, nullable=False),
        sa.Column("delete_time", _MOMENT, nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("uid", name="pk_models"),
        sa.ForeignKeyConstraint(
            ["namespace"], ["namespaces.namespace"], name="fk_models_namespace"
        ),
        sa.UniqueConstraint("namespace", "model_id", name="uq_models_namespace_model_id"),
    )
    op.create_index(
        "ix_models_live",
        "models",
        ["namespace", "model_id"],
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    op.create_table(
        "model_lifecycle",
        sa.Column("model_uid", _UID, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("time", _MOMENT, nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("model_uid", "revision", name="pk_model_lifecycle"),
        sa.ForeignKeyConstraint(["model_uid"], ["models.uid"], name="fk_model_lifecycle_model_uid"),
    )
    op.create_index(
        "ix_model_lifecycle_model_uid_time_revision",
        "model_lifecycle",
        ["model_uid", "time", "revision"],
    )


def _create_versions() -> None:
    op.create_table(
        "versions",
        sa.Column("uid", _UID, nullable=False),
        sa.Column("model_uid", _UID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("root_digest", _SHA256, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("file_count", sa.BigInteger(), nullable=False),
        sa.Column("creator", _TEXT, nullable=False),
        sa.Column("create_time", _MOMENT, nullable=False),
        sa.Column("description", _TEXT, nullable=False),
        sa.Column("tags", _DOCUMENT, nullable=False),
        sa.Column("metrics", _DOCUMENT, nullable=False),
        sa.Column("params", _DOCUMENT, nullable=False),
        sa.Column("detail", _DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("uid", name="pk_versions"),
        sa.CheckConstraint("number >= 1", name=op.f("ck_versions_number")),
        sa.ForeignKeyConstraint(["model_uid"], ["models.uid"], name="fk_versions_model_uid"),
        sa.UniqueConstraint("model_uid", "number", name="uq_versions_model_uid_number"),
    )
    op.create_index(
        "ix_versions_model_uid_create_time_number",
        "versions",
        ["model_uid", "create_time", "number"],
    )
    op.create_index(
        "ix_versions_model_uid_root_digest_create_time_number",
        "versions",
        ["model_uid", "root_digest", "create_time", "number"],
    )
    op.create_table(
        "version_heads",
        sa.Column("uid", _UID, nullable=False),
        sa.Column("model_uid", _UID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("labels", _DOCUMENT, nullable=False),
        sa.Column("stage", _TEXT, nullable=False),
        sa.Column("stage_revision", sa.BigInteger(), nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("update_time", _MOMENT, nullable=False),
        sa.Column("delete_time", _MOMENT, nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("uid", name="pk_version_heads"),
        sa.ForeignKeyConstraint(["model_uid"], ["models.uid"], name="fk_version_heads_model_uid"),
        sa.ForeignKeyConstraint(["uid"], ["versions.uid"], name="fk_version_heads_uid"),
        sa.UniqueConstraint("model_uid", "number", name="uq_version_heads_model_uid_number"),
    )
    op.create_index(
        "ix_version_heads_live",
        "version_heads",
        ["model_uid", "number"],
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    op.create_index(
        "ix_version_heads_model_uid_stage_stage_revision_number",
        "version_heads",
        ["model_uid", "stage", "stage_revision", "number"],
    )
    op.create_table(
        "version_files",
        sa.Column("version_uid", _UID, nullable=False),
        sa.Column("path", _TEXT, nullable=False),
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("sha256", _SHA256, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("version_uid", "path", name="pk_version_files"),
        sa.ForeignKeyConstraint(
            ["version_uid"], ["versions.uid"], name="fk_version_files_version_uid"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_version_files_namespace_sha256", "version_files", ["namespace", "sha256"])


def _create_histories() -> None:
    op.create_table(
        "aliases",
        sa.Column("model_uid", _UID, nullable=False),
        sa.Column("alias", _TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("time", _MOMENT, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("model_uid", "alias", name="pk_aliases"),
        sa.ForeignKeyConstraint(["model_uid"], ["models.uid"], name="fk_aliases_model_uid"),
    )
    op.create_index("ix_aliases_model_uid_number", "aliases", ["model_uid", "number"])
    op.create_table(
        "alias_entries",
        sa.Column("model_uid", _UID, nullable=False),
        sa.Column("alias", _TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("previous", sa.BigInteger(), nullable=True),
        sa.Column("time", _MOMENT, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("model_uid", "alias", "revision", name="pk_alias_entries"),
        sa.ForeignKeyConstraint(["model_uid"], ["models.uid"], name="fk_alias_entries_model_uid"),
    )
    op.create_index(
        "ix_alias_entries_model_uid_alias_time_revision",
        "alias_entries",
        ["model_uid", "alias", "time", "revision"],
    )
    op.create_table(
        "stage_entries",
        sa.Column("model_uid", _UID, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("stage", _TEXT, nullable=False),
        sa.Column("previous", _TEXT, nullable=False),
        sa.Column("time", _MOMENT, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("model_uid", "revision", "number", name="pk_stage_entries"),
        sa.ForeignKeyConstraint(["model_uid"], ["models.uid"], name="fk_stage_entries_model_uid"),
    )
    op.create_index(
        "ix_stage_entries_model_uid_number_time", "stage_entries", ["model_uid", "number", "time"]
    )
    op.create_index(
        "ix_stage_entries_model_uid_stage_time", "stage_entries", ["model_uid", "stage", "time"]
    )


def _create_bytes() -> None:
    op.create_table(
        "blobs",
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("digest", _SHA256, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("crc32c", sa.BigInteger(), nullable=False),
        sa.Column("blocks", sa.LargeBinary(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("create_time", _MOMENT, nullable=False),
        sa.Column("lease_until", _MOMENT, nullable=False),
        sa.Column("in_doubt", sa.Boolean(), nullable=False),
        sa.Column("condemned_time", _MOMENT, nullable=True),
        sa.Column("deleting", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("namespace", "digest", name="pk_blobs"),
        sa.ForeignKeyConstraint(["namespace"], ["namespaces.namespace"], name="fk_blobs_namespace"),
        sa.CheckConstraint(
            "condemned_time IS NOT NULL OR NOT deleting", name=op.f("ck_blobs_condemned_first")
        ),
        sa.CheckConstraint(
            "condemned_time IS NULL OR NOT in_doubt", name=op.f("ck_blobs_condemned_without_doubt")
        ),
    )
    op.create_index("ix_blobs_namespace_size", "blobs", ["namespace", "size"])
    op.create_index(
        "ix_blobs_in_doubt",
        "blobs",
        ["lease_until"],
        sqlite_where=sa.text("in_doubt = 1"),
        postgresql_where=sa.text("in_doubt"),
    )
    op.create_index(
        "ix_blobs_condemned",
        "blobs",
        ["deleting", "condemned_time"],
        sqlite_where=_CONDEMNED,
        postgresql_where=_CONDEMNED,
    )
    op.create_table(
        "uploads",
        sa.Column("uid", _UID, nullable=False),
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("digest", _SHA256, nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("creator", _TEXT, nullable=False),
        sa.Column("create_time", _MOMENT, nullable=False),
        sa.Column("expire_time", _MOMENT, nullable=False),
        sa.Column("committed", sa.BigInteger(), nullable=False),
        sa.Column("session", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("already_existed", sa.Boolean(), nullable=False),
        sa.Column("checkpoint", sa.LargeBinary(), nullable=False),
        sa.Column("store_state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("uid", name="pk_uploads"),
        sa.ForeignKeyConstraint(
            ["namespace"], ["namespaces.namespace"], name="fk_uploads_namespace"
        ),
    )
    op.create_index("ix_uploads_state_expire_time", "uploads", ["state", "expire_time"])
    op.create_index("ix_uploads_namespace_state_size", "uploads", ["namespace", "state", "size"])


def _create_access() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("principal", _TEXT, nullable=False),
        sa.Column("role", _TEXT, nullable=False),
        sa.Column("create_time", _MOMENT, nullable=False),
        sa.Column("expire_time", _MOMENT, nullable=True),
        sa.Column("revoke_time", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("secret_hash", name="uq_tokens_secret_hash"),
    )
    op.create_table(
        "request_replays",
        sa.Column("principal", _TEXT, nullable=False),
        sa.Column("request_id", _TEXT, nullable=False),
        sa.Column("fingerprint", _TEXT, nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=False),
        sa.Column("expire_time", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("principal", "request_id", name="pk_request_replays"),
    )
    op.create_index("ix_request_replays_expire_time", "request_replays", ["expire_time"])


def _create_log() -> None:
    op.create_table(
        "changes",
        sa.Column("revision", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("ordinal", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("action", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("time", _MOMENT, nullable=False),
        sa.Column("before", _DOCUMENT, nullable=True),
        sa.Column("after", _DOCUMENT, nullable=True),
        sa.PrimaryKeyConstraint("revision", "ordinal", name="pk_changes"),
    )
    op.create_index("ix_changes_time", "changes", ["time"])
    op.create_table(
        "revision_counter",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("last_time", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revision_counter"),
        sa.CheckConstraint("id = 1", name=op.f("ck_revision_counter_one_row")),
    )


def _guard() -> None:
    connection = op.get_bind()
    create_refusal(connection)
    keep_rows(connection, "versions", ["uid"], ["model_uid", "number"])
    keep_rows(connection, "version_files", ["version_uid", "path"])
    keep_rows(connection, "model_lifecycle", ["model_uid", "revision"])
    keep_rows(connection, "alias_entries", ["model_uid", "alias", "revision"])
    keep_rows(connection, "stage_entries", ["model_uid", "revision", "number"])
    keep_rows(connection, "changes", ["revision", "ordinal"], removable=True)


def _fill() -> None:
    columns = ("namespace", "description", "creator", "create_time", "revision")
    namespaces = sa.table("namespaces", *(sa.column(name) for name in columns))
    op.execute(
        namespaces.insert().values(
            namespace="default",
            description="",
            creator="system",
            create_time=sa.text(_NOW[op.get_bind().dialect.name]),
            revision=0,
        )
    )
    op.execute("INSERT INTO revision_counter (id, revision, last_time) VALUES (1, 0, 0)")
