"""A registry lies about the members of an ensemble: a pull has the right files, or writes none."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import grpc
import pytest

from modelregistry import Client, Ensemble, EnsembleMember
from modelregistry.errors import ContentMismatch, MalformedReply, RegistryError
from modelregistry.v1 import ensemble_pb2
from modelregistry.v1 import lookup_service_pb2 as lookups
from tests.support.hostile.proxy import HostileRegistry, Lie, Replies, hostile
from tests.support.hostile.scene import Scene, opened, outcome, tree, write
from tests.support.server import RegistryProcess

RESOLVE: Final = "/modelregistry.v1.LookupService/ResolveClosure"
FILES: Final = {"members/a/model": b"a", "members/b/model": b"b"}
Change = Callable[[lookups.ResolveClosureResponse], object]


@pytest.fixture(scope="module")
def liar(
    registry_process: RegistryProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HostileRegistry]:
    """A registry with the ensemble both/1 of a/1 and b/1, and with both/2 of b/1."""
    folder = tmp_path_factory.mktemp("content")
    with Client(registry_process.target, cache=False) as client:
        for model in ("closure-a", "closure-b"):
            client.push(model, write(folder / model, {"model": model[-1:].encode()}))
        a, b = (EnsembleMember(role=one, version=f"closure-{one}/1") for one in "ab")
        client.push("closure-both", ensemble=Ensemble(members=(a, b)))
        client.push("closure-both", ensemble=Ensemble(members=(b,)))
    with hostile(registry_process.target) as made:
        yield made


@pytest.fixture
def scene(tmp_path: Path, liar: HostileRegistry) -> Iterator[Scene]:
    """The user's home."""
    yield Scene(tmp_path)
    liar.lies = {}


def telling(change: Change) -> Lie:
    """Change the reply of ResolveClosure."""

    def lie(replies: Replies, context: grpc.ServicerContext) -> Iterable[bytes]:
        del context
        for reply in replies:
            message = lookups.ResolveClosureResponse.FromString(reply)
            change(message)
            yield message.SerializeToString()

    return lie


def at(*paths: str) -> Change:
    """Put the second member at these paths."""

    def change(reply: lookups.ResolveClosureResponse) -> None:
        member = reply.members.pop()
        for path in paths:
            member.path = path
            reply.members.append(member)

    return change


def set_last(**fields: object) -> Change:
    """Set fields of the second member."""
    return lambda reply: reply.members[-1].MergeFrom(ensemble_pb2.ClosureMember(**fields))  # type: ignore[arg-type]


def another_member(reply: lookups.ResolveClosureResponse) -> None:
    """Add the second member once more, with another digest."""
    member = reply.members.add()
    member.CopyFrom(reply.members[1])
    member.path, member.root_digest = "c", reply.members[0].root_digest


def soft_ones(reply: lookups.ResolveClosureResponse) -> None:
    """Let there be very many members that are left out, and a last one that lies."""
    member = reply.members.pop()
    for number in range(9_000):
        member.path, member.soft = f"m{number}", True
        member.state = ensemble_pb2.MEMBER_STATE_REVOKED
        reply.members.append(member)
    reply.members[0].root_digest = f"sha256:{0:064}"


def empty_ones(reply: lookups.ResolveClosureResponse) -> None:
    """Let there be a million members without anything."""
    reply.MergeFromString(lookups.ResolveClosureResponse().SerializeToString() + b"\x12\0" * 10**6)


MALFORMED: Final[dict[str, Change]] = {
    **{repr(path): at(path) for path in ("..", "../x", "/x", "b/../x", "b//x", "", ".", "x\\y")},
    **{repr(path): at(path) for path in ("x\0", "\x1b[2J", "c:", "B", "\u202eb", "b.", "b" * 64)},
    "repeated": at("a"),
    "below nothing": at("x/b"),
    "deep": at(*("/".join(["b"] * levels) for levels in range(1, 1_000))),
    "another namespace": set_last(version="namespaces/other/models/b/versions/1"),
    "a path as version": set_last(version="../../b/1"),
    "no digest": set_last(root_digest="../x"),
    "negative": set_last(file_count=-1),
    "empty ones": empty_ones,
}
MISMATCHED: Final[dict[str, Change]] = {
    "another digest": set_last(root_digest=f"sha256:{0:064}"),
    "two digests": another_member,
    "another version": lambda reply: setattr(reply.version, "uid", f"{0:032}"),
    "another number": lambda reply: setattr(reply.version, "root_digest", f"sha256:{0:064}"),
    "another size": set_last(size_bytes=7),
    "another count": set_last(file_count=7),
    "soft ones": soft_ones,
}


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED)
def test_members_that_are_no_tree_of_roles_are_refused(
    liar: HostileRegistry, scene: Scene, change: Change
) -> None:
    assert isinstance(pulled(liar, scene, change), MalformedReply)


@pytest.mark.parametrize("change", MISMATCHED.values(), ids=MISMATCHED)
def test_members_with_other_content_are_refused(
    liar: HostileRegistry, scene: Scene, change: Change
) -> None:
    assert isinstance(pulled(liar, scene, change), ContentMismatch)


def test_honest_members_are_pulled(liar: HostileRegistry, scene: Scene) -> None:
    where = pulled(liar, scene, lambda _: None)
    assert isinstance(where, Path)
    assert tree(where) == FILES


def pulled(liar: HostileRegistry, scene: Scene, change: Change) -> Path | RegistryError:
    """Pull while the registry lies: nothing is written if that fails."""
    where = scene.fresh()
    liar.lies = {RESOLVE: telling(change)}
    with opened(liar.target, where) as client:
        result = outcome(lambda: client.pull("closure-both/1", where / "out"))
    scene.check(where, {"cache", *(() if isinstance(result, RegistryError) else {"out"})})
    return result
