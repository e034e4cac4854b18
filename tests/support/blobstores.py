"""Every implementation of the blob store port, made ready for a test.

`KINDS` and the fixtures `bench`, `store` and `emulator` make a test run on all of them: a module
takes them over by name (`bench = blobstores.bench`) and calls `on_every_kind`.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from http.server import HTTPServer
from pathlib import Path
from typing import Self
from uuid import uuid4

import google_crc32c
import pytest
from gcp_storage_emulator.server import Server, create_server
from google.auth.credentials import Signing

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import RegistryError
from registry_grpc.services.ports.blobstore import BlobStore, SmallBlob, StagedBlob, StoredBlob
from registry_grpc.storage.filesystem import FilesystemBlobStore
from registry_grpc.storage.gcs import GcsBlobStore
from registry_grpc.storage.gcs_client import connect
from registry_grpc.storage.gcs_http import RetryPolicy
from tests.support.gcs_fake import GcsFake
from tests.support.gcs_fake_http import BUCKET, serving

KIB = 1024
QUANTUM = 256 * KIB
CHUNK = 2 * QUANTUM  # small, so that tests reach its edges with few bytes
NAMESPACE = "risk"

# Short pauses; the deadline is for a machine that is busy with other tests.
PATIENT = RetryPolicy(
    deadline=timedelta(seconds=120),
    first_pause=timedelta(milliseconds=1),
    longest_pause=timedelta(milliseconds=20),
)
IMPATIENT = replace(PATIENT, deadline=timedelta(milliseconds=200))


KINDS = ["filesystem", "gcs-fake", "gcs-emulator"]


@dataclass(frozen=True)
class Bench:
    """A blob store, and how to see what it still holds for uploads that have ended.

    other: knows nothing of what `store` does, as in another process. url, endpoint: where they
    keep their bytes, as `open_blob_store` wants it.
    """

    store: BlobStore
    other: BlobStore
    held: Callable[[], list[str]]
    url: str
    endpoint: str | None = None


def filesystem(folder: Path) -> Bench:
    """Give a store on files; `held` lists what is left in the staging folder."""
    uploads = folder / "uploads"

    def held() -> list[str]:
        return [str(path) for path in uploads.rglob("*") if path.is_file()]

    other = FilesystemBlobStore(folder)
    return Bench(FilesystemBlobStore(folder), other, held, f"file://{folder}")


@contextmanager
def gcs_fake() -> Iterator[Bench]:
    """Give a store on our strict fake; `held` lists its open upload sessions."""
    fake = GcsFake()
    with (
        serving(fake) as endpoint,
        gcs_store(endpoint, "team") as store,
        gcs_store(endpoint, "team") as other,
    ):
        yield Bench(store, other, fake.open_sessions, f"gs://{BUCKET}/team", endpoint)


@dataclass(frozen=True)
class Emulator:
    """PyPI's emulator, kept in memory. It takes half a second to stop: share it."""

    server: Server

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """Serve until the block ends."""
        logging.getLogger("gcp_storage_emulator").setLevel(logging.CRITICAL)
        server = create_server("127.0.0.1", 0, in_memory=True, default_bucket=BUCKET)
        server.start()
        ready = cls(server)
        # It queues 5 callers at once, and a sixth waits for seconds until TCP tries again.
        ready._http.socket.listen(128)
        try:
            yield ready
        finally:
            server.stop()

    @property
    def _http(self) -> HTTPServer:
        http: HTTPServer = self.server._api._httpd  # noqa: SLF001 (no public way)
        return http

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def open_sessions(self, prefix: str) -> list[str]:
        """Return the objects below the prefix whose upload has not ended."""
        sessions = self.server._storage.resumable.values()  # noqa: SLF001 (the same)
        return [session["name"] for session in sessions if session["name"].startswith(prefix)]


@contextmanager
def gcs_emulator(emulator: Emulator) -> Iterator[Bench]:
    """Give a store on the emulator; `held` lists the open sessions of this store alone."""
    prefix = f"team/{uuid4()}"
    endpoint = emulator.endpoint
    with gcs_store(endpoint, prefix) as store, gcs_store(endpoint, prefix) as other:
        url = f"gs://{BUCKET}/{prefix}"
        yield Bench(store, other, lambda: emulator.open_sessions(prefix), url, endpoint)


@contextmanager
def gcs_store(
    endpoint: str,
    prefix: str = "team/models",
    retry_policy: RetryPolicy = PATIENT,
    signer: Signing | None = None,
) -> Iterator[GcsBlobStore]:
    """Give a store with small chunks on whatever speaks the JSON API there."""
    client = connect(endpoint, connections=32)
    try:
        yield GcsBlobStore(
            client, BUCKET, prefix, retry_policy=retry_policy, chunk=CHUNK, signer=signer
        )
    finally:
        client.close()


def on_every_kind(metafunc: pytest.Metafunc, excluded: Mapping[str, Mapping[str, str]]) -> None:
    """Run a test on every implementation, but for those that cannot be asked.

    excluded: {kind: {test: why}}.
    """
    if "bench" in metafunc.fixturenames:
        name = metafunc.function.__name__
        kinds = [kind for kind in KINDS if name not in excluded.get(kind, {})]
        metafunc.parametrize("bench", kinds, indirect=True)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """PyPI's emulator, for all tests of a module."""
    with Emulator.running() as ready:
        yield ready


@pytest.fixture
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """The implementation that the test is run on."""
    match request.param:
        case "filesystem":
            yield filesystem(tmp_path)
        case "gcs-fake":
            with gcs_fake() as ready:
                yield ready
        case _:
            with gcs_emulator(request.getfixturevalue("emulator")) as ready:
                yield ready


@pytest.fixture
def store(bench: Bench) -> BlobStore:
    """Its blob store."""
    return bench.store


def digest_of(data: bytes) -> Digest:
    """Return the digest of some bytes."""
    return Digest(sha256(data).hexdigest())


def stage(store: BlobStore, data: bytes, namespace: str = NAMESPACE) -> StagedBlob:
    """Return an upload that is about to receive these bytes."""
    return store.stage(namespace, digest_of(data), str(uuid4()), len(data))


def staged(store: BlobStore, data: bytes, piece: int = 1024 * KIB) -> StagedBlob:
    """Return an upload that has received these bytes in pieces and is not published."""
    upload = stage(store, data)
    for start in range(0, len(data), piece):
        upload.write(data[start : start + piece])
    return upload


def publish(store: BlobStore, data: bytes, namespace: str = NAMESPACE) -> StoredBlob:
    """Store these bytes."""
    upload = stage(store, data, namespace)
    upload.write(data)
    return finished(upload, data)


def store_all(
    store: BlobStore, contents: Sequence[bytes], namespace: str = NAMESPACE
) -> Sequence[StoredBlob | RegistryError]:
    """Store these bytes in one call."""
    blobs = [SmallBlob(digest_of(data), data, google_crc32c.value(data)) for data in contents]
    return store.store_all(namespace, uuid4(), blobs)


def finished(upload: StagedBlob, data: bytes) -> StoredBlob:
    """Publish an upload that has received these bytes, and close it."""
    stored = upload.publish(digest_of(data), google_crc32c.value(data))
    upload.discard()
    return stored


def read_all(store: BlobStore, data: bytes, namespace: str = NAMESPACE) -> bytes:
    """Return what the store holds under the digest of these bytes."""
    found = store.stat(namespace, digest_of(data))
    assert found is not None
    pieces = store.read(
        namespace, digest_of(data), generation=found.generation, offset=0, length=found.size
    )
    return b"".join(pieces)
