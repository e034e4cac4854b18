"""The table of refused calls: the part of the audit trail that changed nothing."""

from sqlalchemy import BigInteger, Index, Table

from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, Moment
from registry_grpc.persistence.schema import METADATA, column, key

# namespace and model: of the name, '' where it has none.
refusals = Table(
    "refusals",
    METADATA,
    key("number", BigInteger()),
    column("revision", BigInteger()),
    column("namespace", BYTEWISE),
    column("action", BYTEWISE),
    column("model", BYTEWISE),
    column("name", BYTEWISE),
    column("actor", BYTEWISE),
    column("method", BYTEWISE),
    column("reason", BYTEWISE),
    column("message", BYTEWISE),
    column("causes", DOCUMENT),
    column("request_id", BYTEWISE),
    column("omitted", BigInteger()),
    column("time", Moment()),
    Index(None, "revision", "number"),
    Index(None, "time", "number"),
    Index(None, "namespace", "number"),
    Index(None, "model", "number"),
    Index(None, "actor", "action", "number"),
    Index(None, "action", "number"),
)
