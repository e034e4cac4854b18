"""The tables of tokens and of requests that were answered."""

from sqlalchemy import Index, LargeBinary, Table, UniqueConstraint

from registry_grpc.persistence.columns import BYTEWISE, Moment
from registry_grpc.persistence.schema import METADATA, column, key, optional

tokens = Table(
    "tokens",
    METADATA,
    key("id", BYTEWISE),
    column("secret_hash", LargeBinary()),
    column("principal", BYTEWISE),
    column("role", BYTEWISE),
    column("create_time", Moment()),
    optional("expire_time", Moment()),
    optional("revoke_time", Moment()),
    optional("use_time", Moment()),
    UniqueConstraint("secret_hash"),
)

request_replays = Table(
    "request_replays",
    METADATA,
    key("principal", BYTEWISE),
    key("request_id", BYTEWISE),
    column("fingerprint", BYTEWISE),
    column("reply", LargeBinary()),
    column("expire_time", Moment()),
    Index(None, "expire_time"),
)
