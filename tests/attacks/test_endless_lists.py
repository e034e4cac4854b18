"""Lists without end: clients that collect all items end with a typed error.

Such a list looks like a long one until it exceeds the bound of every reply.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import grpc
import pytest

from modelregistry._wire import reading
from modelregistry.cli import app
from modelregistry.errors import ContentMismatch, MalformedReply
from tests.support.hostile.proxy import METHODS, HostileRegistry, Lie, Replies, hostile, reply_of
from tests.support.hostile.scene import Scene, furnish, opened, outcome
from tests.support.server import RegistryProcess

PATHS: Final = {method.name: path for path, method in METHODS.items()}
FRAUD: Final = "namespaces/default/models/fraud"
VERSION: Final = f"{FRAUD}/versions/2"
FIRST: Final = 2**60
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
def scene(tmp_path: Any, liar: HostileRegistry, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:  # noqa: ANN401
    """The user's home, and a bound that is reached soon."""
    monkeypatch.setattr(reading, "MOST_REPLIES", 300)
    yield Scene(tmp_path)
    liar.lies = {}


def endless(name: str, add: Callable[[Any, int], object]) -> dict[str, Lie]:
    """Have each page of a list have one more item, and lead to another."""
    numbers = iter(range(FIRST))

    def lie(replies: Replies, context: grpc.ServicerContext) -> Iterable[bytes]:
        del replies, context
        number = next(numbers)
        reply: Any = reply_of(PATHS[name])(next_page_token=f"at {number}")
        add(reply, number)
        yield reply.SerializeToString()

    return {PATHS[name]: lie}


def removed(reply: Any, number: int) -> None:  # noqa: ANN401 - of any type
    """Create and remove an alias, so that the audit trail has entries of aliases."""
    name = f"{FRAUD}/aliases/a{number:09}"
    reply.events.add(revision=FIRST - number, action="alias.delete", name=name)


LISTS: Final[dict[str, Callable[[Any, int], object]]] = {
    "ListTransitions": lambda reply, number: reply.transitions.add(
        name=f"namespaces/default/transitions/{number}", moves=[{"version": VERSION}]
    ),
    "ListStageHistory": lambda reply, number: reply.entries.add(
        version=VERSION, revision=FIRST - number
    ),
    "ListAliasHistory": lambda reply, number: reply.entries.add(
        name=f"{FRAUD}/aliases/champion", version=VERSION, revision=FIRST - number
    ),
    "ListAliases": lambda reply, number: reply.aliases.add(
        name=f"{FRAUD}/aliases/a{number:09}", version=VERSION
    ),
    "ListEvaluations": lambda reply, number: reply.evaluations.add(
        name=f"{VERSION}/evaluations/{number}"
    ),
    "ListAttestations": lambda reply, number: reply.attestations.add(
        name=f"{VERSION}/attestations/{number}", payload_digest=f"sha256:{number:064}"
    ),
    "ListChanges": removed,
    "ListVersionFiles": lambda reply, number: reply.files.add(
        path=f"f{number:09}", digest=f"sha256:{0:064}", size_bytes=1
    ),
}


# Reports do not read these.
BESIDE: Final[dict[str, Callable[[Any, int], object]]] = {
    "ListRouteHistory": lambda reply, number: reply.entries.add(
        name=f"{FRAUD}/routes/checkout", revision=FIRST - number
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_report_of_lists_without_end_is_refused(
    liar: HostileRegistry, scene: Scene, name: str
) -> None:
    liar.lies = endless(name, LISTS[name])
    with opened(liar.target, scene.fresh()) as client:
        assert isinstance(outcome(lambda: client.report(VERSION)), MalformedReply)


def test_a_pull_of_files_without_end_is_refused(liar: HostileRegistry, scene: Scene) -> None:
    where = scene.fresh()
    liar.lies = endless("ListVersionFiles", LISTS["ListVersionFiles"])
    with opened(liar.target, where) as client:
        assert isinstance(outcome(lambda: client.pull(VERSION, where / "out")), ContentMismatch)
    scene.check(where, {"cache"})


def test_few_replies_that_are_large_are_too_much_as_well(
    liar: HostileRegistry, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 4 << 20)

    def add(reply: Any, number: int) -> None:  # noqa: ANN401 - of any type
        reply.entries.add(version=VERSION, revision=FIRST - number, reason="x" * (1 << 20))

    liar.lies = endless("ListStageHistory", add)
    liar.heard.clear()
    with opened(liar.target, scene.fresh()) as client:
        assert isinstance(outcome(lambda: client.report(VERSION)), MalformedReply)


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("ListAliasHistory", ["alias", "history", "fraud", "champion"]),
        ("ListRouteHistory", ["route", "history", "fraud@checkout"]),
        ("ListVersionFiles", ["versions", "files", "fraud/2"]),
        ("ListTransitions", ["transitions", "list"]),
        ("ListAttestations", ["attestations", "fraud/2"]),
    ],
)
def test_a_command_that_lists_without_end_is_a_line_and_no_traceback(
    liar: HostileRegistry,
    scene: Scene,
    capsys: pytest.CaptureFixture[str],
    name: str,
    arguments: list[str],
) -> None:
    del scene
    liar.lies = endless(name, {**LISTS, **BESIDE}[name])
    assert app.run([*arguments, "--server", liar.target]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "do not end" in said.err


def test_a_list_that_a_user_reads_is_handed_on_item_by_item(
    liar: HostileRegistry, scene: Scene
) -> None:
    liar.lies = endless("ListStageHistory", LISTS["ListStageHistory"])
    with opened(liar.target, scene.fresh()) as client:
        moves = iter(client.stage_history("fraud"))
        assert [next(moves).revision for _ in range(400)][-1] == FIRST - 399
