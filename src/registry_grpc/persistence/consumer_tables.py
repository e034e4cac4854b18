"""The table of durable consumers."""

from sqlalchemy import BigInteger, Table

from registry_grpc.persistence.columns import BYTEWISE
from registry_grpc.persistence.schema import METADATA, column, key

# history, revision: the cursor. lease_until: microseconds since the epoch of Unix by the clock of
# the database; a column of its own type, because no clock of a server may be compared with it.
consumers = Table(
    "consumers",
    METADATA,
    key("name", BYTEWISE),
    column("history", BYTEWISE),
    column("revision", BigInteger()),
    column("holder", BYTEWISE),
    column("epoch", BigInteger()),
    column("lease_until", BigInteger()),
)
