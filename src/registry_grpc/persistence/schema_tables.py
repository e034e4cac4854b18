"""The table of what the schema states of itself."""

from sqlalchemy import CheckConstraint, Integer, Table

from registry_grpc.persistence.columns import BYTEWISE
from registry_grpc.persistence.schema import METADATA, column, key

# One row, which migrations write. minimum_head: servers that know no migration from this one on
# cannot work with the schema.
schema_compatibility = Table(
    "schema_compatibility",
    METADATA,
    key("id", Integer()),
    column("minimum_head", BYTEWISE),
    CheckConstraint("id = 1", name="one_row"),
)
