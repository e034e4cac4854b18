import stat
from collections.abc import Iterator
from pathlib import Path

import google_crc32c
import pytest
import requests
from google.cloud.storage import Client

from registry_grpc.storage.filesystem import FilesystemBlobStore
from registry_grpc.storage.gcs import GcsBlobStore
from registry_grpc.storage.gcs_client import connect
from registry_grpc.storage.open import open_blob_store
from tests.support.blobstores import NAMESPACE, digest_of, publish, read_all
from tests.support.gcs_fake import GcsFake
from tests.support.gcs_fake_http import BUCKET, serving


@pytest.fixture
def client() -> Iterator[Client]:
    with connect("http://127.0.0.1:1", connections=3) as ready:
        yield ready


def test_a_file_url_opens_a_folder_which_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    store = open_blob_store(f"file://{tmp_path}/with%20space/blobs")
    assert isinstance(store, FilesystemBlobStore)
    assert not (tmp_path / "with space").exists()
    publish(store, b"weights")
    made = tmp_path / "with space" / "blobs"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in made.rglob("*") if path.is_dir()}
    assert modes == {0o700}
    files = {stat.S_IMODE(path.stat().st_mode) for path in made.rglob("*") if path.is_file()}
    assert files == {0o600}


@pytest.mark.parametrize("url", ["gs://bucket/team/models", "gs://bucket", "gs://bucket/"])
def test_a_gs_url_opens_a_bucket(url: str) -> None:
    fake = GcsFake()
    with serving(fake) as endpoint:
        store = open_blob_store(url, endpoint)
        assert isinstance(store, GcsBlobStore)
        publish(store, b"weights")
        assert read_all(store, b"weights") == b"weights"
    prefix = url.removeprefix(f"gs://{BUCKET}").strip("/")
    (name,) = fake.objects
    assert name.removesuffix(digest_of(b"weights").hex).endswith("/sha256/" + name[-64:-62] + "/")
    assert name.startswith(f"{prefix}/blobs/{NAMESPACE}/" if prefix else f"blobs/{NAMESPACE}/")


def test_the_emulator_variable_of_googles_library_is_honoured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = GcsFake()
    with serving(fake) as endpoint:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", endpoint)
        publish(open_blob_store("gs://bucket/team"), b"weights")
    assert [stored.body for stored in fake.objects.values()] == [b"weights"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "blobs",
        "/var/blobs",
        "file:blobs",
        "file://blobs",
        "file://host/blobs",
        "file://",
        "gs://",
        "gs:bucket",
        "gs:///prefix",
        "s3://bucket/prefix",
        "gs://bucket/prefix?x=1",
        "file:///blobs#x",
    ],
)
def test_anything_else_is_refused_with_the_accepted_forms(url: str) -> None:
    with pytest.raises(ValueError, match=r"file:///absolute/folder or gs://bucket/prefix"):
        open_blob_store(url)


def test_a_bucket_without_credentials_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("STORAGE_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    with pytest.raises(ValueError, match="needs Google credentials"):
        open_blob_store("gs://bucket/prefix")


@pytest.mark.parametrize("chunk", [0, -1, 1, 256 * 1024 + 1])
def test_a_chunk_that_the_protocol_does_not_allow_is_refused(client: Client, chunk: int) -> None:
    with pytest.raises(ValueError, match="multiple of 262144"):
        GcsBlobStore(client, BUCKET, chunk=chunk)


def test_a_checksum_computed_in_python_is_refused(
    monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    monkeypatch.setattr(google_crc32c, "implementation", "python")
    with pytest.raises(RuntimeError, match="no C extension"):
        GcsBlobStore(client, BUCKET)


def test_requests_wait_for_a_connection_instead_of_making_one_each(client: Client) -> None:
    session: requests.Session = client._http  # noqa: SLF001 (where the library keeps it)
    for scheme in ("http://", "https://"):
        adapter = session.get_adapter(scheme + "host")
        pool = adapter.poolmanager.connection_from_url(scheme + "host")  # type: ignore[attr-defined]
        assert pool.block
        assert pool.pool is not None
        assert pool.pool.maxsize == 3
