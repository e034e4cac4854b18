"""A hostile registry changes every field that a client reads, in every action of the client.

In all cases: no file outside the target changes, no wrong content is kept, memory stays bounded,
and the action ends with the right result or a typed error. A walk over the descriptors finds the
fields, so a new method or field is attacked without a change here. `REGISTRY_TEST_ATTACKS=long`
runs all of them.
"""

import ctypes
import gc
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil
import pytest

from modelregistry import Client, report
from modelregistry.cli import app
from modelregistry.errors import RegistryError
from modelregistry.types import Version
from tests.support.hostile.lies import FieldLie, aim_at, chosen
from tests.support.hostile.proxy import HostileRegistry, hostile
from tests.support.hostile.scene import (
    CONTENT,
    KIB,
    Scene,
    furnish,
    opened,
    outcome,
    tree,
    until,
    write,
)
from tests.support.progress import LONG, Progress
from tests.support.server import RegistryProcess

MOST_GROWTH: Final = 256 * KIB * KIB
"""Measured are 146 MiB at first and up to 62 later; the liar is in this process as well."""
NOTHING_NEW_S: Final = 3.0

Act = Callable[[Client, Path], object]
pytestmark = pytest.mark.timeout(36_000 if LONG else 600)


@pytest.fixture(scope="module")
def version(registry_process: RegistryProcess, tmp_path_factory: pytest.TempPathFactory) -> Version:
    """A version in the honest registry, with everything that there can be."""
    return furnish(registry_process.target, tmp_path_factory.mktemp("content"))


@pytest.fixture(scope="module")
def liar(registry_process: RegistryProcess, version: Version) -> Iterator[HostileRegistry]:
    """The registry that lies."""
    del version
    with hostile(registry_process.target) as made:
        yield made


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The user's home, which is the working directory as well."""
    made = Scene(tmp_path)
    monkeypatch.setenv("HOME", str(made.home))
    monkeypatch.chdir(made.home / "work")
    aim_at(made.victim)
    return made


def lies_under(liar: HostileRegistry, act: Act, scene: Scene, most: int) -> Iterator[FieldLie]:
    """Run an act honestly; yield lies about the replies of the methods that it calls.

    In the long form all of them, except those that were tested before an interruption.
    """
    liar.lies.clear()
    liar.heard.clear()
    where = scene.fresh()
    with opened(liar.target, where) as client:
        act(client, where)
    progress = Progress(f"hostile-server-{act.__name__}", seed="1")
    lies = chosen(dict(liar.heard), 0 if LONG else most, progress.seed)
    print(f"{act.__name__}: {progress.done} of {len(lies)} lies are tested")  # noqa: T201
    yield from progress.left(lies)


@contextmanager
def bounded_memory() -> Iterator[None]:
    """See to it that this process does not hold much more afterwards."""
    before = _held()
    yield
    assert _held() - before < MOST_GROWTH


def _held() -> int:
    gc.collect()
    # The C library keeps what many threads have freed, and the liar is in this process as well.
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
    return psutil.Process().memory_info().rss


def attack(
    liar: HostileRegistry, act: Act, scene: Scene, lie: FieldLie, allowed: set[str]
) -> tuple[Path, object]:
    """Do something while the registry lies; return where, and its result or typed error."""
    where = scene.fresh()
    liar.lies = {lie.path: lie.tell}
    with opened(liar.target, where) as client:
        try:
            result = outcome(lambda: act(client, where))
            scene.check(where, {"cache", *allowed})
        except Exception as error:
            error.add_note(f"the lie was {lie}")
            raise
        finally:
            liar.lies = {}
    return where, result


def pull(client: Client, where: Path) -> object:
    return client.pull("fraud@champion", where / "out")


def test_a_pull_gives_the_right_files_or_none(
    liar: HostileRegistry, scene: Scene, registry_process: RegistryProcess
) -> None:
    with bounded_memory():
        for lie in lies_under(liar, pull, scene, 60):
            where, result = attack(liar, pull, scene, lie, {"out"})
            if isinstance(result, RegistryError):
                assert not (where / "out").exists(), lie
            else:
                assert tree(where / "out") == CONTENT, lie
            # What an honest registry gives afterwards, through the same cache, is right.
            with opened(registry_process.target, where) as client:
                assert tree(client.pull("fraud@champion", where / "honest")) == CONTENT, lie


def push(client: Client, where: Path) -> object:
    content = {**CONTENT, "own": str(where).encode(), "large": os.urandom(900 * KIB)}
    return client.push("fraud", write(where / "model", content))


def test_a_push_registers_what_was_given_or_fails(
    liar: HostileRegistry, scene: Scene, registry_process: RegistryProcess
) -> None:
    with bounded_memory():
        for lie in lies_under(liar, push, scene, 50):
            where, result = attack(liar, push, scene, lie, {"model"})
            if isinstance(result, Version):
                # The same files again, to an honest registry: what is remembered of them is right.
                with opened(registry_process.target, where) as client:
                    again = client.push("fraud", where / "model")
                    assert again.root_digest == result.root_digest, lie
                    pulled = client.pull(again, where / "honest")
                    assert tree(pulled) == tree(where / "model"), lie
            else:
                assert isinstance(result, RegistryError)


def resolve(client: Client, where: Path) -> object:
    del where
    root = client.resolve("fraud@champion").root_digest
    return [client.resolve(f"fraud@{root}"), *client.resolve_many(["fraud/1", "fraud@champion"])]


def test_a_lookup_names_a_version_of_that_model_or_fails(
    liar: HostileRegistry, scene: Scene
) -> None:
    with bounded_memory():
        for lie in lies_under(liar, resolve, scene, 80):
            _, result = attack(liar, resolve, scene, lie, set())
            for answer in result if isinstance(result, list) else ():
                if isinstance(answer, Version):
                    assert answer.name.startswith("namespaces/default/models/fraud/versions/"), lie


def follow(client: Client, where: Path) -> object:
    del where
    with client.resolver("fraud@champion") as champion:
        return champion.version


def test_a_resolver_has_a_version_of_that_model_or_none(
    liar: HostileRegistry, scene: Scene
) -> None:
    with bounded_memory():
        for lie in lies_under(liar, follow, scene, 40):
            where, result = attack(liar, follow, scene, lie, set())
            if isinstance(result, Version):
                assert result.name.startswith("namespaces/default/models/fraud/versions/"), lie
            assert len(list((where / "cache").glob("answers/*.new"))) == 0


def watch(client: Client, where: Path) -> object:
    del where
    changes = client.watch(models=["fraud"], initial_state=True)
    received = []
    with contextmanager(until)(NOTHING_NEW_S, changes.close), changes:
        for said in changes:
            received.append(said)
            if said.initial_state_complete:
                break
    return received


def test_a_watch_tells_values_or_ends(liar: HostileRegistry, scene: Scene) -> None:
    with bounded_memory():
        for lie in lies_under(liar, watch, scene, 40):
            attack(liar, watch, scene, lie, set())


def describe(client: Client, where: Path) -> object:
    known = client.report("fraud@champion")
    (where / "out.html").write_text(report.html(known), encoding="utf-8", errors="replace")
    return [report.markdown(known), report.cyclonedx(known)]


def test_a_report_is_written_down_or_fails(liar: HostileRegistry, scene: Scene) -> None:
    with bounded_memory():
        for lie in lies_under(liar, describe, scene, 60):
            attack(liar, describe, scene, lie, {"out.html"})


def sync(client: Client, where: Path) -> object:
    arguments = ["sync", "fraud@champion", str(where / "out"), "--once", "--server", client.target]
    os.environ["MODELREG_CACHE_DIR"] = str(where / "cache")
    try:
        return app.run([*arguments, "--timeout", "2"])
    finally:
        del os.environ["MODELREG_CACHE_DIR"]


def test_a_synced_folder_is_right_or_stays_away(
    liar: HostileRegistry, scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    with bounded_memory():
        for lie in lies_under(liar, sync, scene, 20):
            where, code = attack(liar, sync, scene, lie, {"out", ".out.versions"})
            said = capsys.readouterr()
            assert "Traceback" not in said.err, lie
            assert "\x1b" not in said.out + said.err, lie
            if code == 0:
                assert tree((where / "out").resolve()) == CONTENT, lie
            else:
                assert not (where / "out").is_symlink(), lie


def read(client: Client, where: Path) -> object:
    del where
    first = next(iter(client.transitions("fraud")))
    evaluation = next(iter(client.evaluations("fraud@champion")))
    lists: tuple[Iterable[object], ...] = (
        *(client.list_namespaces(), client.list_models(), client.list_versions("fraud")),
        *(client.list_aliases("fraud"), client.alias_history("fraud", "champion")),
        *(client.stage_history("fraud"), client.policies(), client.transitions()),
        *(client.attestations("fraud@champion"), client.versions_using("gs://claims/q3")),
        *(client.list_changes(models=["fraud"]), client.audit(models=["fraud"])),
    )
    return [
        *(client.get_namespace("default"), client.get_model("fraud"), client.get_usage()),
        *(client.get_version("fraud/1"), client.get_alias("fraud", "champion")),
        *(client.get_transition(first), client.get_evaluation(evaluation)),
        *(client.stage_graph(), client.lineage("fraud@champion"), *(list(each) for each in lists)),
        client.export_lineage("fraud@champion"),
    ]


def test_whatever_is_read_is_a_value_or_a_typed_error(liar: HostileRegistry, scene: Scene) -> None:
    with bounded_memory():
        for lie in lies_under(liar, read, scene, 100):
            attack(liar, read, scene, lie, set())
