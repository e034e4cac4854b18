"""The tables of lineage. All of them keep their rows."""

from sqlalchemy import BigInteger, Index, Table

from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, UID, Moment, Sha256
from registry_grpc.persistence.schema import METADATA, column, key, optional

# place: a URI, a repository, the id of a run, a principal; pin: what fixes it, such as a digest.
# Versions are nodes too, and have no row here.
lineage_nodes = Table(
    "lineage_nodes",
    METADATA,
    key("uid", UID),
    column("namespace", BYTEWISE, "namespaces.namespace"),
    column("kind", BYTEWISE),
    column("place", BYTEWISE),
    column("place_sha256", Sha256()),
    column("pin", BYTEWISE),
    Index("ix_lineage_nodes_place", "namespace", "kind", "place_sha256", "uid"),
    Index("ix_lineage_nodes_pin", "namespace", "kind", "pin", "uid"),
)

# By which end came first, whatever the role says of which. The key is read on the way up, the index
# on the way down.
lineage_edges = Table(
    "lineage_edges",
    METADATA,
    key("later_uid", UID),
    key("role", BYTEWISE),
    key("earlier_uid", UID),
    column("time", Moment()),
    column("recorder", BYTEWISE),
    column("revision", BigInteger()),
    Index(None, "earlier_uid", "role", "later_uid"),
    sqlite_with_rowid=False,
)

# Which version used which data set, itself or in the run that produced it: made of the edges, so
# that one index answers. A URI can be too long for an index; its SHA-256 cannot.
dataset_uses = Table(
    "dataset_uses",
    METADATA,
    key("version_uid", UID, "versions.uid"),
    key("dataset_uid", UID),
    key("role", BYTEWISE),
    column("namespace", BYTEWISE),
    column("uri_sha256", Sha256()),
    column("digest", BYTEWISE),
    Index("ix_dataset_uses_digest", "namespace", "digest", "version_uid", "dataset_uid", "role"),
    Index("ix_dataset_uses_uri", "namespace", "uri_sha256", "version_uid", "dataset_uid", "role"),
    sqlite_with_rowid=False,
)

# run_uid and what follows are those of an OpenLineage event; event is its text, '' without one.
lineage_records = Table(
    "lineage_records",
    METADATA,
    key("uid", UID),
    column("namespace", BYTEWISE, "namespaces.namespace"),
    column("record", DOCUMENT),
    optional("run_uid", UID),
    column("event_type", BYTEWISE),
    optional("event_time", Moment()),
    column("job_namespace", BYTEWISE),
    column("job_name", BYTEWISE),
    column("event", BYTEWISE),
    Index(None, "run_uid", "event_type", "event_time"),
    Index(None, "run_uid", "event_time", "uid"),
)
