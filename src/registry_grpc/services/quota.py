"""Quotas of namespaces, and limits on open uploads.

An open upload is a reservation: its declared size counts until it ends in any way, or has no
progress for `upload_idle`: then only the received bytes count, until it continues. Small blobs have
no reservation: they are checked before they are stored, and again when they are recorded.
Concurrent requests are serialized by a lock on the namespace.
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
    """Return the quota in bytes, 0 for none."""
    return limits.quota if namespace.quota is None else namespace.quota


def is_idle(upload: Upload, limits: TransferLimits, now: datetime) -> bool:
    """Return whether an open upload has lost its reservation for want of progress."""
    return upload.expire_time < _fresh_from(limits, now)


def used_bytes(tx: Transaction, namespace: str, limits: TransferLimits, now: datetime) -> int:
    """Return the used bytes of a namespace, open uploads included."""
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
    """Raise unless the caller may reserve `size` more bytes, for one upload.

    That is LimitExceeded, CallerLimitExceeded, TooManyUploads or QuotaExceeded. Locks the
    namespace: call it before anything else is locked.
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
    # An upload expires upload_ttl after its last progress.
    return now - limits.upload_idle + limits.upload_ttl


def require_room_for(
    tx: Transaction,
    namespace: str,
    limits: TransferLimits,
    sizes: Mapping[Digest, int],
    now: datetime,
) -> None:
    """Raise QuotaExceeded unless blobs of these sizes fit into the quota.

    Existing ones need no space. Raises NamespaceNotFound. Locks the namespace if it has a quota:
    call it before anything else is locked.
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
