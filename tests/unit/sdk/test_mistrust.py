# ruff: noqa: ANN401 - lies about messages of any kind
"""A hostile registry: replies that a client rejects, and actions that it never takes for them."""

import http.server
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from typing_extensions import override

from modelregistry import errors
from modelregistry._local.blocks import Block
from modelregistry._wire import direct
from modelregistry.errors import ContentMismatch, MalformedReply
from modelregistry.v1 import version_pb2
from tests.unit.sdk.conftest import Caller
from tests.unit.sdk.fake_registry import KIB, FakeRegistry, digest_of, root_of

PLAIN = {"environment": None, "source": None}
OTHER = digest_of(b"another")


def version_of(fake: FakeRegistry, files: list[version_pb2.FileEntry]) -> None:
    """Have a version with these files, and the root digest that they have."""
    fake.manifests.append(files)
    fake.versions.append(
        version_pb2.Version(
            name=f"namespaces/default/models/fraud/versions/{len(fake.versions) + 1}",
            root_digest=root_of(files),
        )
    )


def file_of(path: str, data: bytes, digest: str = "") -> version_pb2.FileEntry:
    return version_pb2.FileEntry(path=path, digest=digest or digest_of(data), size_bytes=len(data))


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file of the user's that no registry has any business with."""
    path = tmp_path / "home" / ".bashrc"
    path.parent.mkdir()
    path.write_text("mine")
    return path


def test_a_blob_that_was_not_asked_for_reaches_no_path(
    registry: Caller, fake: FakeRegistry, victim: Path, tmp_path: Path
) -> None:
    contents = [b"one", b"two"]
    version_of(fake, [file_of(str(number), data) for number, data in enumerate(contents)])
    fake.blobs |= {digest_of(data): data for data in contents}
    fake.lies["BatchReadBlobs"] = lambda reply: add_blob(reply, f"sha256:{victim}", b"theirs")
    with pytest.raises(MalformedReply):
        registry.call("pull", "fraud@champion", tmp_path / "out")
    assert victim.read_text() == "mine"
    assert not (tmp_path / "out").exists()


def add_blob(reply: Any, digest: str, data: bytes) -> None:
    reply.blobs.add(digest=digest, data=data)


@pytest.mark.parametrize("size", [3, 600 * KIB])
def test_a_digest_that_is_a_path_reaches_no_path(
    registry: Caller, fake: FakeRegistry, victim: Path, tmp_path: Path, size: int
) -> None:
    data, digest = os.urandom(size), f"sha256:{victim}"
    fake.blobs[digest] = data
    version_of(fake, [file_of("a", data, digest)])
    with pytest.raises(MalformedReply):
        registry.call("pull", "fraud@champion", tmp_path / "out")
    assert victim.read_text() == "mine"


def test_bytes_of_another_model_never_enter_the_cache(
    registry: Caller, fake: FakeRegistry, tmp_path: Path
) -> None:
    theirs, ours = b"honest bytes of another model", [b"one", b"two"]
    version_of(fake, [file_of(str(number), data) for number, data in enumerate(ours)])
    fake.blobs |= {digest_of(data): data for data in ours}
    fake.lies["BatchReadBlobs"] = lambda reply: add_blob(reply, digest_of(theirs), b"poison")
    with pytest.raises(MalformedReply):
        registry.call("pull", "fraud@champion", tmp_path / "out")
    fake.lies.clear()
    fake.blobs[digest_of(theirs)] = theirs
    version_of(fake, [file_of("other", theirs), file_of("2", b"two")])
    path = registry.call("pull", "fraud@champion", tmp_path / "out")
    assert (path / "other").read_bytes() == theirs
    assert fake.calls.count("BatchReadBlobs") == 2, "nothing of it was in the cache"


@pytest.mark.parametrize(
    "path",
    [
        *("../out", "a/../../b", "/etc/passwd", "C:weights.bin", "c:/a", "a\\b", "", "a//b", "."),
        *("a\0b", "a\nb", "a\u2028b", "a\u202egnp.exe", "\u0085", "a /b", "x" * 1025, "e\u0301"),
    ],
)
def test_a_path_that_may_not_be_written_is_refused(
    registry: Caller, fake: FakeRegistry, tmp_path: Path, path: str
) -> None:
    fake.blobs[digest_of(b"x")] = b"x"
    version_of(fake, [file_of(path, b"x")])
    with pytest.raises(ContentMismatch):
        registry.call("pull", "fraud@champion", tmp_path / "in" / "out")
    assert not (tmp_path / "in" / "out").exists()


Lie = Callable[[Any], None]


def setting(**fields: Any) -> Lie:
    def lie(reply: Message) -> None:
        for path, value in fields.items():
            *above, last = path.split("__")
            part: Any = reply
            for name in above:
                part = getattr(part, name)
            setattr(part, last, value)

    return lie


def doubled(field: str) -> Lie:
    return lambda reply: getattr(reply, field).append(getattr(reply, field)[0])


def dropped(field: str) -> Lie:
    return lambda reply: getattr(reply, field).__delitem__(0)


def reversed_(field: str) -> Lie:
    return lambda reply: getattr(reply, field).reverse()


PULL_LIES: dict[str, tuple[str, Lie]] = {
    "missing": ("BatchReadBlobs", dropped("blobs")),
    "repeated": ("BatchReadBlobs", doubled("blobs")),
    "order": ("BatchReadBlobs", reversed_("blobs")),
    "bytes": ("BatchReadBlobs", lambda reply: setattr(reply.blobs[0], "data", b"no")),
    "other model": ("ResolveVersion", setting(version__name="namespaces/a/models/b/versions/1")),
    "no version": ("ResolveVersion", lambda reply: reply.ClearField("version")),
    "name": ("ResolveVersion", setting(version__name="../../etc")),
    "root": ("ResolveVersion", setting(version__root_digest=OTHER)),
    "root of none": ("ResolveVersion", setting(version__root_digest="sha256:../../x")),
    "count": ("ResolveVersion", setting(version__file_count=7)),
    "size": ("ResolveVersion", setting(version__size_bytes=7)),
    "below 0": ("ResolveVersion", setting(version__size_bytes=-1)),
    "number": ("ResolveVersion", setting(version__number=5)),
    "moment": ("ResolveVersion", setting(version__create_time__seconds=2**62)),
    "extra file": ("ListVersionFiles", doubled("files")),
    "lost file": ("ListVersionFiles", dropped("files")),
    "other file": ("ListVersionFiles", lambda reply: setattr(reply.files[0], "digest", OTHER)),
    "for ever": ("ListVersionFiles", setting(next_page_token="2")),
    "limits": ("GetTransferLimits", setting(max_batch_bytes=-1)),
}


@pytest.mark.parametrize("kind", list(PULL_LIES))
def test_a_lie_to_a_pull_is_found_and_leaves_nothing(
    registry: Caller, fake: FakeRegistry, tmp_path: Path, kind: str
) -> None:
    contents = {name: name.encode() * 9 for name in ("a", "b", "c")}
    fake.blobs |= {digest_of(data): data for data in contents.values()}
    version_of(fake, [file_of(name, data) for name, data in contents.items()])
    before = registry.call("pull", "fraud@champion", tmp_path / "before", link=False)
    fake.blobs.pop(digest_of(b"a" * 9))
    contents = {name: name.encode() * 8 for name in ("a", "b", "c")}
    fake.blobs |= {digest_of(data): data for data in contents.values()}
    version_of(fake, [file_of(name, data) for name, data in contents.items()])
    method, lie = PULL_LIES[kind]
    fake.lies[method] = lie
    with pytest.raises(ContentMismatch):
        registry.call("pull", "fraud@champion", before)
    assert (before / "a").read_bytes() == b"a" * 9
    fake.lies.clear()
    if kind == "limits":
        fake.limits.max_batch_bytes = 32 * KIB
    if method == "ResolveVersion":
        return  # it was done to what the registry holds
    registry.call("pull", "fraud@champion", before)
    assert {path.name: path.read_bytes() for path in before.iterdir()} == contents


PUSH_LIES: dict[str, tuple[str, Lie]] = {
    "never asked": ("FindMissingBlobs", lambda reply: reply.missing.add(digest=OTHER)),
    "twice": ("FindMissingBlobs", doubled("missing")),
    "no result": ("BatchUploadBlobs", dropped("results")),
    "other result": (
        "BatchUploadBlobs",
        lambda reply: setattr(reply.results[0], "digest", OTHER),
    ),
    "other upload": ("BeginUpload", setting(name="namespaces/risk/uploads/1")),
    "upload of a path": ("BeginUpload", setting(name="namespaces/default/uploads/../../x")),
    "other blob": ("BeginUpload", setting(blob__digest=OTHER)),
    "other size": ("BeginUpload", setting(blob__size_bytes=1)),
    "beyond": ("BeginUpload", setting(committed_offset=2**40)),
    "before it was sent": ("BeginUpload", setting(committed_offset=1)),
    "backwards": ("BeginUpload", setting(committed_offset=-1)),
    "no state": ("BeginUpload", setting(state=0)),
    "state": ("BeginUpload", setting(state=77)),
    "open for ever": ("CommitUpload", setting(state=1)),
    "other commit": ("CommitUpload", setting(blob__digest=OTHER)),
    "other version": ("RegisterVersion", setting(root_digest=OTHER)),
    "other model": ("RegisterVersion", setting(name="namespaces/default/models/b/versions/1")),
    "no name": ("RegisterVersion", setting(name="")),
    "no pieces": ("GetTransferLimits", setting(preferred_chunk_bytes=1, max_chunk_bytes=1)),
    "pieces below 0": ("GetTransferLimits", setting(preferred_chunk_bytes=-1)),
    "find below 0": ("GetTransferLimits", setting(max_find_missing=-7)),
}


@pytest.mark.parametrize("kind", list(PUSH_LIES))
def test_a_lie_to_a_push_is_found(
    registry: Caller, fake: FakeRegistry, tmp_path: Path, kind: str
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for name, size in (("a", 10), ("b", 20), ("big", 600 * KIB)):
        (folder / name).write_bytes(os.urandom(size))
    method, lie = PUSH_LIES[kind]
    fake.lies[method] = lie
    with pytest.raises(ContentMismatch):
        registry.call("push", "fraud", folder, **PLAIN)


@pytest.mark.parametrize(
    "fields", [{}, {"max_chunk_bytes": 2**31 - 1, "max_batch_bytes": 2**31 - 1}]
)
def test_limits_that_are_missing_or_huge_are_bounded_here(
    registry: Caller, fake: FakeRegistry, tmp_path: Path, fields: dict[str, int]
) -> None:
    fake.limits.Clear()
    for name, value in fields.items():
        setattr(fake.limits, name, value)
    (tmp_path / "big").write_bytes(os.urandom(600 * KIB))
    # The fake asserts its limits, and here it has none.
    fake.limits.max_find_missing = fake.limits.max_batch_blobs = 10
    version = registry.call("push", "fraud", tmp_path / "big", **PLAIN)
    assert version.number == 1


def test_an_upload_that_is_there_before_it_was_sent_is_a_lie(
    registry: Caller, fake: FakeRegistry, tmp_path: Path
) -> None:
    # Its digest would be that of nothing, and would be remembered for this file.
    fake.limits.late_digest = True
    (tmp_path / "big").write_bytes(os.urandom(600 * KIB))
    fake.lies["BeginUpload"] = setting(state=2)
    with pytest.raises(MalformedReply):
        registry.call("push", "fraud", tmp_path / "big", **PLAIN)
    fake.lies.clear()
    assert registry.call("push", "fraud", tmp_path / "big", **PLAIN).number == 1


def test_a_reference_by_digest_or_number_is_answered_by_that_version(
    registry: Caller, fake: FakeRegistry
) -> None:
    version_of(fake, [file_of("a", b"a")])
    root = fake.versions[-1].root_digest
    assert registry.call("resolve", f"fraud@{root}").root_digest == root
    for ref in (f"fraud@{OTHER}", "fraud/2", "risk/fraud@champion", "frau@champion"):
        with pytest.raises(MalformedReply):
            registry.call("resolve", ref)
    with pytest.raises(MalformedReply):
        registry.call("resolve", "fraud@champion", min_revision=5)


def test_a_malformed_reply_is_content_that_does_not_match() -> None:
    assert issubclass(errors.MalformedReply, errors.ContentMismatch)


@pytest.mark.parametrize(
    "url, remote, local",
    [
        ("https://storage.googleapis.com/b/o?X-Signature=1", True, True),
        ("http://storage.googleapis.com/b/o", False, False),
        ("http://127.0.0.1:9000/b/o", False, True),
        ("https://localhost/b/o", False, True),
        ("http://[::1]:9000/o", False, True),
        ("http://169.254.169.254/latest/meta-data", False, False),
        ("https://user:secret@example.org/o", False, False),
        ("ftp://example.org/o", False, False),
        ("https://[/o", False, False),
        ("https:///etc/passwd", False, False),
        ("", False, False),
    ],
)
def test_an_address_that_a_registry_chose_is_asked_where_that_harms_nobody(
    url: str, *, remote: bool, local: bool
) -> None:
    assert direct.is_usable(url, loopback=False) is remote
    assert direct.is_usable(url, loopback=True) is local


def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(307)
            self.send_header("Location", "/inner/service")
            self.send_header("Content-Length", "0")
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/object"
        with pytest.raises(errors.Unavailable):
            direct.fetch(url, Block(0, 0, 10, 0), lambda *_: True)
        server.shutdown()
    assert asked == ["/object"]
