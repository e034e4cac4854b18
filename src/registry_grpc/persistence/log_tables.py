"""The tables of the change log."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
)

from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, Moment
from registry_grpc.persistence.schema import METADATA, column, key, optional

# before, after: the resource without its largest parts. entry: the entry as canonical bytes, with
# the digests of the whole records; absent of changes that earlier releases recorded.
changes = Table(
    "changes",
    METADATA,
    key("revision", BigInteger()),
    key("ordinal", Integer()),
    column("namespace", BYTEWISE),
    column("action", BYTEWISE),
    column("model", BYTEWISE),
    column("name", BYTEWISE),
    column("actor", BYTEWISE),
    column("reason", BYTEWISE),
    column("time", Moment()),
    optional("before", DOCUMENT),
    optional("after", DOCUMENT),
    optional("entry", LargeBinary()),
    Index(None, "time"),
    Index(None, "namespace", "revision", "ordinal", "name"),
    Index(None, "name", "time", "ordinal"),
    Index(None, "model", "revision", "ordinal"),
    Index(None, "actor", "action", "revision", "ordinal"),
    Index(None, "action", "revision", "ordinal"),
)

# The models whose versions a change moves, where its own name belongs to none of them.
moved_models = Table(
    "moved_models",
    METADATA,
    key("revision", BigInteger()),
    key("ordinal", Integer()),
    key("model", BYTEWISE),
    Index(None, "model", "revision", "ordinal"),
)

# One row. Its lock allows one transaction at a time to change facts, or to record denied requests.
# compacted: changes up to this revision are kept as audit trail, no longer for watching. trimmed:
# those up to this one are not kept at all. refused: how many denied requests were recorded.
# refused_trimmed: those up to this number are not kept. history: the id of this log, another one
# since each restore. held: whether garbage may not be collected, since a restore.
revision_counter = Table(
    "revision_counter",
    METADATA,
    key("id", Integer()),
    column("revision", BigInteger()),
    column("last_time", Moment()),
    column("compacted", BigInteger()),
    column("trimmed", BigInteger()),
    column("refused", BigInteger()),
    column("refused_trimmed", BigInteger()),
    column("history", BYTEWISE),
    column("held", Boolean()),
    CheckConstraint("id = 1", name="one_row"),
)

# One row, which the role that migrates writes: a floor never rises above younger entries.
# audit_days: the retention of the trail in days, 0 for unlimited.
retention = Table(
    "retention",
    METADATA,
    key("id", Integer()),
    column("audit_days", Integer()),
    CheckConstraint("id = 1", name="one_row"),
    CheckConstraint("audit_days >= 0", name="days"),
)
