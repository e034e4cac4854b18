"""The key tree of a blob store, the same for files and for buckets. Nothing else builds a key.

The tree:

    file:///folder  or  gs://bucket/prefix
    ├── blobs/
    │   └── {namespace}/
    │       └── sha256/
    │           └── {first two of hex}/
    │               └── {hex}               a published blob, whole, never changed
    └── uploads/
        ├── check                           written by a health check; never kept
        └── {namespace}/
            └── {upload_id}                 bytes on their way in (files only: a bucket keeps
                                            them inside its upload session)
"""

import re

from registry_grpc.domain.digest import Digest

BLOBS = "blobs"
UPLOADS = "uploads"
CHECK = f"{UPLOADS}/check"

# Whoever calls has validated both; this is the second lock on the door. A name that starts with
# a letter or digit and has no separator cannot climb, hide or be empty.
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def blob_key(namespace: str, digest: Digest) -> str:
    """Return where the published blob lives; ValueError for a namespace that could climb."""
    return f"{BLOBS}/{_segment(namespace)}/sha256/{digest.hex[:2]}/{digest.hex}"


def upload_key(namespace: str, upload_id: str) -> str:
    """Return where the bytes of an upload wait; ValueError for a name that could climb."""
    return f"{UPLOADS}/{_segment(namespace)}/{_segment(upload_id)}"


def under(prefix: str, key: str) -> str:
    """Return the key below a bucket's prefix, which may be empty."""
    return f"{prefix}/{key}" if prefix else key


def blob_name(namespace: str, digest: Digest) -> str:
    """Return the name by which errors speak of the blob; it says nothing about where it lives."""
    return f"namespaces/{namespace}/blobs/{digest}"


def _segment(name: str) -> str:
    if not _SEGMENT.fullmatch(name):
        message = f"not a path segment: {name[:80]!r}"
        raise ValueError(message)
    return name
