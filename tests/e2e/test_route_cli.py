"""`modelreg route` against a real server."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from modelregistry import Client, RouteArm
from modelregistry.cli import app
from tests.support.server import RegistryProcess

Run = Callable[..., str]


@pytest.fixture
def registry(registry_process: RegistryProcess) -> Iterator[Client]:
    """A client of a namespace with fraud/1 (champion), fraud/2 (challenger) and fraud/3."""
    namespace = f"cli-{uuid4().hex[:12]}"
    with Client(registry_process.target, namespace=namespace, cache=False) as client:
        client.create_namespace(namespace)
        for alias in ("champion", "challenger", ""):
            client.push("fraud", Path(__file__), alias=alias, environment=None, source=None)
        yield client


@pytest.fixture
def run(registry: Client, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command and returns its output; fails unless it exits with `code`."""

    def run(*arguments: str, code: int = 0, group: tuple[str, ...] = ("route",)) -> str:
        server = ("--server", registry.target, "--namespace", registry.namespace)
        assert app.run([*group, *arguments, *server]) == code, capsys.readouterr().err
        said = capsys.readouterr()
        return said.out if code == 0 else said.err

    return run


def shares(made: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """Return version and weight of each arm."""
    return {arm["id"]: (arm["version"].rpartition("/")[2], arm["weight"]) for arm in made["arms"]}


def test_a_route_is_set_shown_asked_and_removed(registry: Client, run: Run) -> None:
    made = json.loads(
        run(
            "set",
            "fraud@checkout",
            "champion=9000",
            "challenger=10%",
            "--override",
            "t=challenger",
            "--unit-kind",
            "customer",
            "--json",
        )
    )
    assert shares(made) == {"champion": ("1", 9_000), "challenger": ("2", 1_000)}
    assert made["default_arm"] == "champion"

    registry.set_alias("fraud", "champion", 3)
    refused = run("set", "fraud@checkout", "champion=50%", "challenger=50%", code=2)
    assert "40 % of units move" in refused
    said = run("set", "fraud@checkout", "champion=50%", "challenger=50%", "--yes")
    assert "40 % of units moved" in said
    found = registry.get_route("fraud", "checkout")
    assert [arm.version.rpartition("/")[2] for arm in found.arms] == ["1", "2"], "pinned"
    assert (dict(found.overrides), found.unit_kind) == ({"t": "challenger"}, "customer")

    said = run("fraud@checkout", "--reason", "x", group=("rollback",))
    assert "fraud@checkout as before" in said
    run("set", "fraud@checkout", "champion=50%", "challenger=50%", "--yes")
    page = run("show", "fraud@checkout")
    assert page.count("█" * 20) == 2
    assert "customer" in page
    rows = json.loads(run("which", "fraud@checkout", "t", "user-17", "--json"))
    assert rows[0]["arm"] == "challenger"
    assert rows[1]["arm"] == registry.resolve_unit("fraud@checkout", "user-17").decision.arm  # type: ignore[union-attr]
    assert "challenger" in run("which", "fraud@checkout", "t")
    assert "checkout" in run("list", "fraud")
    assert "40 %" in run("history", "fraud@checkout")
    registry.revoke_version("fraud/2", reason="a leak")
    assert "not served: revoked" in run("show", "fraud@checkout")
    run("set", "fraud@checkout", "champion=100%", "--yes")  # its override goes with the arm
    assert registry.get_route("fraud", "checkout").overrides == {}
    run("rm", "fraud@checkout", code=2)
    assert "removed route fraud@checkout" in run("rm", "fraud@checkout", "--yes")
    assert "removed" in run("history", "fraud@checkout")


def test_arms_can_be_shadows_and_of_any_version(run: Run) -> None:
    made = json.loads(
        run(
            "set",
            "fraud@checkout",
            "old:1=95%",
            "new:fraud/3=4.5%",
            "kept:fraud@challenger=50",
            "--shadow",
            "next:3=100%",
            "--holdout",
            "kept",
            "--default",
            "old",
            "--json",
        )
    )
    assert shares(made) == {
        "old": ("1", 9_500),
        "new": ("3", 450),
        "kept": ("2", 50),
        "next": ("3", 10_000),
    }
    assert [arm["mode"] for arm in made["arms"]] == ["live", "live", "holdout", "shadow"]


def test_references_are_resolved_for_units(registry: Client, run: Run) -> None:
    arms = [
        RouteArm(id="a", version="1", weight=5_000),
        RouteArm(id="b", version="2", weight=5_000),
    ]
    registry.set_route("fraud", "checkout", arms, "a", overrides={"t": "b"})
    asked = ("fraud@checkout", "fraud@champion", "--unit", "t", "--unit", "user-17")
    found = json.loads(run(*asked, "--json", group=("resolve",)))
    assert [(one["ref"], one["unit"]) for one in found] == [
        *(("fraud@checkout", "t"), ("fraud@checkout", "user-17")),
        *(("fraud@champion", "t"), ("fraud@champion", "user-17")),
    ]
    assert (found[0]["route"]["arm"], found[0]["version"]["number"]) == ("b", 2)
    assert found[1]["route"]["slot"] >= 0
    assert found[2]["route"] is None
    page = run(*asked, group=("resolve",))
    assert "UNIT" in page
    assert "ARM" in page
    assert "UNIT" not in run("fraud@checkout", group=("resolve",))
    run("fraud@checkout", "--unit", "u" * 257, code=2, group=("resolve",))


@pytest.mark.parametrize(
    "arguments",
    [
        ("fraud", "a=1"),
        ("fraud@c", "a"),
        ("fraud@c", "a=x"),
        ("fraud@c", "a=-5"),
        ("fraud@c", "a=0.5"),
        ("fraud@c", "a=100.001%"),
        ("fraud@c", "a=101%"),
        ("fraud@c", "a:=5"),
        ("fraud@c", "champion=100%", "--holdout", "b"),
        ("fraud@c", "champion=100%", "--override", "u"),
    ],
)
def test_wrong_arguments_are_usage_errors(run: Run, arguments: tuple[str, ...]) -> None:
    run("set", *arguments, code=2)


def test_routes_are_exported(registry: Client, run: Run, tmp_path: Path) -> None:
    arms = [
        RouteArm(id="a", version="1", weight=9_000),
        RouteArm(id="b", version="2", weight=1_000),
    ]
    registry.set_route("fraud", "checkout", arms, "a", overrides={"t": "b"})
    feature = json.loads(run("export", "fraud@checkout", "--format", "growthbook"))
    rule = feature["features"]["checkout"]["rules"][-1]
    assert rule["ranges"] == [[0.0, 0.9], [0.9, 1.0]]
    run("export", "fraud@checkout", "--format", "istio", "-o", str(tmp_path / "istio.yaml"))
    assert "weight: 9000" in (tmp_path / "istio.yaml").read_text()
    run("export", "fraud@checkout", "--format", "other", code=2)


def test_what_the_registry_refuses_is_said_and_changes_nothing(registry: Client, run: Run) -> None:
    made = registry.set_route(
        "fraud", "checkout", [RouteArm(id="a", version="1", weight=10_000)], "a"
    )
    registry.yank_version("fraud/3", reason="it leaks")
    many = [f"a{number}:1=100" for number in range(100)]
    overrides = [part for n in range(1_001) for part in ("--override", f"u{n}=champion")]
    for arguments, code, said in (
        ([*many, "b:1=0"], 2, "1 to 100 are needed, not 101"),
        (["champion=100%", *overrides], 2, "at most 1,000"),
        (["a:3=100%"], 1, "yanked"),
        (["a:9=100%"], 3, "fraud/9"),
    ):
        assert said in run("set", "fraud@checkout", *arguments, "--yes", code=code)
    assert registry.get_route("fraud", "checkout") == made
