"""What a namespace may have open and hold: its own quota, or the server's.

An open upload is its own reservation: what it declared counts until it ends, however it ends, or
makes no progress for `upload_idle`: then only what it has received counts, until it goes on. Small
blobs have none: they are asked about before they are stored, and again where they are recorded. Of
several that ask at once each sees what those before it got, because they hold the namespace.
"""

from collections.abc import Mapping
from datetime import datetime

from registry_grpc.domain.blob import Upload
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import (
    CallerLimitExceeded,
    LimitExceeded,
    QuotaExceeded,
    TooManyUploads,
)
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.domain.names import NamespaceName
from registry_grpc.domain.namespace import Namespace
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.reading import require_namespace


def quota_of(namespace: Namespace, limits: TransferLimits) -> int:
    """Return how many bytes the namespace may hold, 0 for any number."""
    return limits.quota if namespace.quota is None else namespace.quota


def is_idle(upload: Upload, limits: TransferLimits, now: datetime) -> bool:
    """Whether an open upload made no progress for so long that it reserves nothing more."""
    return upload.expire_time < _fresh_from(limits, now)


def used_bytes(tx: Transaction, namespace: str, limits: TransferLimits, now: datetime) -> int:
    """Return what the namespace holds, open uploads included."""
    reserved = tx.uploads.open_totals(namespace, _fresh_from(limits, now))[1]
    return tx.blobs.used(namespace) + reserved


def require_upload(
    tx: Transaction,
    namespace: str,
    limits: TransferLimits,
    size: int,
    caller: str,
    now: datetime,
) -> None:
    """Raise unless the caller may reserve so many bytes more, for one upload.

    That is LimitExceeded, CallerLimitExceeded, TooManyUploads or QuotaExceeded. Locks the
    namespace: to be asked before anything else is locked.
    """
    if size > limits.max_blob:
        raise LimitExceeded("blob size in bytes", limits.max_blob, size)
    tx.namespaces.hold(namespace)
    fresh_from = _fresh_from(limits, now)
    own, own_bytes = tx.uploads.open_totals(namespace, fresh_from, caller)
    if own >= limits.caller_open_uploads:
        raise CallerLimitExceeded("open uploads in a namespace", limits.caller_open_uploads)
    if own_bytes + size > limits.caller_in_flight:
        raise CallerLimitExceeded("bytes in open uploads in a namespace", limits.caller_in_flight)
    count, in_flight = tx.uploads.open_totals(namespace, fresh_from)
    if count >= limits.max_open_uploads:
        raise TooManyUploads("number of open uploads", limits.max_open_uploads, count + 1)
    if in_flight + size > limits.max_in_flight:
        raise TooManyUploads("bytes in open uploads", limits.max_in_flight, in_flight + size)
    _require_room(tx, namespace, limits, size, now)


def _fresh_from(limits: TransferLimits, now: datetime) -> datetime:
    # An upload expires so long after its last progress.
    return now - limits.upload_idle + limits.upload_ttl


def require_room_for(
    tx: Transaction,
    namespace: str,
    limits: TransferLimits,
    sizes: Mapping[Digest, int],
    now: datetime,
) -> None:
    """Raise QuotaExceeded unless the namespace may hold blobs of these sizes.

    Those that it has need no room. Raises NamespaceNotFound. Locks the namespace if it has a quota:
    to be asked before anything else is locked.
    """
    if not quota_of(require_namespace(tx, namespace), limits):
        return
    tx.namespaces.hold(namespace)
    held = tx.blobs.held(namespace, list(sizes))
    new = sum(size for digest, size in sizes.items() if digest not in held)
    _require_room(tx, namespace, limits, new, now)


def _require_room(
    tx: Transaction, namespace: str, limits: TransferLimits, size: int, now: datetime
) -> None:
    quota = quota_of(require_namespace(tx, namespace), limits)
    if not quota or not size:
        return
    used = used_bytes(tx, namespace, limits, now)
    if used + size > quota:
        raise QuotaExceeded(str(NamespaceName(namespace)), quota, used, size)
