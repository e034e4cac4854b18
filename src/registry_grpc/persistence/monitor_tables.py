"""The tables of signals, monitors and their states."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Index, Table

from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, UID, Moment, Sha256
from registry_grpc.persistence.schema import METADATA, column, key, optional

# identity: of what repeats have in common. Immutable.
signals = Table(
    "signals",
    METADATA,
    key("uid", UID),
    column("version_uid", UID, "versions.uid"),
    column("identity", Sha256()),
    column("kind", BYTEWISE),
    column("subject", BYTEWISE),
    column("method", BYTEWISE),
    column("window_end", Moment()),
    column("time", Moment()),
    column("creator", BYTEWISE),
    column("document", DOCUMENT),
    Index(None, "version_uid", "identity", unique=True),
    Index(None, "version_uid", "window_end", "uid"),
)

# Those in force. What they say stands in the revision.
monitors = Table(
    "monitors",
    METADATA,
    key("namespace", BYTEWISE, "namespaces.namespace"),
    key("monitor_id", BYTEWISE),
    column("number", BigInteger()),
)

monitor_revisions = Table(
    "monitor_revisions",
    METADATA,
    key("namespace", BYTEWISE, "namespaces.namespace"),
    key("monitor_id", BYTEWISE),
    key("number", BigInteger()),
    column("revision", BigInteger()),
    column("time", Moment()),
    column("actor", BYTEWISE),
    column("deleted", Boolean()),
    column("digest", Sha256()),
    column("document", DOCUMENT),
    CheckConstraint("number >= 1", name="number"),
)

# due: when to look whether it has no data, or its monitor covers the version no more.
monitor_states = Table(
    "monitor_states",
    METADATA,
    key("uid", UID),
    column("namespace", BYTEWISE, "namespaces.namespace"),
    column("monitor_id", BYTEWISE),
    column("version_uid", UID, "versions.uid"),
    column("phase", BYTEWISE),
    column("severity", BigInteger()),
    column("fires", Boolean()),
    column("judge_time", Moment()),
    optional("due", Moment()),
    column("document", DOCUMENT),
    Index(None, "namespace", "monitor_id", "uid"),
    Index(None, "version_uid", "fires"),
    Index(None, "due"),
)

# The phases that each state entered. Append-only.
monitor_state_entries = Table(
    "monitor_state_entries",
    METADATA,
    key("uid", UID),
    key("revision", BigInteger()),
    key("ordinal", BigInteger()),
    column("version_uid", UID, "versions.uid"),
    column("document", DOCUMENT),
    Index(None, "version_uid"),
)
