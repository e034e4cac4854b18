"""Routes through the SDK, against a real server: units, movement, guards, the past, rollbacks."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from modelregistry import (
    AliasRule,
    Client,
    Policy,
    Route,
    RouteArm,
    RouteArmMode,
    RouteArmState,
    RouteReason,
    RouteWeightBound,
    Rule,
    Stage,
    StageEdge,
    StageGraph,
    errors,
)
from tests.support.faults.crew import until
from tests.support.server import RegistryProcess

UNITS = [f"user-{n}" for n in range(400)]
REASON = "leaks personal data"


@pytest.fixture
def registry(registry_process: RegistryProcess) -> Iterator[Client]:
    """A client of a namespace of its own with the versions fraud/1, fraud/2 and fraud/3."""
    namespace = f"route-{uuid4().hex[:12]}"
    with Client(registry_process.target, namespace=namespace, cache=False) as client:
        client.create_namespace(namespace)
        for _ in range(3):
            client.push("fraud", Path(__file__), environment=None, source=None)
        yield client


def arms(*shares: int) -> list[RouteArm]:
    """Return arms a, b, c … with the versions 1, 2, 3 … and these weights."""
    return [
        RouteArm(id="abc"[index], version=str(index + 1), weight=weight)
        for index, weight in enumerate(shares)
    ]


def answers(registry: Client, route: str = "checkout") -> dict[str, str]:
    """Return the arm of each unit, as lookups answer."""
    found = {}
    for unit in UNITS:
        routed = registry.resolve_unit(f"fraud@{route}", unit)
        assert routed.decision is not None
        assert routed.version.name == routed.decision.version
        found[unit] = routed.decision.arm
    return found


def states(route: Route) -> dict[str, tuple[int, RouteArmState | int]]:
    """Return weight and state of each arm."""
    return {arm.id: (arm.weight, arm.state) for arm in route.arms}


def test_units_keep_their_arm_and_weights_move_the_minimum(registry: Client) -> None:
    first = registry.set_route("fraud", "checkout", arms(9_000, 1_000), "a", unit_kind="customer")
    assert (first.id, first.ref, first.unit_kind) == (
        "checkout",
        f"{registry.namespace}/fraud@checkout",
        "customer",
    )
    assert registry.set_route(
        "fraud", "checkout", arms(9_000, 1_000), "a", unit_kind="customer"
    ) == registry.get_route("fraud", "checkout")
    before = answers(registry)
    assert before == answers(registry)

    wider = arms(5_000, 5_000)
    planned = registry.plan_route("fraud", "checkout", wider, "a", unit_kind="customer")
    assert planned.moved_from(first) == 4_000
    assert registry.get_route("fraud", "checkout").revision == first.revision
    second = registry.set_route("fraud", "checkout", wider, "a", unit_kind="customer")
    assert second.slots == planned.slots
    after = answers(registry)
    assert all(after[unit] == "b" for unit, arm in before.items() if arm == "b")
    assert Counter(second.slots) == {"a": 5_000, "b": 5_000}

    registry.rollback("fraud@checkout", reason="b is worse")
    assert answers(registry) == before
    entries = list(registry.route_history("fraud", "checkout"))
    assert [(entry.action, entry.moved) for entry in entries] == [
        ("route.rollback", 4_000),
        ("route.set", 4_000),
        ("route.set", 0),
    ]


def test_the_router_decides_as_the_registry_does(registry: Client) -> None:
    made = registry.set_route(
        "fraud",
        "checkout",
        [
            *arms(6_000, 4_000),
            RouteArm(id="s", version="3", weight=5_000, mode=RouteArmMode.SHADOW),
            RouteArm(id="all", version="3", weight=10_000, mode=RouteArmMode.SHADOW),
        ],
        "a",
        overrides={"tester": "b", "Jürgen 🚀": "a"},
    )
    with registry.router("fraud@checkout") as router:
        assert router.current == made
        for unit in (*UNITS[:60], "", "tester", "Jürgen 🚀", "ünit"):
            routed = registry.resolve_unit("fraud@checkout", unit)
            assert router.route(unit) == routed.decision
        assert router.route("tester").reason is RouteReason.OVERRIDE
        assert router.route("").reason is RouteReason.DEFAULT_NO_UNIT
        assert [shadow.arm for shadow in router.route("").shadows] == ["all"]
        copied = sum(len(router.route(unit).shadows) - 1 for unit in UNITS)
        assert 120 < copied < 280


def test_resolve_and_references_take_routes(registry: Client, tmp_path: Path) -> None:
    made = registry.set_route("fraud", "checkout", arms(5_000, 5_000), "b")
    assert registry.resolve("fraud@checkout").number == 2
    assert registry.resolve(made.name).number == 2
    found = registry.resolve_many(
        ["fraud@checkout", "fraud@latest", "fraud@checkout"], units=[UNITS[0], "", UNITS[1]]
    )
    numbers = {"a": 1, "b": 2}
    decided = answers(registry)
    assert [one.number for one in found if not isinstance(one, errors.RegistryError)] == [
        numbers[decided[UNITS[0]]],
        3,
        numbers[decided[UNITS[1]]],
    ]
    assert registry.resolve("fraud@latest", unit=UNITS[0]).number == 3
    assert registry.resolve_unit("fraud@latest", UNITS[0]).decision is None
    assert registry.pull("fraud@checkout", tmp_path / "out").is_dir()


def test_an_unusable_arm_gives_its_slots_to_the_default_arm(registry: Client) -> None:
    registry.set_route(
        "fraud", "checkout", arms(5_000, 3_000, 2_000), "a", overrides={"tester": "c"}
    )
    before = answers(registry)
    with registry.router("fraud@checkout") as router:
        registry.revoke_version("fraud/3", reason=REASON)
        after = answers(registry)
        assert {unit: "a" if arm == "c" else arm for unit, arm in before.items()} == after
        gone = registry.resolve_unit("fraud@checkout", "tester").decision
        assert gone is not None
        assert (gone.arm, gone.reason) == ("a", RouteReason.DEFAULT_ARM_GONE)
        revision = gone.revision
        until(lambda: router.current.revision >= revision)
        assert router.route("tester") == gone
    route = registry.get_route("fraud", "checkout")
    assert states(route)["c"] == (0, RouteArmState.REVOKED)
    assert states(route)["a"] == (7_000, RouteArmState.USABLE)
    newest = next(iter(registry.route_history("fraud", "checkout")))
    assert (newest.action, newest.moved) == ("route.adjust", 2_000)
    assert newest.reason.endswith(f"was revoked: {REASON}")
    with pytest.raises(errors.VersionRevoked):
        registry.set_route("fraud", "checkout", arms(5_000, 3_000, 2_000), "a")


def test_a_default_arm_that_goes_is_not_guessed(registry: Client) -> None:
    registry.set_route("fraud", "checkout", arms(5_000, 5_000), "a")
    before = answers(registry)
    mine = next(unit for unit, arm in before.items() if arm == "b")
    other = next(unit for unit, arm in before.items() if arm == "a")
    with registry.router("fraud@checkout") as router:
        registry.yank_version("fraud/1", reason=REASON)
        revision = registry.get_route("fraud", "checkout").revision
        until(lambda: router.current.revision >= revision)
        assert registry.resolve("fraud@checkout", unit=mine).number == 2
        assert router.route(mine).arm == "b"
        for unit in (other, ""):
            with pytest.raises(errors.VersionYanked):
                registry.resolve("fraud@checkout", unit=unit)
            with pytest.raises(errors.VersionYanked):
                router.route(unit)
    registry.restore_version("fraud/1")
    assert registry.resolve("fraud@checkout", unit=other).number == 1
    assert states(registry.get_route("fraud", "checkout"))["a"] == (5_000, RouteArmState.USABLE)


def test_a_version_of_a_route_is_deleted_only_by_force(registry: Client) -> None:
    registry.set_route("fraud", "checkout", arms(5_000, 5_000), "a")
    with pytest.raises(errors.VersionInUse, match="route checkout"):
        registry.delete_version("fraud/2")
    registry.delete_version("fraud/2", force=True)
    route = registry.get_route("fraud", "checkout")
    assert states(route)["b"] == (0, RouteArmState.DELETED)


def test_ids_are_shared_with_aliases_and_stages(registry: Client) -> None:
    registry.set_route("fraud", "checkout", arms(10_000), "a")
    registry.set_alias("fraud", "champion", 1)
    with pytest.raises(errors.NameInUse, match="routes/checkout"):
        registry.set_alias("fraud", "checkout", 1)
    with pytest.raises(errors.NameInUse, match="routes/checkout"):
        registry.push("fraud", Path(__file__), alias="checkout", source=None, environment=None)
    with pytest.raises(errors.NameInUse, match="aliases/champion"):
        registry.set_route("fraud", "champion", arms(10_000), "a")
    for name in ("staging", "latest"):
        with pytest.raises(errors.InvalidRequest):
            registry.set_route("fraud", name, arms(10_000), "a")
    graph = registry.stage_graph()
    wider = StageGraph(stages=(*graph.stages, Stage(id="checkout")), edges=graph.edges)
    with pytest.raises(errors.StageGraphInUse, match="is a route"):
        registry.set_stage_graph(wider)
    registry.delete_route("fraud", "checkout")
    registry.set_stage_graph(wider)


GUARDED = StageGraph(
    stages=(Stage(id="none"), Stage(id="live"), Stage(id="archived")),
    edges=(
        StageEdge(source="none", target="live"),
        StageEdge(source="live", target="archived"),
        StageEdge(source="archived", target="live"),
    ),
    alias_rules=(AliasRule(pattern="check*", stages=("live",)),),
)


def test_alias_rules_guard_all_arms_that_serve(registry: Client) -> None:
    registry.set_stage_graph(GUARDED)
    with pytest.raises(errors.AliasProtected):
        registry.set_route("fraud", "checkout", arms(5_000, 5_000), "a")
    for number in (1, 2):
        registry.set_stage(f"fraud/{number}", "live")
    shadow = RouteArm(id="s", version="3", weight=10_000, mode=RouteArmMode.SHADOW)
    registry.set_route("fraud", "checkout", [*arms(5_000, 5_000), shadow], "a")

    registry.set_stage("fraud/2", "archived")
    assert states(registry.get_route("fraud", "checkout"))["b"] == (0, RouteArmState.STAGE_LEFT)
    registry.set_stage("fraud/1", "archived")
    with pytest.raises(errors.RouteArmBlocked):
        registry.resolve("fraud@checkout")
    with (
        registry.router("fraud@checkout") as router,
        pytest.raises(errors.RouteArmBlocked),
    ):
        router.route("anyone")
    registry.set_stage("fraud/1", "live")
    assert registry.resolve("fraud@checkout").number == 1
    registry.set_route("fraud", "other", arms(10_000), "a")
    other = StageGraph(
        stages=GUARDED.stages,
        edges=GUARDED.edges,
        alias_rules=(AliasRule(pattern="o*", stages=("archived",)),),
    )
    with pytest.raises(errors.StageGraphInUse, match="routes/other"):
        registry.set_stage_graph(other)


def test_a_policy_bounds_the_weight_outside_of_its_stage(registry: Client) -> None:
    rule = Rule(id="small", check=RouteWeightBound(pattern="check*", maximum=500))
    made = registry.put_policy(
        Policy(name="ramp", to_stage="production", models="fraud", rules=(rule,))
    )
    assert made.rules == (rule,)
    registry.set_stage("fraud/1", "staging")
    registry.set_stage("fraud/1", "production")
    with pytest.raises(errors.RouteWeightExceeded) as refused:
        registry.set_route("fraud", "checkout", arms(9_000, 1_000), "a")
    assert (refused.value.metadata["arm"], refused.value.metadata["maximum"]) == ("b", "500")
    registry.set_route("fraud", "checkout", arms(9_500, 500), "a")
    registry.set_route("fraud", "unguarded", arms(5_000, 5_000), "a")
    registry.set_route("fraud", "checks", [RouteArm(id="a", version="1", weight=10_000)], "a")

    registry.set_stage("fraud/2", "staging")
    registry.set_stage("fraud/2", "production")  # archives fraud/1
    registry.set_route("fraud", "checkout", arms(500, 9_500), "b")
    registry.set_stage("fraud/2", "archived")
    kept = registry.get_route("fraud", "checkout")
    assert states(kept) == {
        "a": (500, RouteArmState.USABLE),
        "b": (9_500, RouteArmState.USABLE),
    }, "the default arm keeps its slots"


def test_the_past_of_a_route_is_exact(registry: Client) -> None:
    first = registry.set_route("fraud", "checkout", arms(5_000, 5_000), "a")
    then = answers(registry)
    registry.set_route("fraud", "checkout", arms(1_000, 1_000, 8_000), "c")
    registry.revoke_version("fraud/2", reason=REASON)
    registry.delete_route("fraud", "checkout", reason="over")
    assert first.update_time is not None
    assert registry.get_route("fraud", "checkout", as_of=first.update_time) == first
    for unit in UNITS[:50]:
        routed = registry.resolve_unit("fraud@checkout", unit, as_of=first.update_time)
        assert routed.decision is not None
        assert (routed.decision.arm, routed.version.number) == (
            then[unit],
            {"a": 1, "b": 2}[then[unit]],
        )
    with pytest.raises(errors.AliasNotFound):
        registry.resolve("fraud@checkout")
    with pytest.raises(errors.RouteNotFound):
        registry.get_route("fraud", "checkout", as_of=first.update_time - timedelta(microseconds=1))


def test_a_rollback_skips_revisions_with_unusable_versions(registry: Client) -> None:
    registry.set_route("fraud", "checkout", [RouteArm(id="a", version="1", weight=10_000)], "a")
    second = registry.set_route("fraud", "checkout", arms(5_000, 5_000), "a")
    registry.set_route("fraud", "checkout", arms(2_000, 4_000, 4_000), "a")
    registry.revoke_version("fraud/3", reason=REASON)
    made = registry.rollback("fraud@checkout", reason="c was bad")
    now = registry.get_route("fraud", "checkout")
    assert (now.arms, now.slots) == (second.arms, second.slots)
    assert [move.route for move in made.moves] == [now.name]
    registry.revoke_version("fraud/2", reason=REASON)
    with pytest.raises(errors.RollbackNotPossible):
        registry.rollback("fraud@checkout", reason="then", to_time=second.update_time)
    registry.rollback("fraud@checkout", reason="only a is left")
    assert states(registry.get_route("fraud", "checkout")) == {"a": (10_000, RouteArmState.USABLE)}


@pytest.mark.parametrize(
    "fields, wrong",
    [
        ({"arms": arms(9_000, 999)}, "route.arms"),
        ({"arms": arms(10_001)}, "route.arms[0].weight"),
        ({"arms": [RouteArm(id="A b", version="1", weight=10_000)]}, "route.arms[0].id"),
        ({"arms": [*arms(5_000), *arms(5_000)]}, "route.arms[1].id"),
        ({"arms": [RouteArm(id="a", version="other/1", weight=10_000)]}, "route.arms[0].version"),
        ({"default_arm": "x"}, "route.default_arm"),
        ({"arms": []}, "route.arms"),
        (
            {"arms": [RouteArm(id=f"arm{n}", version="1", weight=100) for n in range(101)]},
            "route.arms",
        ),
        ({"overrides": {"u" * 257: "a"}}, f"route.overrides['{'u' * 80}']"),
        ({"overrides": {"u": "x"}}, "route.overrides['u']"),
        ({"overrides": {f"u{n}": "a" for n in range(1_001)}}, "route.overrides"),
        ({"unit_kind": "k" * 129}, "route.unit_kind"),
        ({"arms": [RouteArm(id="a", version="1", weight=10_000, mode=9)]}, "route.arms[0].mode"),
        ({"arms": [RouteArm(id="a", version="1", weight=10_000, mode=2)]}, "route.arms"),
    ],
)
def test_wrong_requests_name_their_field_and_change_nothing(
    registry: Client, fields: dict[str, object], wrong: str
) -> None:
    made = registry.set_route("fraud", "checkout", arms(10_000), "a")
    request = {"arms": arms(10_000), "default_arm": "a", **fields}
    with pytest.raises(errors.InvalidRequest) as refused:
        registry.set_route("fraud", "checkout", **request)  # type: ignore[arg-type]
    assert wrong in [violation.field for violation in refused.value.violations]
    assert registry.get_route("fraud", "checkout") == made


def test_wrong_versions_and_units_are_typed(registry: Client) -> None:
    with pytest.raises(errors.VersionNotFound):
        registry.set_route("fraud", "checkout", [RouteArm(id="a", version="9", weight=10_000)], "a")
    registry.yank_version("fraud/3", reason=REASON)
    with pytest.raises(errors.VersionYanked):
        registry.set_route("fraud", "checkout", [RouteArm(id="a", version="3", weight=10_000)], "a")
    registry.set_route("fraud", "checkout", arms(10_000), "a")
    with pytest.raises(errors.InvalidRequest):
        registry.set_route(
            "fraud", "other", [RouteArm(id="a", version="fraud@checkout", weight=10_000)], "a"
        )
    for unit in ("u" * 257, "ü" * 129, "u" * 10_240):
        registry.resolve("fraud@checkout", unit="warm")
        with pytest.raises(errors.InvalidRequest):
            registry.resolve("fraud@checkout", unit=unit)
    with pytest.raises(errors.EtagMismatch):
        registry.set_route("fraud", "checkout", arms(10_000), "a", etag="none")
    assert [route.id for route in registry.list_routes("fraud")] == ["checkout"]


def test_a_model_has_at_most_thirty_routes(registry: Client) -> None:
    for number in range(30):
        registry.set_route("fraud", f"r{number}", arms(10_000), "a")
    with pytest.raises(errors.LimitExceeded):
        registry.set_route("fraud", "one-more", arms(10_000), "a")
    assert len(list(registry.list_routes("fraud", page_size=7))) == 30
    registry.revoke_version("fraud/1", reason=REASON)
    events = registry.list_changes(action="route.adjust")
    assert len({event.revision for event in events}) == 1


def test_routes_follow_their_renamed_model(registry: Client) -> None:
    made = registry.set_route("fraud", "checkout", arms(5_000, 5_000), "a")
    before = answers(registry)
    assert made.update_time is not None
    with registry.router("fraud@checkout") as router:
        registry.rename_model("fraud", "card")
        now = registry.set_route("card", "checkout", arms(4_000, 6_000), "a")
        until(lambda: router.current.revision == now.revision)
        assert router.route("user-1").version.endswith(
            f"models/card/versions/{1 if router.route('user-1').arm == 'a' else 2}"
        )
        for unit in UNITS[:20]:
            routed = registry.resolve_unit("fraud@checkout", unit)
            assert routed.decision == router.route(unit)
            then = registry.resolve_unit("fraud@checkout", unit, as_of=made.update_time)
            assert then.decision is not None
            assert then.decision.arm == before[unit]
    assert registry.get_route("card", "checkout").arms == now.arms
