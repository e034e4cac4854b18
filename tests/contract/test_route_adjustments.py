"""Routes whose versions change: the work does not grow with arms and policies multiplied."""

from sqlalchemy import Engine, event

from registry_grpc.domain.names import ModelName
from registry_grpc.domain.policy import PolicyDraft
from registry_grpc.domain.route import MOST_ARMS, ArmState
from registry_grpc.domain.rule import Rule
from registry_grpc.domain.rules.route_weight import RouteWeightBound
from registry_grpc.persistence.database import SqlDatabase
from tests.support.governance import Governed

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
