"""Blobs in a bucket of Google Cloud Storage.

Objects are addressed through the JSON API over google-cloud-storage's own authorized session;
`gcs_upload` writes them. See `layout` for the keys.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from urllib.parse import quote, urlencode
from uuid import UUID

import google_crc32c
from google.auth.credentials import Signing
from google.cloud.storage import Client
from typing_extensions import override

from registry_grpc.domain.blob import Blob
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import (
    BlobCorrupt,
    BlobNotFound,
    RegistryError,
    StorageUnavailable,
)
from registry_grpc.domain.secret import Secret
from registry_grpc.services.ports.blobstore import (
    BlobStore,
    ObserveRequest,
    SessionLost,
    SignedUrl,
    SmallBlob,
    StagedBlob,
    StoredBlob,
)
from registry_grpc.storage import layout
from registry_grpc.storage.gcs_client import (
    LONGEST_VALIDITY,
    UrlSigner,
    authorized_session,
    own_signer,
)
from registry_grpc.storage.gcs_copy import Rewrite, copied
from registry_grpc.storage.gcs_http import (
    NO_CONTENT,
    NOT_FOUND,
    OK,
    PRECONDITION_FAILED,
    GcsHttp,
    RetryPolicy,
    unexpected,
)
from registry_grpc.storage.gcs_read import list_objects, read_range
from registry_grpc.storage.gcs_session import (
    QUANTUM,
    AlreadyPublished,
    ResumableSession,
    stored_blob,
)
from registry_grpc.storage.gcs_upload import Destination, GcsStagedBlob
from registry_grpc.storage.writers import Writers

CHUNK: Final = 8 * 1024 * 1024  # bytes; the unit of an upload, buffered in memory
_AT_ONCE: Final = 16  # small blobs; the client's connections bound them, too
_ATTEMPTS: Final = 3  # to store a small blob whose bytes are damaged or lost on the way
_CHECK_DEADLINE = timedelta(seconds=5)  # health checks need a quick answer


class GcsBlobStore(BlobStore):
    """Blobs below a prefix of one bucket.

    An upload is identified by its session's URL, which only its writer has: `staged` yields
    nothing, `staged_bytes` cannot read, and `drop_staged` needs the state.
    """

    def __init__(
        self,
        client: Client,
        bucket: str,
        prefix: str = "",
        *,
        retry_policy: RetryPolicy | None = None,
        chunk: int = CHUNK,
        signer: Signing | None = None,
        observe: ObserveRequest | None = None,
    ) -> None:
        """Use a client made by `connect`. chunk: bytes, a multiple of 256 KiB.

        signer: signs URLs; None to use the client's own credentials, if they can sign. observe:
        called after each request.

        Raises RuntimeError if crc32c would be computed in Python, a thousand times slower.
        """
        if google_crc32c.implementation != "c":
            message = "google-crc32c has no C extension here; install a wheel that has one"
            raise RuntimeError(message)
        if chunk <= 0 or chunk % QUANTUM:
            message = f"the chunk must be a multiple of {QUANTUM} bytes, not {chunk}"
            raise ValueError(message)
        retry_policy = retry_policy or RetryPolicy()
        self._http = GcsHttp(authorized_session(client), retry_policy, observe)
        deadline = min(retry_policy.deadline, _CHECK_DEADLINE)
        self._check_retry_policy = replace(retry_policy, deadline=deadline)
        self._base = str(client.api_endpoint).rstrip("/")
        self._bucket = f"/b/{quote(bucket, safe='')}"
        self._objects = f"/storage/v1{self._bucket}/o"
        self._prefix = prefix
        self._chunk = chunk
        credentials = signer or own_signer(client)
        self._signer = UrlSigner(client, bucket, credentials) if credentials else None
        self._writers = Writers()
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="small-blobs")

    @property
    @override
    def late_digest(self) -> bool:
        return False

    @override
    def stage(self, namespace: str, digest: Digest | None, upload_id: str, size: int) -> StagedBlob:
        staged = self._staged_blob(namespace, digest, size)
        self._register(namespace, upload_id, staged)
        return staged

    @override
    def store_all(
        self, namespace: str, batch: UUID, blobs: Sequence[SmallBlob]
    ) -> Sequence[StoredBlob | RegistryError]:
        """Store each blob on its own, several concurrently."""
        upload_ids = layout.upload_ids(batch, len(blobs))
        return list(self._threads.map(partial(self._store, namespace), upload_ids, blobs))

    @override
    def copy_all(
        self, target: str, batch: UUID, blobs: Sequence[Blob]
    ) -> Sequence[StoredBlob | RegistryError]:
        """Let the service copy each on its own, several concurrently."""
        return list(self._threads.map(partial(self._copy, target), blobs))

    @override
    def resume(
        self,
        namespace: str,
        digest: Digest | None,
        upload_id: str,
        size: int,
        state: bytes,
        offset: int,
    ) -> StagedBlob:
        staged = self._staged_blob(namespace, digest, size)
        self._register(namespace, upload_id, staged)
        staged.resume(state, offset)
        return staged

    @override
    def staged_bytes(self, namespace: str, upload_id: str, length: int) -> Iterator[bytes] | None:
        return None

    @override
    def drop_staged(self, namespace: str, upload_id: str, state: bytes) -> None:
        self._writers.release_writer(layout.upload_key(namespace, upload_id))
        if state:
            ResumableSession(self._http, state.decode()).cancel()

    @override
    def staged(self) -> Iterator[tuple[str, str, datetime]]:
        return iter(())

    @override
    def published(self) -> Iterator[tuple[str, Digest, StoredBlob, datetime]]:
        prefix = layout.under(self._prefix, f"{layout.BLOBS}/")
        for listed in list_objects(self._http, f"{self._base}{self._objects}", prefix):
            found = layout.read_blob_key(layout.below(self._prefix, listed.key))
            if found is not None:
                yield *found, listed.blob, listed.updated

    @override
    def sign(
        self,
        namespace: str,
        digest: Digest,
        *,
        generation: int,
        valid_for: timedelta,
        now: datetime,
    ) -> SignedUrl | None:
        if self._signer is None:
            return None
        valid_for = min(valid_for, LONGEST_VALIDITY)
        key = layout.under(self._prefix, layout.blob_key(namespace, digest))
        url = self._signer.sign(key, generation=generation, valid_for=valid_for)
        return SignedUrl(url=Secret(url), expire_time=now + valid_for)

    @override
    def stat(self, namespace: str, digest: Digest) -> StoredBlob | None:
        url = self._object_url(namespace, digest, fields="name,size,crc32c,generation")
        response = self._http.send("GET", url)
        if response.status_code == NOT_FOUND:
            return None
        if response.status_code != OK:
            raise unexpected(response)
        return stored_blob(response)

    @override
    def read(
        self, namespace: str, digest: Digest, *, generation: int, offset: int, length: int
    ) -> Iterator[bytes]:
        name = layout.blob_name(namespace, digest)
        if not length:
            found = self.stat(namespace, digest)
            if found is None or found.generation != generation:
                raise BlobNotFound(name)
            return
        condition = {"generation": generation} if generation else {}
        url = self._object_url(namespace, digest, alt="media", **condition)
        yield from read_range(self._http, url, offset=offset, end=offset + length, name=name)

    @override
    def delete(self, namespace: str, digest: Digest, *, generation: int) -> None:
        condition = {"ifGenerationMatch": generation} if generation else {}
        url = self._object_url(namespace, digest, **condition)
        response = self._http.send("DELETE", url)
        if response.status_code not in {OK, NO_CONTENT, NOT_FOUND, PRECONDITION_FAILED}:
            raise unexpected(response)

    @override
    def check(self) -> None:
        """Begin an upload and cancel it: the bucket exists and is writable."""
        url = self._upload_url(layout.CHECK)
        backoff = self._http.backoff(self._check_retry_policy)
        try:
            ResumableSession.start(self._http, url, size=0, backoff=backoff).cancel()
        except AlreadyPublished as error:
            message = f"an object exists at {layout.CHECK}"
            raise RuntimeError(message) from error

    def _store(self, namespace: str, upload_id: str, blob: SmallBlob) -> StoredBlob | RegistryError:
        """Store one blob; again in a new session if its bytes were damaged or lost on the way."""
        found: RegistryError = StorageUnavailable()
        for _ in range(_ATTEMPTS):
            try:
                return self._store_once(namespace, upload_id, blob)
            except BlobCorrupt as error:
                found = error
            except SessionLost:
                found = StorageUnavailable("the bucket ended the session of the upload")
            except RegistryError as error:
                return error
        return found

    def _store_once(self, namespace: str, upload_id: str, blob: SmallBlob) -> StoredBlob:
        staged = self.stage(namespace, blob.digest, upload_id, len(blob.data))
        try:
            staged.write(blob.data)
            return staged.publish(blob.digest, blob.crc32c)
        finally:
            staged.discard()

    def _copy(self, target: str, blob: Blob) -> StoredBlob | RegistryError:
        source = self._quoted_key(blob.namespace, blob.digest)
        path = f"{source}/rewriteTo{self._bucket}/o/{self._quoted_key(target, blob.digest)}"
        rewrite = Rewrite(
            blob,
            url=f"{self._base}{self._objects}/{path}",
            name=layout.blob_name(blob.namespace, blob.digest),
            stat=lambda: self.stat(target, blob.digest),
            checksum=lambda stored: self._checksum(target, blob.digest, stored),
        )
        try:
            return copied(self._http, rewrite)
        except RegistryError as error:
            return error

    def _checksum(self, namespace: str, digest: Digest, stored: StoredBlob) -> int:
        generation, size, found = stored.generation, stored.size, 0
        for piece in self.read(namespace, digest, generation=generation, offset=0, length=size):
            found = google_crc32c.extend(found, piece)
        return found

    def _staged_blob(self, namespace: str, digest: Digest | None, size: int) -> GcsStagedBlob:
        if digest is None:
            message = "a bucket's objects cannot be renamed: the digest is needed from the start"
            raise ValueError(message)
        start_url = self._upload_url(layout.blob_key(namespace, digest))
        destination = Destination(
            digest=digest,
            size=size,
            name=layout.blob_name(namespace, digest),
            start=lambda: ResumableSession.start(self._http, start_url, size=size),
            stat=lambda: self.stat(namespace, digest),
            checksum=lambda stored: self._checksum(namespace, digest, stored),
            delete=lambda generation: self.delete(namespace, digest, generation=generation),
        )
        return GcsStagedBlob(destination, self._http, self._chunk)

    def _register(self, namespace: str, upload_id: str, staged: GcsStagedBlob) -> None:
        key = layout.upload_key(namespace, upload_id)
        self._writers.release_writer(key)
        self._writers.register(key, staged)

    def _upload_url(self, key: str) -> str:
        query = {
            "uploadType": "resumable",
            "name": layout.under(self._prefix, key),
            "ifGenerationMatch": 0,
        }
        return f"{self._base}/upload{self._objects}?{urlencode(query)}"

    def _object_url(self, namespace: str, digest: Digest, **query: str | int) -> str:
        key = self._quoted_key(namespace, digest)
        return f"{self._base}{self._objects}/{key}?{urlencode(query)}"

    def _quoted_key(self, namespace: str, digest: Digest) -> str:
        return quote(layout.under(self._prefix, layout.blob_key(namespace, digest)), safe="")
