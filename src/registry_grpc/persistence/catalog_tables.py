"""The tables of models, versions, aliases and stages."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Double,
    Index,
    Table,
    UniqueConstraint,
    func,
    literal_column,
)

from registry_grpc.persistence.columns import (
    BYTEWISE,
    DOCUMENT,
    UID,
    Moment,
    Sha256,
)
from registry_grpc.persistence.schema import METADATA, column, key, optional

namespaces = Table(
    "namespaces",
    METADATA,
    key("namespace", BYTEWISE),
    column("description", BYTEWISE),
    column("creator", BYTEWISE),
    column("create_time", Moment()),
    column("revision", BigInteger()),
    optional("quota", BigInteger()),
    optional("reuse_purged_names", Boolean()),
)

# ended_id: the id of a purged model whose name another model got since; model_id is then a text
# that can be no id, so that it stays unique. activity_time: when it or a version of it last
# changed; a trigger gives it to rows of servers that do not store it.
# name_key: of the model id. A trigger gives it to rows of servers that do not know it.
models = Table(
    "models",
    METADATA,
    key("uid", UID),
    column("namespace", BYTEWISE, "namespaces.namespace"),
    column("model_id", BYTEWISE),
    column("description", BYTEWISE),
    column("labels", DOCUMENT),
    column("owner", BYTEWISE),
    column("next_version", BigInteger()),
    column("creator", BYTEWISE),
    column("create_time", Moment()),
    column("update_time", Moment()),
    optional("delete_time", Moment()),
    column("revision", BigInteger()),
    optional("purge_time", Moment()),
    optional("name_key", BYTEWISE),
    optional("annotation_bytes", BigInteger()),
    optional("annotation_digest", Sha256()),
    optional("activity_time", Moment()),
    optional("ended_id", BYTEWISE),
    UniqueConstraint("namespace", "model_id"),
    Index(None, "namespace", "create_time", "model_id"),
    Index(None, "namespace", "update_time", "model_id"),
    Index(None, "namespace", "activity_time", "model_id"),
    Index("uq_models_namespace_name_key", "namespace", "name_key", unique=True),
)
_live_models = models.c.delete_time.is_(None)
Index(
    "ix_models_live",
    models.c.namespace,
    models.c.model_id,
    sqlite_where=_live_models,
    postgresql_where=_live_models,
)

MODEL_ID = func.coalesce(models.c.ended_id, models.c.model_id, type_=BYTEWISE)
"""The id that a model has, or had last."""

# The names of models that were renamed, or whose name another model got: each name with the time
# from which the model had it. revision: 0 for the first name. Another model has none but that in
# `models`, since its creation. name_key: the folded id, by which names are equal.
model_names = Table(
    "model_names",
    METADATA,
    key("model_uid", UID, "models.uid"),
    key("revision", BigInteger()),
    column("namespace", BYTEWISE),
    column("model_id", BYTEWISE),
    column("name_key", BYTEWISE),
    column("time", Moment()),
    Index(None, "namespace", "name_key", "time", "revision"),
)

model_lifecycle = Table(
    "model_lifecycle",
    METADATA,
    key("model_uid", UID, "models.uid"),
    key("revision", BigInteger()),
    column("time", Moment()),
    column("deleted", Boolean()),
    Index(None, "model_uid", "time", "revision"),
)

# detail_bytes: about how much params and detail are when encoded, at most. detail_digest: of both.
# source_uri, run_id: those of the detail, for filters. All are absent of versions that were
# registered before they were recorded.
versions = Table(
    "versions",
    METADATA,
    key("uid", UID),
    column("model_uid", UID, "models.uid"),
    column("number", BigInteger()),
    column("root_digest", Sha256()),
    column("size", BigInteger()),
    column("file_count", BigInteger()),
    column("creator", BYTEWISE),
    column("create_time", Moment()),
    column("description", BYTEWISE),
    column("tags", DOCUMENT),
    column("metrics", DOCUMENT),
    column("params", DOCUMENT),
    column("detail", DOCUMENT),
    optional("detail_bytes", BigInteger()),
    optional("detail_digest", Sha256()),
    optional("source_uri", BYTEWISE),
    optional("run_id", BYTEWISE),
    UniqueConstraint("model_uid", "number"),
    Index(None, "model_uid", "create_time", "number"),
    Index(None, "model_uid", "root_digest", "create_time", "number"),
    Index(None, "run_id", "model_uid"),
    Index(None, "source_uri", "model_uid"),
    CheckConstraint("number >= 1", name="number"),
)

# The metrics of versions, by value: a trigger writes them, also for servers of earlier releases.
version_metrics = Table(
    "version_metrics",
    METADATA,
    key("model_uid", UID, "models.uid"),
    key("key", BYTEWISE),
    key("value", Double()),
    key("number", BigInteger()),
    sqlite_with_rowid=False,
)

# The labels and tags of versions, by value. field: `labels` or `tags`. Triggers write them too.
version_entries = Table(
    "version_entries",
    METADATA,
    key("field", BYTEWISE),
    key("key", BYTEWISE),
    key("value", BYTEWISE),
    key("model_uid", UID),
    key("number", BigInteger()),
    sqlite_with_rowid=False,
)

# model_uid and number repeat those of versions, so that heads have indexes of their own.
# stage_revision: when the version entered its stage. description: absent while it is that of
# versions. annotation_bytes, annotation_digest: absent without annotations. ensemble, blocked: the
# summary of an ensemble, and whether a member blocks it; absent of other versions.
version_heads = Table(
    "version_heads",
    METADATA,
    key("uid", UID, "versions.uid"),
    column("model_uid", UID, "models.uid"),
    column("number", BigInteger()),
    column("labels", DOCUMENT),
    column("stage", BYTEWISE),
    column("stage_revision", BigInteger()),
    column("state", BYTEWISE),
    column("update_time", Moment()),
    optional("delete_time", Moment()),
    column("revision", BigInteger()),
    optional("purge_time", Moment()),
    optional("description", BYTEWISE),
    optional("annotation_bytes", BigInteger()),
    optional("annotation_digest", Sha256()),
    optional("ensemble", DOCUMENT),
    optional("blocked", Boolean()),
    UniqueConstraint("model_uid", "number"),
    Index(None, "model_uid", "stage", "stage_revision", "number"),
    Index(None, "model_uid", "update_time", "number"),
)
_live_versions = version_heads.c.delete_time.is_(None)
Index(
    "ix_version_heads_live",
    version_heads.c.model_uid,
    version_heads.c.number,
    sqlite_where=_live_versions,
    postgresql_where=_live_versions,
)

FOLLOWED = version_heads.c.state.in_([literal_column("'active'"), literal_column("'deprecated'")])
"""Whether names that move may name a version. Written out, so that it is seen to fit the index."""
Index(
    "ix_version_heads_followed",
    version_heads.c.model_uid,
    version_heads.c.number,
    sqlite_where=FOLLOWED,
    postgresql_where=FOLLOWED,
)
Index(
    "ix_version_heads_newest_in_stage",
    version_heads.c.model_uid,
    version_heads.c.stage,
    version_heads.c.number,
    sqlite_where=FOLLOWED,
    postgresql_where=FOLLOWED,
)

DESCRIPTION = func.coalesce(version_heads.c.description, versions.c.description)
"""The description of a version."""

# Deletions from before this table stand in version_heads only.
version_states = Table(
    "version_states",
    METADATA,
    key("model_uid", UID, "models.uid"),
    key("revision", BigInteger()),
    key("number", BigInteger()),
    column("state", BYTEWISE),
    column("time", Moment()),
    Index(None, "model_uid", "number", "time", "revision"),
)

# The second index finds the versions that reference a blob, before it is collected.
version_files = Table(
    "version_files",
    METADATA,
    key("version_uid", UID, "versions.uid"),
    key("path", BYTEWISE),
    column("namespace", BYTEWISE),
    column("sha256", Sha256()),
    column("size", BigInteger()),
    column("media_type", BYTEWISE),
    Index(None, "namespace", "sha256"),
    sqlite_with_rowid=False,
)

aliases = Table(
    "aliases",
    METADATA,
    key("model_uid", UID, "models.uid"),
    key("alias", BYTEWISE),
    column("number", BigInteger()),
    column("time", Moment()),
    column("actor", BYTEWISE),
    column("revision", BigInteger()),
    Index(None, "model_uid", "number"),
)

alias_entries = Table(
    "alias_entries",
    METADATA,
    key("model_uid", UID, "models.uid"),
    key("alias", BYTEWISE),
    key("revision", BigInteger()),
    optional("number", BigInteger()),
    optional("previous", BigInteger()),
    column("time", Moment()),
    column("actor", BYTEWISE),
    column("reason", BYTEWISE),
    Index(None, "model_uid", "alias", "time", "revision"),
    Index(None, "model_uid", "number", "time"),
)

stage_entries = Table(
    "stage_entries",
    METADATA,
    key("model_uid", UID, "models.uid"),
    key("revision", BigInteger()),
    key("number", BigInteger()),
    column("stage", BYTEWISE),
    column("previous", BYTEWISE),
    column("time", Moment()),
    column("actor", BYTEWISE),
    column("reason", BYTEWISE),
    Index(None, "model_uid", "stage", "time"),
    Index(None, "model_uid", "number", "time"),
)
