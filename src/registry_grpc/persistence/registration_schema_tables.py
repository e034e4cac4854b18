"""The table of registration schemas."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Table

from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, Moment
from registry_grpc.persistence.schema import METADATA, column, key

# The text is not a document: what people wrote comes back as they wrote it.
registration_schemas = Table(
    "registration_schemas",
    METADATA,
    key("namespace", BYTEWISE, "namespaces.namespace"),
    key("number", BigInteger()),
    column("json_schema", BYTEWISE),
    column("check_formats", Boolean()),
    column("required", DOCUMENT),
    column("updater", BYTEWISE),
    column("update_time", Moment()),
    column("revision", BigInteger()),
    CheckConstraint("number >= 1", name="number"),
)
