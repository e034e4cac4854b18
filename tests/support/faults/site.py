"""A registry whose server may be killed, with the locations of its database and blobs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from registry_grpc.persistence.database import SqlDatabase, open_database
from registry_grpc.services.ports.blobstore import BlobStore
from registry_grpc.storage.filesystem import FilesystemBlobStore
from tests.support.blobstores import gcs_store
from tests.support.gcs_fake import GcsFake
from tests.support.gcs_fake_http import BUCKET, serving
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected

_PREFIX = "models"
# Garbage is collected when a test says so.
_OPTIONS = ("--gc-every", "0", "--metrics-listen", "127.0.0.1:0")


@dataclass
class Site:
    """The server, and what is behind it. endpoint: of the bucket; '' when bytes are in files.

    token: of the caller that looks; None at a server that needs none.
    """

    server: RegistryProcess
    database_url: str
    blobs: Path
    bucket: GcsFake | None = None
    endpoint: str = ""
    token: str | None = None

    @contextmanager
    def stubs(self, token: str | None = None) -> Iterator[Stubs]:
        """The contract, on a connection of its own."""
        with connected(self.server.target, token or self.token) as stubs:
            yield stubs

    @contextmanager
    def database(self) -> Iterator[SqlDatabase]:
        """The facts, beside the server."""
        with open_database(self.database_url, pool_size=4) as database:
            yield database

    @contextmanager
    def store(self) -> Iterator[BlobStore]:
        """The bytes, beside the server."""
        if self.bucket is None:
            yield FilesystemBlobStore(self.blobs)
        else:
            with gcs_store(self.endpoint, _PREFIX) as store:
                yield store

    def left_behind(self) -> list[str]:
        """Return what is held for uploads: staged files, open sessions."""
        if self.bucket is not None:
            return self.bucket.open_sessions()
        return [str(path) for path in (self.blobs / "uploads").rglob("*") if path.is_file()]


@contextmanager
def on_files(folder: Path, database_url: str = "", *, blobs: Path | None = None) -> Iterator[Site]:
    """Run a registry that keeps bytes in files, in `blobs` or its data folder."""
    options = [*_OPTIONS, *(("--database", database_url) if database_url else ())]
    if blobs is not None:
        options += ["--blobs", f"file://{blobs}"]
    server = RegistryProcess(folder, options)
    url = database_url or f"sqlite:///{folder / 'registry.db'}"
    site = Site(server, url, blobs or folder / "blobs")
    server.start()
    try:
        yield site
    finally:
        server.stop()


@contextmanager
def on_bucket(folder: Path, database_url: str = "") -> Iterator[Site]:
    """Run a registry that keeps bytes in the strict fake of Google Cloud Storage."""
    bucket = GcsFake()
    with serving(bucket) as endpoint:
        options = [*_OPTIONS, "--blobs", f"gs://{BUCKET}/{_PREFIX}"]
        options += ["--database", database_url] if database_url else []
        server = RegistryProcess(folder, options, {"STORAGE_EMULATOR_HOST": endpoint})
        url = database_url or f"sqlite:///{folder / 'registry.db'}"
        site = Site(server, url, folder, bucket, endpoint)
        server.start()
        try:
            yield site
        finally:
            server.stop()
