"""Opens the database and the blob store for a server or a command."""

from collections.abc import Iterator
from logging import WARNING
from pathlib import Path
from typing import Any

from registry_grpc import telemetry
from registry_grpc.app.sources import clock, history_id, secret, uptime, uuid7
from registry_grpc.config import Settings
from registry_grpc.domain.errors import DatabaseUnavailable, StorageFull
from registry_grpc.domain.limits import GIB, TransferLimits
from registry_grpc.domain.principal import Principal, Role
from registry_grpc.persistence.database import SqlDatabase, open_database
from registry_grpc.persistence.database_url import is_remote
from registry_grpc.persistence.faults import file_fault
from registry_grpc.persistence.migrate import migrate, schema_state
from registry_grpc.persistence.schema_range import SchemaState, head, served_range
from registry_grpc.services.access import Tokens
from registry_grpc.services.change import Changes
from registry_grpc.services.clock_guard import ClockGuard
from registry_grpc.services.garbage import Garbage
from registry_grpc.services.history import Histories
from registry_grpc.services.mutation import Mutation, Mutations
from registry_grpc.services.namespace import Namespaces
from registry_grpc.services.ports.blobstore import BlobStore, ObserveRequest
from registry_grpc.services.staging_area import StagingArea
from registry_grpc.services.verification import Verification
from registry_grpc.storage import layout
from registry_grpc.storage.open import blob_folder, open_blob_store
from registry_grpc.storage.private import (
    database_files,
    make_database_file,
    tighten_database,
    tighten_folder,
)
from registry_grpc.storage.sha256 import Sha256, libcrypto
from registry_grpc.storage.space import DiskSpace
from registry_grpc.transport.convert.record import record_digest

_CONNECTIONS = 64


class NotMigratedError(Exception):
    """The database has a schema that this release does not serve."""


class NoRegistryError(Exception):
    """The settings of a command lead to no registry; nothing was created."""


def clock_guard(settings: Settings) -> ClockGuard:
    """Return what compares the clock of this machine with what the database knows."""
    trusted = is_remote(settings.database_url)
    return ClockGuard(clock, uptime, settings.max_clock_jump, trusted=trusted)


def create_facts(settings: Settings, guard: ClockGuard | None = None) -> SqlDatabase:
    """Open the database for a server, creating the embedded one if it does not exist.

    guard: by default one of its own.
    Raises NotMigratedError for a schema that this release does not serve. One that a newer release
    has migrated is served as long as it supports this one.
    """
    if settings.embedded_database:
        _make_file(settings.embedded_file)
    return _opened(settings, guard or clock_guard(settings))


def open_facts(settings: Settings) -> SqlDatabase:
    """Open the database for a command that works on an existing registry.

    Raises NoRegistryError when there is none, and NotMigratedError as `create_facts`.
    """
    require_registry(settings)
    return _opened(settings, clock_guard(settings))


def require_registry(settings: Settings) -> None:
    """Raise NoRegistryError when the settings lead to no registry."""
    if schema_state(settings.database_url).revision is None:
        message = (
            f"there is no registry in {settings.described()['database']}: select another with "
            "--data-dir or --database, or create one with `registry-grpc serve` or "
            "`registry-grpc migrate`"
        )
        raise NoRegistryError(message)


def _opened(settings: Settings, guard: ClockGuard) -> SqlDatabase:
    space, url = disk_space(settings), settings.database_url
    _prepare(settings, space)
    if settings.embedded_database and not schema_state(url).is_newer:
        migrate(url)
    _require_served(schema_state(url))
    space.restore()
    return open_database(
        url,
        pool_size=settings.connections,
        space=space,
        digest=record_digest,
        require_clock=guard.admit,
        listen_url=settings.listen_database.reveal(),
    )


def _make_file(path: Path) -> None:
    try:
        make_database_file(path)
    except OSError as error:
        fault = file_fault(str(error.filename or path), error)
        raise DatabaseUnavailable(fault=fault) from error


def _require_served(state: SchemaState) -> None:
    if refusal := state.refusal():
        raise NotMigratedError(refusal)
    if state.revision != head():
        fields = {"schema": state.revision, "served": served_range()}
        telemetry.log("the schema of the database is not the newest of this release", fields)


def migrate_facts(settings: Settings) -> None:
    """Bring the database to the schema of this release; a new SQLite file is private."""
    if settings.database_file is not None:
        _make_file(settings.database_file)
    _prepare(settings, disk_space(settings))
    migrate(settings.listen_database.reveal() or settings.database_url)


def keep_trail(settings: Settings) -> None:
    """Set the retention of the audit trail from the settings; called by migrations.

    Raises ValueError when the database role has no permission to set it.
    """
    with open_facts(settings) as database:
        if Changes(database).keep_for(settings.audit_history_days) != settings.audit_history_days:
            message = "this role may not say how long the audit trail is kept"
            raise ValueError(message)


def _prepare(settings: Settings, space: DiskSpace) -> None:
    # Opening needs space too, for the files that SQLite keeps beside the database.
    space.recover()
    for warning in _tightened(settings):
        telemetry.log(warning, level=WARNING)


def disk_space(settings: Settings) -> DiskSpace:
    """Return the space on the disks of the database and of the blobs, if they are on disks."""
    return DiskSpace(settings.database_file, blob_folder(settings.blobs_url))


def _tightened(settings: Settings) -> Iterator[str]:
    """Revoke other users' permissions on the files; yield a warning for each that remains."""
    if settings.database_file is not None:
        yield from tighten_database(settings.database_file)
    if settings.embedded_database:
        ours = {path.name for path in database_files(settings.embedded_file)}
        yield from tighten_folder(settings.data_dir, {*ours, "blobs"})
    if (blobs := blob_folder(settings.blobs_url)) is not None:
        yield from tighten_folder(blobs, layout.TOP)


def tokens(database: SqlDatabase) -> Tokens:
    """Return the use cases of access tokens."""
    return Tokens(database, clock, uuid7, secret)


def namespaces(database: SqlDatabase) -> Namespaces:
    """Return the use cases of namespaces."""
    return Namespaces(database, Mutations(database, clock))


def operator_call(name: str) -> Mutation[Any]:
    """Return the call of an operator of this machine, whose reply no caller receives."""
    return Mutation(Principal(name, Role.ADMIN), "", "", lambda _, __: b"")


def limits_of(settings: Settings) -> TransferLimits:
    """Return the transfer limits of these settings."""
    return TransferLimits(
        quota=settings.quota_gib * GIB,
        caller_open_uploads=settings.caller_uploads,
        caller_in_flight=settings.caller_uploads_gib * GIB,
        stream_idle=settings.stream_idle,
    )


def open_bytes(settings: Settings, observe: ObserveRequest | None = None) -> BlobStore:
    """Open the blob store; raises StorageUnavailable when it cannot be used.

    A full store is opened too: its blobs can be read, verified and collected. observe: called
    after each request to a bucket.
    """
    store = open_blob_store(settings.blobs_url, connections=_CONNECTIONS, observe=observe)
    try:
        store.check()
    except StorageFull as error:
        telemetry.log(error.message, {"blobs": settings.described()["blobs"]}, level=WARNING)
    return store


def staging_area(database: SqlDatabase, store: BlobStore) -> StagingArea:
    """Return the staging area of open uploads."""
    ttl = TransferLimits().upload_ttl
    return StagingArea(database, store, Sha256(libcrypto()), clock, ttl)


def existing_bytes(settings: Settings) -> BlobStore:
    """Open the blob store for a command; raises NoRegistryError instead of creating its folder."""
    folder = blob_folder(settings.blobs_url)
    if folder is not None and not folder.is_dir():
        message = f"there is no blob store in {folder}: select another with --data-dir or --blobs"
        raise NoRegistryError(message)
    return open_bytes(settings)


def garbage(settings: Settings) -> Garbage:
    """Return the use case of collecting garbage."""
    database, store = open_facts(settings), existing_bytes(settings)
    with database.read() as tx:
        clock_guard(settings).require(tx)  # or it would collect what has not expired
    return Garbage(database, store, staging_area(database, store), clock)


def settle_clock(settings: Settings) -> None:
    """Believe the clock of this machine from now on; raises ClockUnsettled, see `ClockGuard`."""
    with open_facts(settings) as database, database.write() as tx:
        clock_guard(settings).settle(tx)


def clock_doubts(settings: Settings) -> str:
    """Return why the clock of this machine is in doubt; "" if it is believed. Changes nothing."""
    state = schema_state(settings.database_url)
    if state.revision is None or state.refusal() is not None:
        return ""  # nothing can be changed there anyway
    with open_database(settings.database_url, pool_size=1) as database, database.read() as tx:
        return clock_guard(settings).doubts(tx)


def histories(settings: Settings) -> Histories:
    """Return the use cases of restored databases."""
    return Histories(open_facts(settings), history_id)


def verification(settings: Settings) -> Verification:
    """Return the use case of verifying blobs."""
    return Verification(open_facts(settings), existing_bytes(settings))
