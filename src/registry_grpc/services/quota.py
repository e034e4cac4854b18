"""What a namespace may have open and hold, decided when an upload begins.

An open upload is its own reservation: what it declared counts until it ends, however it ends.
"""

from registry_grpc.domain.errors import LimitExceeded, QuotaExceeded, TooManyUploads
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.domain.names import NamespaceName
from registry_grpc.services.ports.database import Transaction


def used_bytes(tx: Transaction, namespace: str) -> int:
    """Return what the namespace holds, open uploads included."""
    return tx.blobs.used(namespace) + tx.uploads.open_totals(namespace)[1]


def require_room(tx: Transaction, namespace: str, limits: TransferLimits, size: int) -> None:
    """Raise QuotaExceeded when the namespace may not hold `size` bytes more."""
    if limits.quota:
        used = used_bytes(tx, namespace)
        if used + size > limits.quota:
            raise QuotaExceeded(str(NamespaceName(namespace)), limits.quota, used, size)


def require_upload(tx: Transaction, namespace: str, limits: TransferLimits, size: int) -> None:
    """Raise LimitExceeded, TooManyUploads or QuotaExceeded unless such an upload may begin."""
    if size > limits.max_blob:
        raise LimitExceeded("blob size in bytes", limits.max_blob, size)
    count, in_flight = tx.uploads.open_totals(namespace)
    if count >= limits.max_open_uploads:
        raise TooManyUploads("number of open uploads", limits.max_open_uploads, count + 1)
    if in_flight + size > limits.max_in_flight:
        raise TooManyUploads("bytes in open uploads", limits.max_in_flight, in_flight + size)
    require_room(tx, namespace, limits, size)
