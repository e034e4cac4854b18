"""Routes on both databases: after any changes they are whole, and their past is exact."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count, pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.route import ArmState, Route, RoutePlan
from registry_grpc.domain.route_slots import SLOTS
from registry_grpc.domain.stage_graph import AliasRule, Stage, StageEdge, StageGraph
from registry_grpc.domain.version import VersionState
from registry_grpc.services.lookup import LookupQuery
from tests.support.faults.amount import amount, examples, randomness
from tests.support.governance import Governed, governed
from tests.support.history import NOTHING_SEEN

_RUNS = count(1)
_VERSIONS = 4
_STAGES = ("none", "staging", "production", "archived")
_OPEN = StageGraph(
    tuple(Stage(stage, 1 if stage == "production" else 0) for stage in _STAGES),
    tuple(StageEdge(a, b) for a in _STAGES for b in _STAGES if a != b),
)
_GUARDED = StageGraph(_OPEN.stages, _OPEN.edges, (AliasRule("check*", ("staging", "production")),))
_UNITS = [f"unit-{number}" for number in range(6)]
Step = Callable[[Governed, str], object]
_NUMBERS = st.integers(1, _VERSIONS)


def _set(arms: list[tuple[int, int]]) -> Step:
    weights = [weight for _, weight in arms]
    scale = SLOTS // sum(weights)
    shares = [weight * scale for weight in weights]
    shares[0] += SLOTS - sum(shares)

    def step(on: Governed, model: str) -> object:
        wanted = [
            (f"arm{index}", f"{model}/{number}", share)
            for index, ((number, _), share) in enumerate(zip(arms, shares, strict=True))
        ]
        return on.set_route(f"{model}@checkout", *wanted, overrides={"tester": "arm0"})

    return step


_STEPS: st.SearchStrategy[Step] = st.one_of(
    st.lists(st.tuples(_NUMBERS, st.integers(1, 9)), min_size=1, max_size=4).map(_set),
    st.lists(st.tuples(_NUMBERS, st.integers(1, 9)), min_size=1, max_size=4).map(_set),
    st.builds(
        lambda number, stage: lambda on, model: on.set_stage(f"{model}/{number}", stage),
        _NUMBERS,
        st.sampled_from(_STAGES),
    ),
    st.builds(
        lambda number, state: lambda on, model: on.live(f"{model}/{number}", state),
        _NUMBERS,
        st.sampled_from((VersionState.YANKED, VersionState.ACTIVE, VersionState.REVOKED)),
    ),
    st.builds(
        lambda number: (
            lambda on, model: on.versions.delete(
                on.call(), Reference.parse(f"{model}/{number}"), "", "", force=True
            )
        ),
        _NUMBERS,
    ),
    st.just(lambda on, model: on.rollback(f"{model}@checkout")),
    st.just(
        lambda on, model: on.routes.delete(
            on.call(), ModelName("default", model).route("checkout"), "", ""
        )
    ),
    st.sampled_from((_OPEN, _GUARDED)).map(lambda graph: lambda on, _: on.set_graph(graph)),
)


def test_routes_are_whole_and_their_past_is_exact(database_url: str) -> None:
    with governed(database_url) as registry:

        @settings(max_examples=examples(6))
        @given(st.lists(_STEPS, min_size=6, max_size=16))
        def holds(steps: list[Step]) -> None:
            model = f"m{next(_RUNS)}"
            registry.set_graph(_OPEN)
            for _ in range(_VERSIONS):
                registry.register(model=ModelName("default", model))
            past: list[tuple[datetime, Route | None, list[object]]] = []
            for step in steps:
                try:
                    step(registry, model)
                except RegistryError as error:
                    assert error.reason != "DATABASE_UNAVAILABLE"  # noqa: PT017 - others are fine
                past.append(_state(registry, model))
                registry.clock.forward(timedelta(seconds=1))
            for moment, route, answers in past:
                assert _route_at(registry, model, moment) == route
                assert _answers(registry, model, moment) == answers
            _check_history(registry, model)

        holds()


def test_concurrent_changes_leave_routes_whole(database_url: str) -> None:
    """Writers set the route while others yank, restore, move, delete and take its arms back."""
    with governed(database_url) as registry:
        model = f"m{next(_RUNS)}"
        registry.set_graph(_GUARDED)
        for number in range(_VERSIONS):
            registry.register(model=ModelName("default", model))
            registry.set_stage(f"{model}/{number + 1}", "staging")
        random = randomness("concurrent routes")
        writers = [Random(random.random()) for _ in range(6)]  # noqa: S311 - hides nothing

        def write(own: Random) -> Counter[str]:
            ends: Counter[str] = Counter()
            for _ in range(amount(12, 200)):
                try:
                    _random_step(own)(registry, model)
                except RegistryError as error:
                    ends[error.reason] += 1
                else:
                    ends[""] += 1
            return ends

        with ThreadPoolExecutor(len(writers)) as pool:
            ends = sum(pool.map(write, writers), Counter[str]())
        assert ends[""] > len(writers)
        assert ends.keys() <= {"", *_REFUSALS}
        _check_history(registry, model)
        _state(registry, model)


_REFUSALS = (
    *("VERSION_YANKED", "VERSION_DELETED", "ALIAS_PROTECTED", "ROUTE_NOT_FOUND"),
    *("ROLLBACK_NOT_POSSIBLE", "ALIAS_NOT_FOUND"),
)


def _random_step(random: Random) -> Step:
    number = random.randint(1, _VERSIONS)
    weights = [(random.randint(1, _VERSIONS), random.randint(1, 9)) for _ in range(3)]
    steps: list[Step] = [
        *[_set(weights)] * 4,
        lambda on, model: on.set_stage(f"{model}/{number}", random.choice(_STAGES[1:])),
        lambda on, model: on.live(f"{model}/{number}", VersionState.YANKED),
        lambda on, model: on.live(f"{model}/{number}", VersionState.ACTIVE),
        lambda on, model: on.rollback(f"{model}@checkout"),
    ]
    return random.choice(steps)


def _state(registry: Governed, model: str) -> tuple[datetime, Route | None, list[object]]:
    with registry.database.read() as tx:
        moment = tx.log.time_of(tx.revision)
        route = tx.routes.get(ModelName("default", model).route("checkout"))
    assert moment is not None
    if route is not None:
        _check(registry, model, route)
    return moment, route, _answers(registry, model, None)


def _route_at(registry: Governed, model: str, moment: datetime) -> Route | None:
    with registry.database.read() as tx:
        owner = tx.models.get(ModelName("default", model))
        assert owner is not None
        return tx.routes.at(owner, "checkout", moment)


def _answers(registry: Governed, model: str, moment: datetime | None) -> list[object]:
    """Return number or reason for each unit, and for none."""
    units = ["", "tester", *_UNITS]
    query = LookupQuery([f"{model}@checkout"] * len(units), moment, units=units)
    with registry.lookups.resolve(query, NOTHING_SEEN) as found:
        list(found.versions)
        return [
            chosen.number
            if chosen is not None
            else (answer.reason if isinstance(answer, RegistryError) else answer.number)
            for answer, chosen in zip(found.answers, found.chosen, strict=True)
        ]


def _check(registry: Governed, model: str, route: Route) -> None:
    plan = route.plan
    assert Counter(_slots(plan)) == Counter({arm.id: arm.weight for arm in plan.arms if arm.weight})
    assert sum(arm.weight for arm in plan.arms) == SLOTS
    with registry.database.read() as tx:
        graph = tx.graphs.get("default", None)
        owner = tx.models.get(ModelName("default", model))
        assert owner is not None
        for arm in plan.arms:
            version = tx.versions.get(owner, arm.version.number)
            assert version is not None
            state = {
                VersionState.YANKED: ArmState.YANKED,
                VersionState.REVOKED: ArmState.REVOKED,
                VersionState.DELETED: ArmState.DELETED,
            }.get(version.state, ArmState.USABLE)
            if state is ArmState.USABLE and graph.broken("checkout", version.stage):
                state = ArmState.STAGE_LEFT
            assert arm.state in {state, ArmState.STAGE_LEFT}
            if arm.state is ArmState.STAGE_LEFT and state is ArmState.USABLE:
                continue  # the rule was removed since: the arm waits for a move or for SetRoute
            assert arm.usable or not arm.weight or arm.id == plan.default_arm


def _check_history(registry: Governed, model: str) -> None:
    with registry.database.read() as tx:
        name = ModelName("default", model).route("checkout")
        entries = list(reversed(tx.routes.history(name, None, 100)))
    assert [(e.revision, e.ordinal) for e in entries] == sorted(
        {(e.revision, e.ordinal) for e in entries}
    )
    for before, after in pairwise(entries):
        if before.plan is None or after.plan is None or after.action == "route.rollback":
            continue
        assert after.moved == _least(before.plan, after.plan)


def _slots(plan: RoutePlan) -> list[str]:
    return [arm for arm, count in plan.runs for _ in range(count)]


def _least(before: RoutePlan, after: RoutePlan) -> int:
    had, has = Counter(_slots(before)), Counter(_slots(after))
    return sum((had - has).values())
