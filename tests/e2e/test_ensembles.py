"""Ensembles through the SDK and the command line, against a real server."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from modelregistry import (
    Client,
    Ensemble,
    EnsembleEdge,
    EnsembleMember,
    MemberStages,
    MemberState,
    Policy,
    RouteArm,
    RouteArmState,
    Rule,
    Source,
    VersionOrigin,
    VersionRecord,
    errors,
)
from modelregistry.cli import app
from tests.support.faults.crew import until
from tests.support.server import RegistryProcess

REASON = "leaks personal data"


@pytest.fixture
def registry(registry_process: RegistryProcess, tmp_path: Path) -> Iterator[Client]:
    """A client of a namespace of its own with text/1, text/2 and tabular/1."""
    namespace = f"ensemble-{uuid4().hex[:12]}"
    with Client(registry_process.target, namespace=namespace, cache=False) as client:
        client.create_namespace(namespace)
        for number, model in enumerate(("text", "text", "tabular")):
            folder = tmp_path / f"files-{number}"
            folder.mkdir()
            (folder / "model.bin").write_text(f"{model} {number}")
            client.push(model, folder, environment=None, source=None)
        yield client


def ensemble(*members: tuple[str, str, bool], **more: object) -> Ensemble:
    """Return an ensemble of (role, reference, soft)."""
    made = (EnsembleMember(role=role, version=ref, soft=soft) for role, ref, soft in members)
    return Ensemble(members=tuple(made), **more)  # type: ignore[arg-type]


def push(client: Client, model: str, wanted: Ensemble, path: Path | None = None) -> str:
    """Register an ensemble and return its reference."""
    made = client.push(model, path, ensemble=wanted, environment=None, source=None)
    return f"{model}/{made.number}"


def test_a_pull_has_the_members_in_their_folders(registry: Client, tmp_path: Path) -> None:
    inner = push(registry, "inner", ensemble(("text", "text@latest", False)))
    own = tmp_path / "own"
    own.mkdir()
    (own / "combine.json").write_text("{}")
    members = (("inner", inner, False), ("tabular", "tabular/1", False), ("aid", "text/1", True))
    outer = push(registry, "outer", ensemble(*members), own)
    target = registry.pull(outer, tmp_path / "out")
    found = {
        path.relative_to(target).as_posix(): path.read_text()
        for path in target.rglob("*")
        if path.is_file()
    }
    assert found == {
        "combine.json": "{}",
        "members/inner/members/text/model.bin": "text 1",
        "members/tabular/model.bin": "tabular 2",
        "members/aid/model.bin": "text 0",
    }
    registry.revoke_version("text/1", reason=REASON)
    again = registry.pull(outer, tmp_path / "out")
    assert not (again / "members/aid").exists()
    status = registry.resolve("outer@latest").ensemble_status
    assert status is not None
    assert (status.blocked, status.unusable_soft_count) == (False, 1)
    registry.revoke_version("text/2", reason=REASON)
    with pytest.raises(errors.VersionRevoked):
        registry.pull(outer, tmp_path / "out")
    assert (again / "members/inner/members/text/model.bin").exists()


def test_names_and_watches_follow_a_member(registry: Client) -> None:
    inner = push(registry, "inner", ensemble(("text", "text/2", False)))
    outer = push(registry, "outer", ensemble(("inner", inner, False), ("tab", "tabular/1", False)))
    registry.set_alias("outer", "champion", 1)
    # Twice: the second answer is from memory.
    for _ in range(2):
        closure = registry.resolve_closure("outer@champion")
        assert [member.path for member in closure.members] == ["inner", "inner/text", "tab"]
    with registry.resolver("outer@champion") as champion:
        assert champion.version.number == 1
        registry.yank_version("text/2", reason=REASON)
        with pytest.raises(errors.MemberUnusable) as caught:
            registry.resolve("outer@champion")
        assert caught.value.metadata["role"] == "inner"
        assert caught.value.metadata["state"] == "blocked"

        def blocked() -> bool:
            try:
                return champion.version.number == 0
            except errors.MemberUnusable:
                return True

        until(blocked)
        states = {one.path: one.state for one in registry.resolve_closure(outer).members}
        assert states == {
            "inner": MemberState.BLOCKED,
            "inner/text": MemberState.YANKED,
            "tab": MemberState.USABLE,
        }
        actions = [event.action for event in registry.list_changes(models=["outer"])]
        assert actions.count("ensemble.block") == 1
        registry.restore_version("text/2", reason="was none")
        until(lambda: not blocked())
    assert registry.resolve("outer@champion").number == 1


def test_a_route_and_a_rule_know_members(registry: Client) -> None:
    push(registry, "both", ensemble(("text", "text/1", False)))
    push(registry, "both", ensemble(("text", "text/2", False)))
    arms = [
        RouteArm(id="a", version="1", weight=6_000),
        RouteArm(id="b", version="2", weight=4_000),
    ]
    registry.set_route("both", "checkout", arms, "a")
    registry.put_policy(
        Policy(
            name="members",
            to_stage="staging",
            models="both",
            rules=(Rule(id="staged", check=MemberStages(stages=("staging",))),),
        )
    )
    with pytest.raises(errors.GateRefused, match="text"):
        registry.promote("both/1", "staging")
    registry.set_stage("text/1", "staging")
    registry.promote("both/1", "staging")
    registry.revoke_version("text/2", reason=REASON)
    route = registry.get_route("both", "checkout")
    assert [(arm.weight, arm.state) for arm in route.arms] == [
        (10_000, RouteArmState.USABLE),
        (0, RouteArmState.MEMBER_UNUSABLE),
    ]


def test_a_copy_takes_the_copies_of_members(registry: Client) -> None:
    both = push(registry, "both", ensemble(("text", "text/1", False), ("tab", "tabular/1", True)))
    other = f"other-{uuid4().hex[:12]}"
    registry.create_namespace(other)
    with pytest.raises(errors.MemberNotCopied, match="text/versions/1"):
        registry.copy_version(both, f"{other}/both")
    with pytest.raises(errors.MemberNotCopied):
        registry.check_copy(both, f"{other}/both")
    for source, model in (("text/1", "words"), ("tabular/1", "tabular")):
        registry.copy_version(source, f"{other}/{model}")
    assert registry.check_copy(both, f"{other}/both").existing is None
    copy = registry.copy_version(both, f"{other}/both")
    made = registry.get_version(copy)
    assert made.ensemble is not None
    assert [member.version_ref for member in made.ensemble.members] == [
        f"{other}/words/1",
        f"{other}/tabular/1",
    ]
    again = registry.get_version(registry.copy_version(both, "again"))
    assert again.ensemble is not None
    assert [member.version_ref for member in again.ensemble.members] == [
        f"{registry.namespace}/text/1",
        f"{registry.namespace}/tabular/1",
    ]


def test_a_forged_copy_is_no_copy_of_a_member(registry: Client) -> None:
    both = push(registry, "both", ensemble(("text", "text/1", False)))
    other = f"other-{uuid4().hex[:12]}"
    registry.create_namespace(other)
    text = registry.get_version("text/1")
    source = VersionOrigin(registry="elsewhere", version=text.name, uid=text.uid)
    registry.register(
        f"{other}/text",
        (),
        VersionRecord(
            parents=(text.name,),
            copied_from=source,
            by_reference=True,
            source=Source(uri="https://evil.example/model"),
        ),
    )
    for copied in (registry.copy_version, registry.check_copy):
        with pytest.raises(errors.MemberNotCopied):
            copied(both, f"{other}/both")


def test_a_closure_has_the_present_names_of_renamed_models(registry: Client) -> None:
    push(registry, "both", ensemble(("text", "text/1", False)))
    then = datetime.now(UTC)
    for _ in range(2):  # the second answer is from memory
        assert [one.ref for one in registry.resolve_closure("both/1").members] == [
            f"{registry.namespace}/text/1"
        ]
    registry.rename_model("text", "words")
    registry.rename_model("both", "pair")
    registry.create_model("text")
    for name in ("both/1", "pair/1"):
        closure = registry.resolve_closure(name)
        assert closure.version.ref == f"{registry.namespace}/pair/1"
        assert [one.ref for one in closure.members] == [f"{registry.namespace}/words/1"]
    assert [one.ref for one in registry.resolve_closure("both/1", as_of=then).members] == [
        f"{registry.namespace}/text/1"
    ]
    registry.revoke_version("words/1", reason=REASON)
    with pytest.raises(errors.MemberUnusable, match="words/versions/1"):
        registry.resolve("both@latest")


def test_what_could_not_be_pulled_is_not_registered(registry: Client, tmp_path: Path) -> None:
    long = tmp_path / "long" / "/".join("d" * 200 for _ in range(4))
    long.mkdir(parents=True)
    (long / ("f" * 185)).write_text("")
    for place in range(200):
        (tmp_path / "long" / f"{place}.txt").write_text("")
    registry.push("long", tmp_path / "long", environment=None, source=None)
    # Of 1,024 bytes, 8 + 20 + 1 are the folder, and 989 the path.
    push(registry, "both", ensemble(("r" * 20, "long/1", False)))
    too_long = "bytes of a path in the folder of the member"
    with pytest.raises(errors.LimitExceeded, match=f"{too_long} r"):
        push(registry, "both", ensemble(("r" * 27, "long/1", False)))
    with pytest.raises(errors.LimitExceeded, match=f"{too_long} m/r"):
        push(registry, "both", ensemble(("m", "both/1", False)))
    many = ensemble(*((f"m{place}", "long/1", False) for place in range(500)))
    with pytest.raises(errors.LimitExceeded, match="files of an ensemble in all levels is 100500"):
        push(registry, "both", many)
    target = registry.pull("both/1", tmp_path / "out")
    assert sum(path.is_file() for path in target.rglob("*")) == 201


def test_wrong_connections_and_missing_members_register_nothing(registry: Client) -> None:
    wrong = ensemble(("a", "text/1", False), edges=(EnsembleEdge(source="a", target="b"),))
    with pytest.raises(errors.InvalidRequest, match="no member has the role 'b'"):
        registry.push("both", ensemble=wrong)
    with pytest.raises(errors.VersionNotFound):
        registry.push("both", ensemble=ensemble(("a", "text/9", False)))
    with pytest.raises(errors.InvalidRequest, match="unless the version is an ensemble"):
        registry.push("both")
    with pytest.raises(errors.ModelNotFound):
        registry.get_model("both")


@pytest.fixture
def run(registry: Client, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command and returns its output; fails unless it exits with `code`."""

    def run(*arguments: str, code: int = 0) -> str:
        server = ("--server", registry.target, "--namespace", registry.namespace)
        assert app.run([*arguments, *server]) == code, capsys.readouterr().err
        said = capsys.readouterr()
        return said.out if code == 0 else said.err

    return run


def test_commands_register_show_and_export(
    registry: Client, run: Callable[..., str], tmp_path: Path
) -> None:
    made = json.loads(
        run("push", "both", "--member", "a=text/1", "--soft-member", "b=text/2", "--json")
    )
    assert [(one["role"], one["soft"]) for one in made["ensemble"]["members"]] == [
        ("a", False),
        ("b", True),
    ]
    file = tmp_path / "ensemble.json"
    file.write_text(
        json.dumps({"members": [{"role": "a", "version": "text/1"}], "combiner": "max"})
    )
    run("push", "both", "--ensemble", str(file), "--member", "c=tabular/1")
    assert "blocked" not in run("versions", "show", "both/2")
    registry.revoke_version("tabular/1", reason=REASON)
    assert "blocked by c, which is revoked" in run("versions", "show", "both/2")
    shown = run("ensemble", "show", "both/2")
    assert "revoked" in shown
    assert "is not KEY=VALUE" in run("push", "both", "--member", "a", code=2)
    assert "routerType: Ensemble" in run("ensemble", "export", "both/2", "--format", "kserve")
    assert "no signature" in run("ensemble", "export", "both/2", "--format", "triton", code=2)
