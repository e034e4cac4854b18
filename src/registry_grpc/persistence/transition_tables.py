"""The tables of transitions."""

from sqlalchemy import BigInteger, Index, Table

from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, UID, Moment
from registry_grpc.persistence.schema import METADATA, column, key, optional

# due: when somebody must look at an open one again.
transitions = Table(
    "transitions",
    METADATA,
    key("uid", UID),
    column("namespace", BYTEWISE, "namespaces.namespace"),
    column("state", BYTEWISE),
    optional("due", Moment()),
    column("revision", BigInteger()),
    column("document", DOCUMENT),
    Index(None, "namespace", "uid"),
    Index(None, "due", "uid"),
)

transition_moves = Table(
    "transition_moves",
    METADATA,
    key("model_uid", UID, "models.uid"),
    key("transition_uid", UID, "transitions.uid"),
    key("number", BigInteger()),
    Index(None, "model_uid", "number", "transition_uid"),
)
