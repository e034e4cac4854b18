"""What a namespace may have open and hold: its own quota, or the server's.

An open upload is its own reservation: what it declared counts until it ends, however it ends. Small
blobs have none: they are asked about before they are stored, and again where they are recorded. Of
several who ask at once each sees what those before him got, because they hold the namespace.
"""

from collections.abc import Mapping

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import LimitExceeded, QuotaExceeded, TooManyUploads
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.domain.names import NamespaceName
from registry_grpc.domain.namespace import Namespace
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.reading import require_namespace


def quota_of(namespace: Namespace, limits: TransferLimits) -> int:
    """Return how many bytes the namespace may hold, 0 for any number."""
    return limits.quota if namespace.quota is None else namespace.quota


def used_bytes(tx: Transaction, namespace: str) -> int:
    """Return what the namespace holds, open uploads included."""
    return tx.blobs.used(namespace) + tx.uploads.open_totals(namespace)[1]


def require_upload(tx: Transaction, namespace: str, limits: TransferLimits, size: int) -> None:
    """Raise LimitExceeded, TooManyUploads or QuotaExceeded unless such an upload may begin.

    Locks the namespace: to be asked before anything else is locked.
    """
    if size > limits.max_blob:
        raise LimitExceeded("blob size in bytes", limits.max_blob, size)
    tx.namespaces.hold(namespace)
    count, in_flight = tx.uploads.open_totals(namespace)
    if count >= limits.max_open_uploads:
        raise TooManyUploads("number of open uploads", limits.max_open_uploads, count + 1)
    if in_flight + size > limits.max_in_flight:
        raise TooManyUploads("bytes in open uploads", limits.max_in_flight, in_flight + size)
    _require_room(tx, namespace, limits, size)


def require_room_for(
    tx: Transaction, namespace: str, limits: TransferLimits, sizes: Mapping[Digest, int]
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
    _require_room(tx, namespace, limits, new)


def _require_room(tx: Transaction, namespace: str, limits: TransferLimits, size: int) -> None:
    quota = quota_of(require_namespace(tx, namespace), limits)
    if not quota or not size:
        return
    used = used_bytes(tx, namespace)
    if used + size > quota:
        raise QuotaExceeded(str(NamespaceName(namespace)), quota, used, size)
