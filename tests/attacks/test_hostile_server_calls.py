"""The SDK calls every method of the contract while the registry sends a false reply.

A new method without an act in `tests.support.hostile.acts` fails the first test.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import google_crc32c
import grpc
import pytest

from modelregistry import Client
from modelregistry._local.last_known import LastKnown
from modelregistry._local.manifest import root_digest
from modelregistry._sync import receiving
from modelregistry.cli import app
from modelregistry.errors import MalformedReply, RegistryError
from modelregistry.v1 import artifact_service_pb2 as artifacts
from modelregistry.v1 import transition_pb2
from tests.support.hostile.acts import ACTS, prepare
from tests.support.hostile.lies import aim_at, chosen
from tests.support.hostile.proxy import METHODS, HostileRegistry, Lie, Replies, hostile, reply_of
from tests.support.hostile.scene import Scene, furnish, opened, outcome, write
from tests.support.progress import LONG, Progress
from tests.support.server import RegistryProcess

PATHS: Final = {method.name: path for path, method in METHODS.items()}
ALLOWED: Final = {"cache", "out", "model", "m"}
UPLOAD_STATE: Final = "GetUpload"
REFUSED: Final = "RejectTransition"
"""An honest registry never lets callers reject their own request: a similar reply replaces it."""
pytestmark = pytest.mark.timeout(36_000 if LONG else 300)


@pytest.fixture(scope="module")
def liar(
    registry_process: RegistryProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HostileRegistry]:
    """A registry with something for every method, that lies."""
    folder = tmp_path_factory.mktemp("content")
    furnish(registry_process.target, folder)
    with hostile(registry_process.target) as made:
        with opened(made.target, folder) as client:
            prepare(client)
            client.push("other", write(folder / "other", {"a": b"1"}))
        yield made


@pytest.fixture
def scene(tmp_path: Path, liar: HostileRegistry) -> Iterator[Scene]:
    """The user's home."""
    made = Scene(tmp_path)
    aim_at(made.victim)
    yield made
    liar.lies = {}


def breaking() -> Lie:
    """Break the first stream: what the registry has is asked for then."""
    broken: list[bool] = []

    def lie(replies: Replies, context: grpc.ServicerContext) -> Iterable[bytes]:
        if not broken:
            broken.append(True)
            context.abort(grpc.StatusCode.UNAVAILABLE, "broken")
        yield from replies

    return lie


def instead(lie: Lie, reply: bytes) -> Lie:
    """Tell a lie about this reply."""
    return lambda _, context: lie(iter([reply]), context)


def test_every_method_has_an_act() -> None:
    assert set(ACTS) == set(PATHS)


@pytest.mark.parametrize("name", ACTS)
def test_a_method_whose_reply_lies_ends_in_a_value_or_a_typed_error(
    liar: HostileRegistry, scene: Scene, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(receiving, "_PARALLEL_FROM", 1)
    helped = {PATHS["WriteUpload"]: breaking} if name == UPLOAD_STATE else {}
    liar.heard.clear()
    liar.lies = {path: make() for path, make in helped.items()}
    where = scene.fresh()
    honest = "CancelTransition" if name == REFUSED else name
    with opened(liar.target, where) as client:
        ACTS[honest](client, where)
    reply = liar.heard[PATHS[honest]]  # the act does call it
    progress = Progress(f"hostile-server-{name}", seed=name)
    for lie in progress.left(chosen({PATHS[name]: reply}, 0 if LONG else 3, progress.seed)):
        where = scene.fresh()
        lying = instead(lie.tell, reply) if name == REFUSED else lie.tell
        liar.lies = {path: make() for path, make in helped.items()} | {lie.path: lying}
        with opened(liar.target, where) as client:
            try:
                repr(outcome(lambda act=ACTS[name], at=where: act(client, at)))  # type: ignore[misc]
                scene.check(where, ALLOWED)
            except Exception as error:
                error.add_note(f"the lie was {lie}")
                raise


def edited(path: str, change: Callable[[Any], object]) -> Lie:
    """Change the honest reply."""

    def lie(replies: Replies, context: grpc.ServicerContext) -> Iterable[bytes]:
        del context
        for reply in replies:
            message = reply_of(path).FromString(reply)
            change(message)
            yield message.SerializeToString()

    return lie


def another(*fields: str) -> Callable[[Any], object]:
    """Have a name, of the last of these fields, be that of another version or model."""

    def change(message: Any) -> None:  # noqa: ANN401 - of any type
        for field in fields[:-1]:
            message = getattr(message, field)[0]
        name = getattr(message, fields[-1]).replace("/fraud", "/sales").replace("/other", "/sales")
        setattr(message, fields[-1], name)

    return change


def number(*fields: str) -> Callable[[Any], object]:
    """Have it be that of another version of the same model."""

    def change(message: Any) -> None:  # noqa: ANN401 - of any type
        for field in fields[:-1]:
            message = getattr(message, field)[0]
        name = getattr(message, fields[-1]).replace("versions/1", "versions/9")
        setattr(message, fields[-1], name.replace("versions/2", "versions/9"))
        if hasattr(message, "number"):
            message.number = 9

    return change


def told(**fields: object) -> Callable[[Any], object]:
    """Set these fields of the reply."""

    def change(reply: Any) -> None:  # noqa: ANN401 - of any type
        for name, value in fields.items():
            setattr(reply, name, value)

    return change


def renamed(*fields: str) -> Callable[[Any], object]:
    """Have it be another name of its kind."""

    def change(message: Any) -> None:  # noqa: ANN401 - of any type
        for field in fields[:-1]:
            message = getattr(message, field)[0]
        setattr(message, fields[-1], getattr(message, fields[-1]).replace("/default", "/risk"))

    return change


OTHER: Final = "namespaces/default/transitions/another"
TRANSITION: Final = "namespaces/default/transitions/1"


def event(**fields: object) -> Callable[[Any], object]:
    """Have there be one more event, like the first but for these fields."""

    def change(reply: Any) -> None:  # noqa: ANN401 - of any type
        added = reply.events.add()
        added.CopyFrom(reply.events[0])
        for field, value in fields.items():
            setattr(added, field, value)
        if "name" in fields:
            added.ClearField("before")
            added.ClearField("after")

    return change


def moved(reply: Any) -> None:  # noqa: ANN401 - of any type
    """Have a transition of another model be among the events."""
    event(name=TRANSITION)(reply)
    move = reply.events[-1].after.transition.moves.add()
    move.version = "namespaces/default/models/sales/versions/1"
    reply.events[-1].after.transition.name = TRANSITION


def tells_of_another(reply: Any) -> None:  # noqa: ANN401 - of any type
    """Have an event of one resource carry the state of another."""
    # An event of something that was deleted carries no state after it.
    state = next(each.after for each in reply.events if each.after.WhichOneof("resource"))
    inner = getattr(state, state.WhichOneof("resource"))
    inner.name = f"{inner.name}x"


def swapped(reply: Any) -> None:  # noqa: ANN401 - of any type
    """Have the last event come first."""
    last = reply.events.pop()
    reply.events.insert(0, last)


ANOTHER: Final[list[tuple[str, Callable[[Any], object]]]] = [
    ("RequestTransition", number("moves", "version")),
    ("RequestTransition", another("moves", "version")),
    ("RequestTransition", lambda reply: setattr(reply.moves[0], "to_stage", "staging")),
    ("RequestTransition", lambda reply: reply.ClearField("moves")),
    ("RequestTransition", lambda reply: reply.moves.append(reply.moves[0])),
    ("CheckTransition", number("moves", "version")),
    ("CheckTransition", lambda reply: reply.ClearField("moves")),
    ("ApproveTransition", renamed("name")),
    ("RejectTransition", renamed("name")),
    ("CancelTransition", renamed("name")),
    ("ListTransitions", renamed("transitions", "name")),
    ("Rollback", another("moves", "version")),
    ("Rollback", lambda reply: reply.ClearField("moves")),
    ("Rollback", lambda reply: setattr(reply.moves[0], "alias", f"{reply.moves[0].alias}x")),
    ("SetAlias", number("version")),
    ("CopyVersion", renamed("name")),
    ("CopyVersion", lambda reply: reply.ClearField("copied_from")),
    ("CopyVersion", lambda reply: setattr(reply.copied_from, "version", "other/2")),
    ("SetStage", number("name")),
    ("SetStage", lambda reply: setattr(reply, "stage", "production")),
    ("SetVersionState", number("name")),
    ("SetVersionState", lambda reply: setattr(reply, "state", 5)),
    ("DeleteVersion", lambda reply: setattr(reply, "state", 1)),
    ("SubmitEvaluation", number("name")),
    ("RecordAttestation", number("name")),
    ("ListEvaluations", number("evaluations", "name")),
    ("ListAttestations", number("attestations", "name")),
    ("ListAliasHistory", another("entries", "name")),
    ("ResolveClosure", lambda reply: setattr(reply.members[0], "path", "../x")),
    ("ResolveClosure", lambda reply: setattr(reply.members[0], "path", "b/c")),
    ("ResolveClosure", lambda reply: reply.members.append(reply.members[0])),
    ("ResolveClosure", lambda reply: setattr(reply.members[0], "root_digest", "sha256:x")),
    ("ResolveClosure", renamed("members", "version")),
    ("ResolveClosure", lambda reply: setattr(reply.version, "name", "namespaces/default/models/x")),
    ("SetRoute", renamed("name")),
    ("SetRoute", lambda reply: reply.ClearField("slots")),
    ("SetRoute", lambda reply: setattr(reply.slots[0], "count", 10_000)),
    ("SetRoute", lambda reply: setattr(reply.slots[0], "arm", 7)),
    ("GetRoute", renamed("name")),
    ("GetRoute", lambda reply: setattr(reply, "default_arm", "x")),
    ("GetRoute", lambda reply: setattr(reply.arms[0], "version", "namespaces/default/models/x")),
    ("GetRoute", lambda reply: reply.arms.append(reply.arms[0])),
    ("ListRoutes", lambda reply: reply.routes.append(reply.routes[0])),
    ("ListRouteHistory", another("entries", "name")),
    ("ListRouteHistory", lambda reply: reply.entries.append(reply.entries[0])),
    ("ListStageHistory", another("entries", "version")),
    ("ListPolicyRevisions", renamed("policies", "name")),
    ("ListRegistrationSchemaRevisions", renamed("schemas", "name")),
    ("CheckRegistrationSchema", renamed("failures", "version")),
    ("ListStagedVersions", renamed("entries", "version")),
    ("ListDatasets", renamed("datasets", "name")),
    ("FindVersionsByDataset", lambda reply: renamed("name")(reply.uses[0].version)),
    ("AbortUpload", renamed("name")),
    ("ListUploads", renamed("uploads", "name")),
    ("Watch", event(name="namespaces/default/models/sales")),
    ("Watch", event(name="namespaces/risk/models/fraud")),
    ("Watch", moved),
    ("Watch", tells_of_another),
    ("ListChanges", event(name="namespaces/default/models/sales")),
    ("ListChanges", event(name="namespaces/risk/models/fraud/versions/1")),
    ("ListChanges", event()),
    ("ListChanges", event(revision=2**40, action="permission.denied", index=-1)),
    ("ListChanges", moved),
    ("ListChanges", tells_of_another),
    ("ListChanges", swapped),
    ("RequestTransition", lambda reply: setattr(reply, "kind", 2)),
    ("RequestTransition", lambda reply: setattr(reply, "state", 5)),
    ("RequestTransition", told(reason="another", existing=False)),
    ("RequestTransition", told(state=3, reason="another", existing=True)),
    ("ApproveTransition", lambda reply: setattr(reply, "state", 5)),
    ("ApproveTransition", number("moves", "version")),
    ("ApproveTransition", lambda reply: setattr(reply.approvals[0], "approved", False)),
    ("ApproveTransition", lambda reply: reply.ClearField("approvals")),
    ("ApproveTransition", lambda reply: setattr(reply.approvals[0], "binding", "another")),
    ("CancelTransition", lambda reply: setattr(reply, "state", 1)),
    ("CancelTransition", lambda reply: setattr(reply, "cause", "another")),
    ("CancelTransition", number("moves", "version")),
    ("Rollback", lambda reply: setattr(reply, "state", 1)),
    ("Rollback", lambda reply: setattr(reply, "kind", 1)),
    ("Rollback", lambda reply: setattr(reply, "reason", "another")),
    ("ListTransitions", another("transitions", "moves", "version")),
    ("ListVersions", lambda reply: reply.versions.reverse()),
    ("ListVersionFiles", lambda reply: reply.files.reverse()),
    ("ListModels", lambda reply: reply.models.reverse()),
    ("ListStageHistory", lambda reply: reply.entries.append(reply.entries[0])),
    ("ListAliasHistory", lambda reply: reply.entries.append(reply.entries[0])),
]


@pytest.mark.parametrize("case", range(len(ANOTHER)), ids=lambda at: f"{at}-{ANOTHER[at][0]}")
def test_a_reply_about_something_else_than_was_asked_is_refused(
    liar: HostileRegistry, scene: Scene, case: int
) -> None:
    name, change = ANOTHER[case]
    where = scene.fresh()
    lie = edited(PATHS[name], change)
    if name == REFUSED:
        lie = instead(lie, transition_pb2.Transition(name=OTHER).SerializeToString())
    liar.lies = {PATHS[name]: lie}
    with opened(liar.target, where) as client:
        assert isinstance(outcome(lambda: ACTS[name](client, where)), MalformedReply)


def claimed(size: int) -> Lie:
    """Have every file be of this size."""

    def lie(replies: Replies, context: grpc.ServicerContext) -> Iterable[bytes]:
        del context
        for reply in replies:
            files = reply_of(PATHS["ListVersionFiles"]).FromString(reply)
            for file in files.files:  # type: ignore[attr-defined]
                file.size_bytes = size
            yield files.SerializeToString()

    return lie


def test_a_pull_that_no_disk_can_take_is_refused_before_anything_is_fetched(
    liar: HostileRegistry, scene: Scene
) -> None:
    where = scene.fresh()
    size = 2**58
    with opened(liar.target, where) as client:
        honest = client.resolve("fraud@champion")
        files = list(client.list_files(honest))
        liar.lies = {PATHS["ListVersionFiles"]: claimed(size)}
        root = root_digest(replace(file, size_bytes=size) for file in files)

        def larger(reply: Any) -> None:  # noqa: ANN401 - of any type
            reply.version.size_bytes, reply.version.root_digest = size * len(files), root

        liar.lies[PATHS["ResolveVersion"]] = edited(PATHS["ResolveVersion"], larger)
        liar.heard.clear()
        result = outcome(lambda: client.pull("fraud@champion", where / "out"))
    assert isinstance(result, RegistryError)
    assert "free" in result.message
    assert PATHS["ReadBlob"] not in liar.heard
    assert PATHS["BatchReadBlobs"] not in liar.heard
    scene.check(where, {"cache"})


def trickling(replies: Replies, context: grpc.ServicerContext) -> Iterable[bytes]:
    """Send one byte, then nothing for as long as the client waits."""
    first = artifacts.ReadBlobResponse.FromString(next(iter(replies)))
    first.data = first.data[:1]
    first.crc32c = google_crc32c.value(first.data)
    yield first.SerializeToString()
    while context.is_active():
        time.sleep(0.05)


def test_a_byte_for_each_stream_is_no_progress(liar: HostileRegistry, scene: Scene) -> None:
    where = scene.fresh()
    liar.lies = {PATHS["ReadBlob"]: trickling}
    with Client(liar.target, timeout=0.3, cache=False) as client:
        digest = next(file.digest for file in client.list_files("fraud/2") if file.size_bytes > 9)
        result = outcome(lambda: b"".join(client.read_blob(digest)))
    assert isinstance(result, RegistryError)
    scene.check(where, set())


@pytest.mark.parametrize("text", ["}", "\x1b[2J", "9" * 10_000, "[" * 100_000])
@pytest.mark.parametrize("form", [(), ("--as-file",)], ids=["page", "file"])
def test_a_schema_that_is_no_json_is_a_line_and_no_traceback(
    liar: HostileRegistry, capsys: pytest.CaptureFixture[str], text: str, form: tuple[str, ...]
) -> None:
    path = PATHS["GetRegistrationSchema"]
    liar.lies = {path: edited(path, lambda reply: setattr(reply, "json_schema", text))}
    assert app.run(["schema", "show", *form, "--server", liar.target]) == 1
    liar.lies = {}
    said = capsys.readouterr()
    assert "json_schema" in said.err
    assert "\x1b" not in said.out + said.err


@pytest.mark.parametrize(
    "text",
    ["[" * 1_000_000, '{"sha256": ', "\x00"],
    ids=["brackets", "cut", "nul"],
)
def test_an_answer_kept_on_disk_that_others_have_written_is_none(tmp_path: Path, text: str) -> None:
    ref = "namespaces/default/models/fraud/aliases/champion"
    known = LastKnown(tmp_path, "registry:1")
    known.write(ref, {}, 1, 0)
    known.path(ref).write_text(text)
    assert known.read(ref) is None


@pytest.mark.parametrize("revision", ["Infinity", "NaN", "1e999"])
def test_a_number_kept_on_disk_that_cannot_be_is_none(tmp_path: Path, revision: str) -> None:
    ref = "namespaces/default/models/fraud/aliases/champion"
    known = LastKnown(tmp_path, "registry:1")
    known.write(ref, {}, 1, 0)
    document = json.loads(known.path(ref).read_text()) | {"revision": json.loads(revision)}
    del document["sha256"]
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    document["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    known.path(ref).write_text(json.dumps(document))
    assert known.read(ref) is None
