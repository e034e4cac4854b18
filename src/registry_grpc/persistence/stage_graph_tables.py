"""The table of stage graphs."""

from sqlalchemy import BigInteger, Index, Table

from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, Moment
from registry_grpc.persistence.schema import METADATA, column, key

# Every graph that was set; the newest of a namespace holds.
stage_graphs = Table(
    "stage_graphs",
    METADATA,
    key("namespace", BYTEWISE, "namespaces.namespace"),
    key("revision", BigInteger()),
    column("time", Moment()),
    column("actor", BYTEWISE),
    column("graph", DOCUMENT),
    Index(None, "namespace", "time"),
)
