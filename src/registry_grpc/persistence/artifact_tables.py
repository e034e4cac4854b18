"""The tables of bytes: which there are, which are coming."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Index, LargeBinary, Table

from registry_grpc.persistence.columns import BYTEWISE, UID, Checksums, Moment, Sha256
from registry_grpc.persistence.schema import METADATA, column, key, optional

# A blob is in one of four states: in doubt (it may be that no live version names it), named by a
# live version when that was last looked at (none of the three below), condemned, being deleted.
blobs = Table(
    "blobs",
    METADATA,
    key("namespace", BYTEWISE, "namespaces.namespace"),
    key("digest", Sha256()),
    column("size", BigInteger()),
    column("crc32c", BigInteger()),
    column("blocks", Checksums()),
    column("generation", BigInteger()),
    column("create_time", Moment()),
    column("lease_until", Moment()),
    column("in_doubt", Boolean()),
    optional("condemned_time", Moment()),
    column("deleting", Boolean()),
    Index(None, "namespace", "size"),
    CheckConstraint("condemned_time IS NOT NULL OR NOT deleting", name="condemned_first"),
    CheckConstraint("condemned_time IS NULL OR NOT in_doubt", name="condemned_without_doubt"),
)
_condemned = blobs.c.condemned_time.is_not(None)
Index(
    "ix_blobs_in_doubt",
    blobs.c.lease_until,
    sqlite_where=blobs.c.in_doubt,
    postgresql_where=blobs.c.in_doubt,
)
# Whether it is being deleted comes first: those wait for nothing any more.
Index(
    "ix_blobs_condemned",
    blobs.c.deleting,
    blobs.c.condemned_time,
    sqlite_where=_condemned,
    postgresql_where=_condemned,
)

# How many blobs of a namespace were ever marked as being deleted; no row for none.
blob_marks = Table(
    "blob_marks",
    METADATA,
    key("namespace", BYTEWISE, "namespaces.namespace"),
    column("total", BigInteger()),
)

uploads = Table(
    "uploads",
    METADATA,
    key("uid", UID),
    column("namespace", BYTEWISE, "namespaces.namespace"),
    optional("digest", Sha256()),
    column("size", BigInteger()),
    column("state", BYTEWISE),
    column("creator", BYTEWISE),
    column("create_time", Moment()),
    column("expire_time", Moment()),
    column("committed", BigInteger()),
    column("session", BigInteger()),
    column("epoch", BigInteger()),
    column("already_existed", Boolean()),
    column("checkpoint", LargeBinary()),
    column("store_state", LargeBinary()),
    Index(None, "state", "expire_time"),
    Index(None, "namespace", "state", "size"),
    Index(None, "namespace", "uid"),
)
