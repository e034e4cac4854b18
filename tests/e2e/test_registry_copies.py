"""Copies between two registries, by the SDK and by `modelreg copy`."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from typing_extensions import override

from modelregistry import (
    Cache,
    Client,
    Ensemble,
    EnsembleMember,
    Source,
    Version,
    VersionRecord,
    errors,
)
from modelregistry.cli import app
from modelregistry.errors import RegistryError
from modelregistry.progress import Quiet
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import version_pb2
from tests.support.hostile.proxy import hostile, reply_of
from tests.support.hostile.scene import CONTENT, furnish, tree, write
from tests.support.server import RegistryProcess

Both = tuple[Client, Client]


@pytest.fixture(scope="module")
def other_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryProcess]:
    """The other registry."""
    server = RegistryProcess(tmp_path_factory.mktemp("other")).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def version(registry_process: RegistryProcess, tmp_path_factory: pytest.TempPathFactory) -> Version:
    """A version with every fact, as the second of its model."""
    return furnish(registry_process.target, tmp_path_factory.mktemp("content"))


@pytest.fixture
def both(
    registry_process: RegistryProcess,
    other_process: RegistryProcess,
    version: Version,
    tmp_path: Path,
) -> Iterator[Both]:
    """Clients of the registry of the version, and of the other one."""
    del version
    cache = Cache(folder=tmp_path / "cache")
    with (
        Client(registry_process.target, cache=cache) as here,
        Client(other_process.target, cache=cache) as there,
    ):
        yield here, there


class Counting(Quiet):
    """Counts transfers and their bytes."""

    def __init__(self) -> None:
        self.totals: list[int] = []

    @override
    def begin(self, title: str, *, total_bytes: int, total_files: int) -> None:
        """Note a transfer."""
        del title, total_files
        self.totals.append(total_bytes)


def test_a_copy_has_the_bytes_and_every_fact(both: Both, tmp_path: Path) -> None:
    here, there = both
    source = here.get_version("fraud@champion")
    check = here.check_copy("fraud@champion", "one", to=there)
    assert check.existing is None
    assert check.size_bytes == sum(map(len, CONTENT.values()))

    copy = here.copy_version("fraud@champion", "one", to=there, alias="champion")

    for field in fields(VersionRecord):
        if field.name not in {"parents", "copied_from"}:
            assert getattr(copy, field.name) == getattr(source, field.name), field.name
    assert copy.root_digest == source.root_digest
    assert copy.parents == ()
    assert copy.copied_from is not None
    assert copy.copied_from.uid == source.uid
    assert copy.copied_from.version == source.name
    assert copy.copied_from.registry == here.target
    assert copy.aliases == ("champion",)
    assert list(there.list_files(copy)) == list(here.list_files(source))
    assert tree(there.pull("one@champion", tmp_path / "out")) == CONTENT
    assert not list(tmp_path.glob("*modelregistry-temporary*"))


def test_a_second_run_sends_and_creates_nothing(both: Both) -> None:
    here, there = both
    first = here.copy_version("fraud/2", "two", to=there)
    progress = Counting()
    again = here.copy_version("fraud/2", "two", to=there, alias="late", progress=progress)
    assert (again.uid, again.aliases, progress.totals) == (first.uid, ("late",), [])
    check = here.check_copy("fraud/2", "two", to=there)
    assert check.existing is not None
    assert (check.existing.uid, check.missing_count) == (first.uid, 0)
    # The same bytes of another version are another copy, for which nothing is sent.
    other = here.copy_version("fraud/1", "two", to=there, progress=progress)
    assert (other.number, other.root_digest, progress.totals) == (2, first.root_digest, [])
    # One that may not be used does not count.
    there.revoke_version(first, reason="poisoned")
    assert here.copy_version("fraud/2", "two", to=there).number == 3


def test_a_version_by_reference_is_copied_without_bytes(both: Both) -> None:
    here, there = both
    record = VersionRecord(source=Source(uri="s3://models/7"), by_reference=True)
    made = here.register("elsewhere", [], record)
    copy = here.copy_version(made, "elsewhere", to=there)
    assert (copy.by_reference, copy.source) == (True, made.source)
    assert here.copy_version(made, "elsewhere", to=there) == copy


def test_only_missing_bytes_are_fetched_and_sent(both: Both, tmp_path: Path) -> None:
    here, there = both
    content = {"common": b"c" * 1_000, "own": b"o" * 10}
    here.push("partial", write(tmp_path / "here", content))
    there.push("partial", write(tmp_path / "there", {"common": content["common"]}))
    progress = Counting()
    copy = here.copy_version("partial/1", "partial", to=there, progress=progress)
    assert progress.totals == [10, 10]
    assert tree(there.pull(copy, tmp_path / "out")) == content


def test_an_ensemble_is_copied_with_the_copies_of_its_members(both: Both, tmp_path: Path) -> None:
    here, there = both
    for model in ("text", "tab"):
        here.push(model, write(tmp_path / model, {"model": model.encode()}))
    inner = Ensemble(members=(EnsembleMember(role="text", version="text/1"),))
    here.push("inner", ensemble=inner)
    outer = (
        EnsembleMember(role="inner", version="inner/1"),
        EnsembleMember(role="tab", version="tab/1", soft=True),
    )
    here.push("outer", ensemble=Ensemble(members=outer, combiner="mean"))
    # The members are found in whichever models their copies are; each before what has it.
    for source, model in (("text", "words"), ("inner", "inside"), ("tab", "tables")):
        with pytest.raises(errors.MemberNotCopied):
            here.copy_version("outer/1", "outer", to=there)
        here.copy_version(f"{source}/1", model, to=there)
    copy = here.copy_version("outer/1", "outer", to=there)
    assert copy.ensemble is not None
    assert copy.ensemble.combiner == "mean"
    assert [(one.role, one.version_ref, one.soft) for one in copy.ensemble.members] == [
        ("inner", "inside/1", False),
        ("tab", "tables/1", True),
    ]
    assert here.copy_version("outer/1", "outer", to=there).uid == copy.uid
    pulled = [tree(one.pull("outer/1", tmp_path / one.target[-5:])) for one in both]
    assert pulled[0] == pulled[1] != {}
    here.yank_version("text/1", reason="bad")
    with pytest.raises(errors.MemberUnusable):
        here.copy_version("outer/1", "more", to=there)
    here.restore_version("text/1", reason="was good")
    # A copy that is blocked is none that may be used.
    there.yank_version("words/1", reason="bad")
    with pytest.raises(errors.MemberNotCopied, match="inner/1"):
        here.copy_version("outer/1", "outer", to=there)


def test_an_interrupted_copy_is_resumed(both: Both, tmp_path: Path) -> None:
    here, there = both
    here.push("resumed", write(tmp_path / "here", {"a": b"a" * 3_000_000, "b": b"b"}))

    class Interrupting(Counting):
        @override
        def file_done(self, path: str) -> None:
            del path
            if len(self.totals) == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        here.copy_version("resumed/1", "resumed", to=there, progress=Interrupting())
    with pytest.raises(errors.ModelNotFound):
        there.get_model("resumed")
    assert not list(tmp_path.glob("*modelregistry-temporary*"))
    copy = here.copy_version("resumed/1", "resumed", to=there)
    assert copy.number == 1


COPIES = """
import os, signal, sys
from pathlib import Path
from modelregistry import Cache, Client
from modelregistry.progress import Quiet

class Killing(Quiet):
    def end(self):
        [folder] = Path(sys.argv[4]).glob(".modelregistry-temporary*")
        assert folder.stat().st_mode & 0o77 == 0
        os.kill(os.getpid(), signal.SIGKILL)

cache = Cache(folder=Path(sys.argv[4], "cache")) if sys.argv[5] == "cached" else False
progress = Killing() if sys.argv[3].startswith("killed") else Quiet()
with Client(sys.argv[1], cache=cache) as here, Client(sys.argv[2], cache=cache) as there:
    here.copy_version(f"{sys.argv[3]}/1", sys.argv[3], to=there, progress=progress)
"""


@pytest.mark.parametrize("cache", ["cached", "uncached"])
def test_a_copy_that_was_killed_leaves_nothing_behind_the_next(
    both: Both, tmp_path: Path, cache: str
) -> None:
    here, there = both
    place = tmp_path / "place"
    place.mkdir()
    codes = []
    for name in (f"killed-{cache}", f"next-{cache}"):
        here.push(name, write(tmp_path / name, {"a": name.encode()}))
        arguments = (here.target, there.target, name, place, cache)
        done = subprocess.run(
            [sys.executable, "-c", COPIES, *arguments],
            check=False,
            timeout=300,
            env={**os.environ, "TMPDIR": str(place)},
        )
        codes.append(done.returncode)
        left = list(place.glob("*modelregistry-temporary*"))
        assert len(left) == name.startswith("killed"), left

    assert codes == [-signal.SIGKILL, 0]


def test_unfit_sources_and_targets_are_refused(both: Both) -> None:
    here, there = both
    made = here.copy_version("fraud/1", "unfit")
    here.yank_version(made, reason="bad")
    for to in (there, None):
        with pytest.raises(errors.VersionYanked):
            here.copy_version(made, "unfit", to=to)
    here.revoke_version(made, reason="bad")
    with pytest.raises(errors.VersionRevoked):
        here.copy_version(made, "unfit", to=there)
    here.delete_version(made)
    with pytest.raises(errors.VersionDeleted):
        here.copy_version(made, "unfit", to=there)
    with pytest.raises(errors.ModelNotFound):
        here.copy_version("fraud/1", "unfit", to=there, create_model=False)
    with pytest.raises(errors.ModelNotFound):
        there.get_model("unfit")


def altered(
    change: Callable[[version_pb2.Version | catalog.ListVersionFilesResponse], None], method: str
) -> Callable[..., Iterator[bytes]]:
    """Return a lie that changes each reply of a method."""

    def lie(replies: Iterator[bytes], _context: object) -> Iterator[bytes]:
        for reply in replies:
            message = reply_of(method).FromString(reply)
            change(message)  # type: ignore[arg-type]
            yield message.SerializeToString()

    return lie


CATALOG, ARTIFACTS = "/modelregistry.v1.CatalogService/", "/modelregistry.v1.ArtifactService/"
LIES: dict[str, Callable[..., None]] = {
    f"{CATALOG}GetVersion": lambda reply: setattr(reply, "root_digest", f"sha256:{7:064}"),
    f"{CATALOG}ListVersionFiles": lambda reply: setattr(
        reply.files[0], "digest", f"sha256:{7:064}"
    ),
    f"{ARTIFACTS}BatchReadBlobs": lambda reply: setattr(reply.blobs[0], "data", b"lie"),
}


@pytest.mark.parametrize("method", LIES, ids=lambda path: path.rpartition("/")[2])
def test_a_registry_that_lies_about_bytes_is_not_copied(
    method: str, registry_process: RegistryProcess, both: Both, tmp_path: Path
) -> None:
    there = both[1]
    model = f"lie-{method.rpartition('/')[2].lower()}"
    both[0].push("small", write(tmp_path / "small", {"m": model.encode(), "n": b"n"}))
    with hostile(registry_process.target) as liar, Client(liar.target, cache=False) as client:
        liar.lies = {method: altered(LIES[method], method)}
        with pytest.raises(RegistryError):
            client.copy_version("small@latest", model, to=there)
    with pytest.raises(errors.ModelNotFound):
        there.get_model(model)


def test_a_target_that_says_it_registered_something_else_is_found_out(
    other_process: RegistryProcess, both: Both
) -> None:
    method = f"{CATALOG}RegisterVersion"
    with hostile(other_process.target) as liar, Client(liar.target, cache=False) as there:
        liar.lies = {
            method: altered(lambda reply: setattr(reply, "root_digest", f"sha256:{7:064}"), method)
        }
        with pytest.raises(errors.ContentMismatch):
            both[0].copy_version("fraud/1", "found-out", to=there)


@pytest.fixture
def run(
    registry_process: RegistryProcess,
    version: Version,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Callable[..., tuple[int, str, str]]:
    """Run `modelreg` against the registry of the version."""
    del version
    monkeypatch.setenv("MODELREG_SERVER", registry_process.target)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def run(*arguments: object) -> tuple[int, str, str]:
        code = app.run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


Run = Callable[..., tuple[int, str, str]]


def test_the_command_copies_within_a_registry(run: Run) -> None:
    code, out, _ = run("copy", "fraud@champion", "local", "--dry-run")
    assert (code, "would copy fraud/2 to local" in out) == (0, True)
    code, out, _ = run("copy", "fraud@champion", "local", "--alias", "champion")
    assert (code, out.split()[:4]) == (0, ["copied", "fraud@champion", "to", "local/1"])
    code, out, _ = run("copy", "local/1", "local", "--json")
    assert json.loads(out)["copied_from"]["version"].endswith("local/versions/1")
    assert run("copy", "fraud/99", "local")[0] == run("versions", "show", "fraud/99")[0] != 0
    assert run("copy", "fraud/1", "absent", "--no-create-model")[0] != 0


def test_the_command_copies_all_versions_into_another_registry(
    run: Run, other_process: RegistryProcess
) -> None:
    to = ("--to", other_process.target)
    code, out, _ = run("copy", "fraud", "moved", "--all", "--dry-run", *to)
    assert (code, out.count("would copy")) == (0, 2)
    code, out, _ = run("copy", "fraud", "moved", "--all", "--json", *to)
    made = json.loads(out)
    assert [one["number"] for one in made] == [1, 2]
    assert json.loads(run("copy", "fraud", "moved", "--all", "--json", *to)[1]) == made
    code, out, _ = run("copy", "fraud/1", "moved", "--dry-run", *to)
    assert (code, out.startswith("exists: fraud/1 to moved/1")) == (0, True)
    code, _, err = run("copy", "fraud", "moved", "--all", *to)
    assert code == 0
    assert "have no copy there" not in err


def test_a_copy_in_another_registry_has_the_copies_of_its_parents(
    run: Run, both: Both, other_process: RegistryProcess
) -> None:
    here, there = both
    to = ("--to", other_process.target)
    assert here.get_version("fraud/2").parents == (here.get_version("fraud/1").name,)
    first, second = (here.copy_version(f"fraud/{n}", "family", to=there) for n in (1, 2))
    assert second.parents == (first.name,)
    here.copy_version("fraud/1", "derived")
    code, _, err = run("copy", "derived", "orphan", "--all", *to)
    assert (code, there.get_version("orphan/1").parents) == (0, ())
    assert "Parents of 1 version have no copy there" in " ".join(err.split())
    # Parents in other models are looked for in models of their ids.
    parent = here.copy_version("fraud/1", "fraud", to=there)
    assert here.copy_version("derived/1", "child", to=there).parents == (parent.name,)


def test_wrong_options_are_usage_errors(run: Run) -> None:
    for arguments in (
        ("--all",),
        ("--to-token-file", "x"),
        ("--all", "--to", "a:1", "--alias", "a"),
    ):
        assert run("copy", "fraud", "moved", *arguments)[0] == 2
    assert run("copy", "fraud/1", "moved", "--to", "absent-profile")[0] == 2


def test_the_token_of_a_registry_is_not_sent_to_another_one(
    own_registry: RegistryProcess,
    other_process: RegistryProcess,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("MODELREG_TOKEN", own_registry.token("ci", "writer"))
    monkeypatch.setenv("MODELREG_SERVER", own_registry.start().target)
    assert run("push", "private", write(tmp_path / "private", {"m": b"m"}))[0] == 0
    # A server without tokens refuses one that it does not know, but not a call without.
    assert run("models", "list", "--server", other_process.target)[0] != 0
    code, out, err = run("copy", "private/1", "private", "--to", other_process.target)
    assert (code, out.split()[-1]) == (0, "private/1"), err


def test_the_token_of_the_other_registry_comes_from_a_file_or_profile(
    own_registry: RegistryProcess, run: Run, tmp_path: Path
) -> None:
    secret = own_registry.token("ci", "writer")
    to = ("--to", own_registry.start().target)
    code, _, err = run("copy", "fraud/1", "moved", "--json", *to)
    assert (code, json.loads(err)["reason"]) == (4, "TOKEN_REQUIRED")
    file = tmp_path / "token"
    file.write_text(secret)
    assert run("copy", "fraud/1", "moved", "--to-token-file", file, *to)[0] == 0
    folder = tmp_path / "config" / "modelreg"
    folder.mkdir(parents=True)
    profiles = folder / "profiles.toml"
    profiles.write_text(f'[prod]\nserver = "{own_registry.target}"\ntoken = "{secret}"\n')
    profiles.chmod(0o600)
    code, out, _ = run("copy", "fraud/1", "moved", "--to", "prod", "--json")
    assert (code, json.loads(out)["number"]) == (0, 1)
