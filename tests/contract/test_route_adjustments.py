"""Routes whose versions change: their work, their size in the log, and what brings an arm back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from registry_grpc.domain.errors import RevisionCompacted
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.policy import PolicyDraft
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.route import MOST_ARMS, MOST_ROUTES, ArmState, RouteAction
from registry_grpc.domain.rule import Rule
from registry_grpc.domain.rules.route_weight import RouteWeightBound
from registry_grpc.domain.stage_graph import DEFAULT_GRAPH, AliasRule
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.services.change import Changes
from tests.support.governance import ROOT, Governed
from tests.support.history import NOTHING_SEEN

_ROUTES = 2
_WEIGHT, _BOUND = 90, 40


def _statements(on: Governed, number: int) -> int:
    """Return the number of statements that a move of a version to `staging` takes."""
    seen = list[str]()

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        on.set_stage(f"fraud/{number}", "staging")
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return len(seen)


def _require(on: Governed, *rules: AliasRule) -> None:
    """Set the rules of the stage graph for aliases and routes."""
    on.set_graph(replace(DEFAULT_GRAPH, alias_rules=rules))


def test_a_version_in_many_arms_is_adjusted_by_few_statements(database: SqlDatabase) -> None:
    on = Governed(database)
    for _ in range(3):
        on.register()
    rest = 10_000 - _WEIGHT * (MOST_ARMS - 2)
    many = [(f"a{n}", "fraud/2", _WEIGHT) for n in range(MOST_ARMS - 2)]
    for number in range(_ROUTES):
        on.set_route(
            f"fraud@r{number}", ("z", "fraud/3", rest - _WEIGHT), ("one", "fraud/1", _WEIGHT), *many
        )
    rule = Rule("small", route_weight=RouteWeightBound("*", _BOUND))
    on.put("small", PolicyDraft(to_stage="production", models="fraud", rules=(rule,)))
    assert _statements(on, 2) == _statements(on, 1)
    with on.database.read() as tx:
        routes = [
            tx.routes.get(ModelName("default", "fraud").route(f"r{n}")) for n in range(_ROUTES)
        ]
    for route in routes:
        assert route is not None
        assert {arm.state for arm in route.plan.arms} == {ArmState.USABLE}
        taken = (_WEIGHT - _BOUND) * (MOST_ARMS - 1)
        weights = {arm.id: arm.weight for arm in route.plan.arms}
        assert weights.pop("z") == rest - _WEIGHT + taken
        assert set(weights.values()) == {_BOUND}


def test_a_version_in_all_arms_of_all_routes_can_be_deleted(database: SqlDatabase) -> None:
    """Each route changes once in the transaction, which would not fit into the log otherwise."""
    on, model = Governed(database), ModelName("default", "f" * 63)
    for _ in range(2):
        on.register(model=model)
    first, second = f"{model.model}/1", f"{model.model}/2"
    for version in (first, second):
        on.set_stage(version, "staging")
    _require(on, AliasRule("r*", ("staging",)))
    served = [(f"a{n:062}", first, 100) for n in range(1, MOST_ARMS)]
    for number in range(MOST_ROUTES):
        on.set_route(f"{model.model}@r{number:062}", ("z" * 63, second, 100), *served)
    on.versions.delete(on.call(ROOT), Reference.parse(first), "", "r" * 1_000, force=True)
    with on.database.read() as tx:
        revision = tx.head.revision
        changed = [
            event.change.name
            for event in tx.log.events(revision - 1, 500)
            if event.change.action == RouteAction.ADJUST
        ]
    assert len(changed) == len(set(changed)) == MOST_ROUTES


def test_an_arm_comes_back_with_its_version_or_when_the_route_is_set(database: SqlDatabase) -> None:
    """A rule that goes changes no route: the registry raises no weight by itself."""
    on = Governed(database)
    name = ModelName("default", "fraud").route("checkout")
    for number in (1, 2):
        on.register()
        on.set_stage(f"fraud/{number}", "staging")
    _require(on, AliasRule("checkout", ("staging",)))
    arms = (("z", "fraud/2", 4_000), ("a", "fraud/1", 6_000))
    on.set_route("fraud@checkout", *arms)

    def arm() -> tuple[int, ArmState]:
        with on.database.read() as tx:
            route = tx.routes.get(name)
        assert route is not None
        return next((one.weight, one.state) for one in route.plan.arms if one.id == "a")

    on.set_stage("fraud/1", "archived")
    assert arm() == (0, ArmState.STAGE_LEFT)
    _require(on)
    assert arm() == (0, ArmState.STAGE_LEFT)
    on.set_stage("fraud/1", "staging")
    assert arm() == (0, ArmState.USABLE)
    on.set_route("fraud@checkout", *arms)
    assert arm() == (6_000, ArmState.USABLE)
    # Without a rule any more, setting the route is enough.
    _require(on, AliasRule("checkout", ("staging",)))
    on.set_stage("fraud/1", "archived")
    _require(on)
    on.set_route("fraud@checkout", *arms)
    assert arm() == (6_000, ArmState.USABLE)


def test_the_past_of_a_route_is_exact_as_far_back_as_the_trail_goes(database: SqlDatabase) -> None:
    on, changes = Governed(database), Changes(database)
    for _ in range(2):
        on.register()
    made, name = [], ModelName("default", "fraud").route("checkout")
    for weight in (9_000, 5_000, 1_000):
        on.clock.now += timedelta(hours=1)
        made.append(
            on.set_route(
                "fraud@checkout", ("z", "fraud/1", weight), ("a", "fraud/2", 10_000 - weight)
            )
        )
    on.clock.now += timedelta(hours=1)
    changes.compact(on.clock.now)
    for route in made:
        assert on.routes.get(name, route.time, NOTHING_SEEN) == route
    changes.keep_for(1)
    changes.trim(made[1].time)
    with pytest.raises(RevisionCompacted):
        on.routes.get(name, made[0].time, NOTHING_SEEN)
    for route in made[1:]:
        assert on.routes.get(name, route.time, NOTHING_SEEN) == route
