"""Opening of blob stores by URL."""

from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from registry_grpc.services.ports.blobstore import BlobStore, ObserveRequest
from registry_grpc.storage.filesystem import FilesystemBlobStore

_FORMS = "expected file:///absolute/folder or gs://bucket/prefix"


def open_blob_store(
    url: str,
    gcs_endpoint: str | None = None,
    *,
    connections: int = 64,
    observe: ObserveRequest | None = None,
) -> BlobStore:
    """Return the store behind `file:///absolute/folder` or `gs://bucket/prefix`.

    gcs_endpoint: `http://host:port` of an emulator (no credentials are sent), or `https://host`
    of a private endpoint; None for Google's own. connections: the maximum
    number of concurrent requests to the bucket, at least the number of transfer threads.

    Nothing is read or written yet: `check()` tests the store. Raises ValueError
    with a readable sentence for an unknown form of URL.
    """
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise _not_a_store(url)
    if parts.scheme == "file":
        return FilesystemBlobStore(_folder(url, parts))
    if parts.scheme == "gs" and parts.netloc:
        # Google's libraries take a second to import, which file stores do not need.
        from registry_grpc.storage.gcs import GcsBlobStore  # noqa: PLC0415
        from registry_grpc.storage.gcs_client import connect  # noqa: PLC0415

        client = connect(gcs_endpoint, connections=connections)
        return GcsBlobStore(client, parts.netloc, parts.path.strip("/"), observe=observe)
    raise _not_a_store(url)


def blob_folder(url: str) -> Path | None:
    """Return the folder of a store of files; None for a bucket. Raises as `open_blob_store`."""
    parts = urlsplit(url)
    return _folder(url, parts) if parts.scheme == "file" else None


def _folder(url: str, parts: SplitResult) -> Path:
    folder = Path(unquote(parts.path))
    if parts.netloc or not folder.is_absolute():
        raise _not_a_store(url)
    return folder


def _not_a_store(url: str) -> ValueError:
    return ValueError(f"cannot keep blobs at {url!r}: {_FORMS}")
