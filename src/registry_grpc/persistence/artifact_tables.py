"""The tables of bytes: which there are, which are coming."""

from sqlalchemy import BigInteger, Boolean, Table

from registry_grpc.persistence.columns import BYTEWISE, UID, Moment, Sha256
from registry_grpc.persistence.schema import METADATA, column, key

blobs = Table(
    "blobs",
    METADATA,
    key("namespace", BYTEWISE, "namespaces.namespace"),
    key("digest", Sha256()),
    column("size", BigInteger()),
    column("crc32c", BigInteger()),
    column("generation", BigInteger()),
    column("create_time", Moment()),
    column("lease_until", Moment()),
)

uploads = Table(
    "uploads",
    METADATA,
    key("uid", UID),
    column("namespace", BYTEWISE, "namespaces.namespace"),
    column("digest", Sha256()),
    column("size", BigInteger()),
    column("state", BYTEWISE),
    column("creator", BYTEWISE),
    column("create_time", Moment()),
    column("expire_time", Moment()),
    column("committed", BigInteger()),
    column("session", BigInteger()),
    column("epoch", BigInteger()),
    column("already_existed", Boolean()),
)
