"""The ports to the tables of bytes: which blobs there are, which uploads run."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from registry_grpc.domain.blob import Blob, Upload
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.names import UploadName


class Blobs(Protocol):
    """Which bytes a namespace holds."""

    def get(self, namespace: str, digests: Sequence[Digest]) -> Mapping[Digest, Blob]:
        """Return those of the digests that the namespace holds."""

    def put(self, blob: Blob) -> None:
        """Store it; when it is there already only its lease is extended.

        Put several in one transaction in the order of their digests, lest two wait for each other.
        """

    def extend(self, namespace: str, digests: Sequence[Digest], until: datetime) -> None:
        """Extend leases to `until`; never shortens one."""


class Uploads(Protocol):
    """Which bytes are coming."""

    def get(self, name: UploadName) -> Upload | None:
        """Return it, or None."""

    def add(self, upload: Upload) -> None:
        """Store a new one."""

    def update(self, upload: Upload, *, epoch: int) -> bool:
        """Store state, committed, session, epoch and expire_time if the stored epoch is `epoch`.

        Returns whether it was: False means another writer took the upload over.
        """
