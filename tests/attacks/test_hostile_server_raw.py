"""Faults outside of fields: replies that are no messages, wrong stream order, false statuses."""

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

import grpc
import psutil
import pytest

from modelregistry import Client
from modelregistry.errors import ContentMismatch, RegistryError
from modelregistry.types import Version
from modelregistry.v1 import artifact_service_pb2 as artifacts
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookups
from tests.support.hostile.proxy import HostileRegistry, Lie, Replies, hostile
from tests.support.hostile.scene import CONTENT, KIB, Scene, furnish, opened, outcome, tree, write
from tests.support.server import RegistryProcess

MIB: Final = KIB * KIB
SERVICE: Final = "/modelregistry.v1."
READ_BLOB: Final = f"{SERVICE}ArtifactService/ReadBlob"
WRITE_UPLOAD: Final = f"{SERVICE}ArtifactService/WriteUpload"
RESOLVE: Final = f"{SERVICE}LookupService/ResolveVersion"
FILES: Final = f"{SERVICE}CatalogService/ListVersionFiles"
BATCH: Final = f"{SERVICE}ArtifactService/BatchReadBlobs"
LIMITS: Final = f"{SERVICE}ArtifactService/GetTransferLimits"
WATCH: Final = f"{SERVICE}LookupService/Watch"
Context = grpc.ServicerContext
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def liar(
    registry_process: RegistryProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HostileRegistry]:
    """A registry with content that lies."""
    furnish(registry_process.target, tmp_path_factory.mktemp("content"))
    with hostile(registry_process.target) as made:
        yield made


@pytest.fixture
def scene(tmp_path: Path, liar: HostileRegistry) -> Iterator[Scene]:
    """The user's home."""
    yield Scene(tmp_path)
    liar.lies = {}


def always(data: bytes) -> Lie:
    """Answer with these bytes, whatever was asked."""

    def lie(replies: Replies, context: Context) -> Iterable[bytes]:
        del replies, context
        return [data]

    return lie


def without_end(replies: Replies, context: Context) -> Iterable[bytes]:
    """Say the last reply again and again."""
    last = b""
    for last in replies:
        yield last
    while context.is_active():
        yield last


def without_answer(replies: Replies, context: Context) -> Iterable[bytes]:
    """End the call with OK and nothing."""
    del replies, context
    return ()


def cut(replies: Replies, context: Context) -> Iterable[bytes]:
    """Send half of the first reply."""
    del context
    first = next(iter(replies))
    return [first[: len(first) // 2]]


def failing(code: grpc.StatusCode, *trailers: tuple[str, bytes]) -> Lie:
    """Fail with this status and these trailers."""

    def lie(replies: Replies, context: Context) -> Iterable[bytes]:
        del replies
        context.set_trailing_metadata(trailers)
        context.abort(code, "no \x1b[2J")

    return lie


RAW: dict[str, Lie] = {
    "garbage": always(b"\xff" * 64),
    "groups": always(b"\x0b" * 100_000),
    "depth": always(b"\x0a" * 100_000),
    "empty": always(b""),
    "empty messages": always(b"\x0a\x00" * (2 * MIB)),
    "empty messages in another field": always(b"\x12\x00" * (2 * MIB)),
    "small messages": always(b"\x0a\x02\x08\x01" * (MIB)),
    "too large": always(b"\x0a" + b"\x80\x80\x80\x09" + bytes(18 * MIB)),
    "cut": cut,
    "no answer": without_answer,
    "without end": without_end,
}
DETAILS: Final = "grpc-status-details-bin"
STATUSES: dict[str, Lie] = {
    **{code.name: failing(code) for code in grpc.StatusCode if code is not grpc.StatusCode.OK},
    "garbage details": failing(grpc.StatusCode.NOT_FOUND, (DETAILS, b"\xff" * 100)),
    "huge details": failing(grpc.StatusCode.INTERNAL, (DETAILS, b"\x0a" * MIB)),
    "details beyond the limit": failing(grpc.StatusCode.INTERNAL, (DETAILS, b"\x0a" * (3 * MIB))),
}


def pull(client: Client, where: Path) -> object:
    """Pull the version that the attack is about."""
    return client.pull("fraud@champion", where / "out")


CASES: Final = [
    *((path, kind) for path in (RESOLVE, FILES, LIMITS, BATCH, READ_BLOB) for kind in RAW),
    *((path, kind) for path in (RESOLVE, BATCH) for kind in STATUSES),
]


@pytest.mark.parametrize(
    "path, kind", CASES, ids=[f"{path.rpartition('/')[2]}-{kind}" for path, kind in CASES]
)
def test_a_reply_that_is_none_ends_a_pull(
    liar: HostileRegistry, scene: Scene, path: str, kind: str
) -> None:
    where = scene.fresh()
    liar.lies = {path: RAW.get(kind) or STATUSES[kind]}
    before = psutil.Process().memory_info().rss
    with opened(liar.target, where) as client:
        result = outcome(lambda: pull(client, where))
    scene.check(where, {"cache", "out"})
    assert psutil.Process().memory_info().rss - before < 300 * MIB
    if isinstance(result, RegistryError):
        assert not (where / "out").exists()
    else:  # such as an older registry that has no batches
        assert tree(where / "out") == CONTENT


@pytest.mark.parametrize("kind", RAW)
def test_a_reply_that_is_none_ends_a_watch_and_leaves_a_resolver(
    liar: HostileRegistry, scene: Scene, kind: str
) -> None:
    where = scene.fresh()
    liar.lies = {WATCH: RAW[kind]}

    def follow() -> Version:
        with client.resolver("fraud@champion") as champion:
            return champion.version

    with opened(liar.target, where) as client:
        # It polls instead of watching, so that it has an answer, and reports that it is stale.
        assert isinstance(outcome(follow), Version)
    scene.check(where, {"cache"})


def edited(change: Callable[[list[artifacts.ReadBlobResponse]], None]) -> Lie:
    """Change the messages of one blob, all of them at hand."""

    def lie(replies: Replies, context: Context) -> Iterable[bytes]:
        del context
        messages = [artifacts.ReadBlobResponse.FromString(reply) for reply in replies]
        change(messages)
        return [message.SerializeToString() for message in messages]

    return lie


def shift(messages: list[artifacts.ReadBlobResponse]) -> None:
    """Have every message begin one byte later."""
    for message in messages:
        message.offset += 1


READS: dict[str, Lie] = {
    "truncated": edited(lambda messages: messages.__delitem__(-1)),
    "twice": edited(lambda messages: messages.extend(list(messages))),
    "nothing": edited(lambda messages: messages.clear()),
    "empty pieces": edited(
        lambda messages: messages.extend([artifacts.ReadBlobResponse()] * 100_000)
    ),
    "shifted": edited(shift),
    "smaller": edited(lambda messages: setattr(messages[0], "size_bytes", 1)),
    "larger": edited(lambda messages: setattr(messages[0], "size_bytes", 2**62)),
    "without end": without_end,
}


@pytest.mark.parametrize("kind", READS)
def test_a_stream_of_bytes_is_what_was_asked_for(
    liar: HostileRegistry, scene: Scene, kind: str
) -> None:
    where = scene.fresh()
    liar.lies = {READ_BLOB: READS[kind]}
    with opened(liar.target, where) as client:
        assert isinstance(outcome(lambda: pull(client, where)), ContentMismatch)
    scene.check(where, {"cache"})


def acknowledging(*offsets: int) -> Lie:
    """Acknowledge these offsets, whatever was sent."""

    def lie(replies: Replies, context: Context) -> Iterable[bytes]:
        del context
        injected = [
            artifacts.WriteUploadResponse(committed_offset=at).SerializeToString() for at in offsets
        ]
        return chain(injected, replies)

    return lie


UPLOADS: dict[str, Lie] = {
    "beyond": acknowledging(2**62),
    "below 0": acknowledging(-1),
    "backwards": acknowledging(1000, 10),
    "for ever": acknowledging(*[0] * 50_000),
    "without end": without_end,
}


@pytest.mark.parametrize("kind", UPLOADS)
def test_acknowledgements_that_cannot_be_end_a_push(
    liar: HostileRegistry, scene: Scene, kind: str
) -> None:
    where = scene.fresh()
    liar.lies = {WRITE_UPLOAD: UPLOADS[kind]}
    write(where / "model", {"large": os.urandom(900 * KIB)})
    with opened(liar.target, where) as client:
        result = outcome(lambda: client.push("fraud", where / "model"))
    assert isinstance(result, RegistryError)
    scene.check(where, {"cache", "model"})


def test_a_watch_that_goes_back_is_over(liar: HostileRegistry, scene: Scene) -> None:
    where = scene.fresh()

    def backwards(replies: Replies, context: Context) -> Iterable[bytes]:
        del replies, context
        for revision in (7, 6):
            yield lookups.WatchResponse(revision=revision).SerializeToString()

    liar.lies = {WATCH: backwards}
    with opened(liar.target, where) as client:
        changes = client.watch(start_revision=1)
        assert isinstance(outcome(lambda: list(changes)), ContentMismatch)


def test_a_list_of_pages_that_differ_for_ever_comes_to_an_end(
    liar: HostileRegistry, scene: Scene
) -> None:
    where = scene.fresh()
    numbers = iter(range(10**9))

    def further(replies: Replies, context: Context) -> Iterable[bytes]:
        del replies, context
        token = str(next(numbers))
        return [catalog.ListVersionFilesResponse(next_page_token=token).SerializeToString()]

    liar.lies = {FILES: further}
    with opened(liar.target, where) as client:
        assert isinstance(outcome(lambda: pull(client, where)), ContentMismatch)
