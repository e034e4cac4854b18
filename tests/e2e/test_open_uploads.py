"""Uploads of a namespace as operators see them: listed, and ended, by any writer."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modelregistry import Client, UploadState
from modelregistry.cli import app
from modelregistry.errors import NamespaceNotFound, UploadNotFound, UploadNotOpen
from modelregistry.v1 import artifact_service_pb2 as artifact
from tests.support.content import NAMESPACE, begin, chunks, digest_of, pushed
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refused

Run = Callable[..., str]


@pytest.fixture
def client(registry_process: RegistryProcess) -> Iterator[Client]:
    with Client(registry_process.target) as opened:
        yield opened


@pytest.fixture
def run(
    registry_process: RegistryProcess,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Run:
    monkeypatch.setenv("MODELREG_SERVER", registry_process.target)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: str, code: int = 0) -> str:
        assert app.run(list(arguments)) == code
        captured = capsys.readouterr()
        return captured.err if code else captured.out

    return run


def begun(stubs: Stubs, data: bytes, sent: int = 0) -> artifact.Upload:
    upload = begin(stubs, digest_of(data), len(data))
    if sent:
        list(stubs.WriteUpload(chunks(upload.name, data[:sent])))
    return upload


def test_open_uploads_are_listed_oldest_first_page_by_page(stubs: Stubs, client: Client) -> None:
    made = [begun(stubs, b"upload %d" % number, number) for number in range(5)]
    pushed(stubs, b"committed at once")

    pages = list(client.list_uploads(page_size=2).pages())
    found = [upload for page in pages for upload in page.items]

    assert [upload.name for upload in found] == [upload.name for upload in made]
    assert [len(page.items) for page in pages] == [2, 2, 1]
    assert {upload.state for upload in found} == {UploadState.OPEN}
    assert [upload.committed_offset for upload in found] == list(range(5))
    first, last = found[0], found[-1]
    assert (first.size_bytes, first.creator, first.digest) == (8, "local", made[0].blob.digest)
    assert first.create_time is not None
    assert first.progress_time == first.create_time
    assert last.progress_time is not None
    assert last.create_time is not None
    assert last.progress_time >= last.create_time

    everything = list(client.list_uploads(show_ended=True))
    assert {upload.name for upload in made} < {upload.name for upload in everything}
    assert everything[-1].state is UploadState.COMMITTED
    for upload in found:
        assert client.abort_upload(upload).state is UploadState.ABORTED
    assert list(client.list_uploads()) == []


def test_what_cannot_be_listed_or_ended_is_an_error(stubs: Stubs, client: Client) -> None:
    with pytest.raises(NamespaceNotFound):
        list(client.list_uploads(namespace="nowhere"))
    with pytest.raises(UploadNotFound):
        client.abort_upload("0190aaaa-0000-7000-8000-000000000000")
    with pytest.raises(UploadNotOpen):
        client.abort_upload(pushed(stubs, b"is committed").name)
    request = artifact.ListUploadsRequest(parent=NAMESPACE, page_token="bm90IGEgdG9rZW4")
    assert refused(stubs.ListUploads, request).reason == "INVALID_REQUEST"
    wrong = artifact.ListUploadsRequest(parent="models/fraud")
    assert refused(stubs.ListUploads, wrong).fields == ("parent",)


def test_the_command_lists_and_aborts(stubs: Stubs, run: Run) -> None:
    upload = begun(stubs, b"0123456789", 3)
    key = upload.name.rpartition("/")[2]

    shown = run("uploads", "list")
    assert max(map(len, shown.splitlines())) <= 80
    assert key in shown
    assert "30 %" in shown
    assert "local" in shown
    (listed,) = json.loads(run("uploads", "list", "--json"))
    assert (listed["name"], listed["committed_offset"], listed["creator"]) == (
        upload.name,
        3,
        "local",
    )

    assert key in run("uploads", "abort", key, "--yes")
    assert run("uploads", "list") == ""
    assert "aborted" in run("uploads", "list", "--ended")
    aborted = run("uploads", "abort", upload.name, "--json", "--yes")
    assert json.loads(aborted)["name"] == upload.name


def test_only_writers_list_and_they_end_those_of_others(
    own_registry: RegistryProcess,
) -> None:
    own_registry.start()
    tokens = {name: own_registry.token(name, role) for name, role in _ROLES.items()}
    with connected(own_registry.target) as stubs:
        as_ann, as_ben, as_cid = (
            {"metadata": (("authorization", f"Bearer {tokens[name]}"),)} for name in _ROLES
        )
        blob = artifact.BlobRef(digest=digest_of(b"of ann"), size_bytes=6)
        beginning = artifact.BeginUploadRequest(parent=NAMESPACE, blob=blob)
        listing = artifact.ListUploadsRequest(parent=NAMESPACE)
        upload = stubs.BeginUpload(beginning, **as_ann)
        denied = refused(lambda request: stubs.ListUploads(request, **as_cid), listing)
        assert denied.reason == "PERMISSION_DENIED"
        (found,) = stubs.ListUploads(listing, **as_ben).uploads
        assert (found.name, found.creator) == (upload.name, "ann")
        ending = artifact.AbortUploadRequest(name=upload.name)
        assert stubs.AbortUpload(ending, **as_ben).state == artifact.UPLOAD_STATE_ABORTED


_ROLES = {"ann": "writer", "ben": "writer", "cid": "reader"}
