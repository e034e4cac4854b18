"""The key tree of a blob store, the same for files and for buckets. Nothing else builds a key.

The tree:

    file:///folder  or  gs://bucket/prefix
    ├── blobs/
    │   └── {namespace}/
    │       └── sha256/
    │           └── {first two of hex}/
    │               └── {hex}               a published blob, complete and immutable
    └── uploads/
        ├── check                           written by a health check; not kept
        └── {namespace}/
            ├── {upload_id}                 bytes of an upload (files only: a bucket keeps
            │                               them inside its upload session)
            └── {upload_id}.copy            a copy in progress, or a leftover of a crash
"""

import re
from uuid import UUID

from registry_grpc.domain.digest import Digest

BLOBS = "blobs"
UPLOADS = "uploads"
TOP = frozenset({BLOBS, UPLOADS})
"""The names directly below the root."""
CHECK = f"{UPLOADS}/check"
_COPY = ".copy"
_COUNTER_BITS = 20  # of an id's random ones

# Callers have validated both; this is a second check. A name that starts with a letter or digit
# and has no separator cannot leave its folder, be hidden or be empty.
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_BLOB_KEY = re.compile(
    rf"{BLOBS}/(?P<namespace>[^/]+)/sha256/(?P<start>[0-9a-f]{{2}})/(?P<hex>(?P=start)[0-9a-f]{{62}})"
)


def blob_key(namespace: str, digest: Digest) -> str:
    """Return the key of the published blob; ValueError for an unsafe namespace."""
    return f"{BLOBS}/{_segment(namespace)}/sha256/{digest.hex[:2]}/{digest.hex}"


def read_blob_key(key: str) -> tuple[str, Digest] | None:
    """Return the (namespace, digest) of a blob's key; None for any other key."""
    found = _BLOB_KEY.fullmatch(key)
    if found is None or not _SEGMENT.fullmatch(found["namespace"]):
        return None
    return found["namespace"], Digest(found["hex"])


def upload_key(namespace: str, upload_id: str) -> str:
    """Return the key of the bytes of an upload; ValueError for an unsafe name."""
    return f"{UPLOADS}/{_segment(namespace)}/{_segment(upload_id)}"


def upload_ids(batch: UUID, count: int) -> list[str]:
    """Return unique ids for the uploads of a batch with a new id."""
    first = batch.int >> _COUNTER_BITS << _COUNTER_BITS
    return [str(UUID(int=first + number)) for number in range(count)]


def upload_copy_key(namespace: str, upload_id: str) -> str:
    """Return the key of a copy of an upload, which is then renamed to its `upload_key`."""
    return upload_key(namespace, upload_id) + _COPY


def upload_of(name: str) -> str:
    """Return the upload id of a staged file or its copy."""
    return name.removesuffix(_COPY)


def under(prefix: str, key: str) -> str:
    """Return the key below a bucket's prefix, which may be empty."""
    return f"{prefix}/{key}" if prefix else key


def below(prefix: str, key: str) -> str:
    """Return the key without the bucket's prefix: the inverse of `under`."""
    return key.removeprefix(f"{prefix}/") if prefix else key


def blob_name(namespace: str, digest: Digest) -> str:
    """Return the name of the blob in errors, which does not reveal its location."""
    return f"namespaces/{namespace}/blobs/{digest}"


def _segment(name: str) -> str:
    if not _SEGMENT.fullmatch(name):
        message = f"not a path segment: {name[:80]!r}"
        raise ValueError(message)
    return name
