"""Opening what a server or a command works on: the facts and the bytes."""

from registry_grpc.app.sources import clock, secret, uuid7
from registry_grpc.config import Settings
from registry_grpc.domain.limits import GIB, TransferLimits
from registry_grpc.persistence.database import SqlDatabase, open_database
from registry_grpc.persistence.migrate import is_current, migrate
from registry_grpc.services.access import Tokens
from registry_grpc.services.garbage import Garbage
from registry_grpc.services.ports.blobstore import BlobStore
from registry_grpc.services.staging_area import StagingArea
from registry_grpc.services.verification import Verification
from registry_grpc.storage.open import open_blob_store
from registry_grpc.storage.sha256 import Sha256, libcrypto

_CONNECTIONS = 64


class NotMigratedError(Exception):
    """The database is not at the schema this release needs."""


def open_facts(settings: Settings) -> SqlDatabase:
    """Open the database, creating the embedded one; raises NotMigratedError for another schema."""
    if settings.embedded_database:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        migrate(settings.database_url)
    elif not is_current(settings.database_url):
        message = "the database is not at this release's schema; run `registry-grpc migrate`"
        raise NotMigratedError(message)
    return open_database(settings.database_url, pool_size=settings.threads)


def tokens(database: SqlDatabase) -> Tokens:
    """Return the use cases of access tokens."""
    return Tokens(database, clock, uuid7, secret)


def limits_of(settings: Settings) -> TransferLimits:
    """Return the transfer limits that settings ask for."""
    return TransferLimits(quota=settings.quota_gib * GIB)


def open_bytes(settings: Settings) -> BlobStore:
    """Open the blob store; raises StorageUnavailable or StorageFull when it cannot be used."""
    store = open_blob_store(settings.blobs_url, connections=_CONNECTIONS)
    store.check()
    return store


def staging_area(database: SqlDatabase, store: BlobStore) -> StagingArea:
    """Return where uploads are open."""
    ttl = TransferLimits().upload_ttl
    return StagingArea(database, store, Sha256(libcrypto()), clock, ttl)


def garbage(settings: Settings) -> Garbage:
    """Return the use case of collecting garbage."""
    database, store = open_facts(settings), open_bytes(settings)
    return Garbage(database, store, staging_area(database, store), clock)


def verification(settings: Settings) -> Verification:
    """Return the use case of verifying blobs."""
    return Verification(open_facts(settings), open_bytes(settings))
