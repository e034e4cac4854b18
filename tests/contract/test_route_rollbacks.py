"""Rollbacks of routes: states of arms are those of now, and the rules of now are in force."""

from collections.abc import Iterator
from itertools import count
from uuid import uuid4

import pytest

from registry_grpc.domain.errors import (
    LimitExceeded,
    RollbackNotPossible,
    RouteWeightExceeded,
)
from registry_grpc.domain.limits import MIB
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.policy import PolicyDraft
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.route import MOST_ROUTES, ArmState, Route
from registry_grpc.domain.rule import Rule
from registry_grpc.domain.rules.route_weight import RouteWeightBound
from registry_grpc.domain.version import VersionState
from registry_grpc.services.model import Models
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.purge import Purges
from registry_grpc.services.reply_memory import ReplyMemory
from tests.support.governance import Governed, governed

_RUNS = count(1)


@pytest.fixture
def registry(database_url: str) -> Iterator[Governed]:
    with governed(database_url) as opened:
        yield opened


@pytest.fixture
def model(registry: Governed) -> str:
    """A model of the test's own with three versions."""
    name = f"rolled{next(_RUNS)}"
    for _ in range(3):
        registry.register(model=ModelName("default", name))
    return name


def read(registry: Governed, model: str, route: str = "checkout") -> Route:
    with registry.database.read() as tx:
        found = tx.routes.get(ModelName("default", model).route(route))
    assert found is not None
    return found


def arms(registry: Governed, model: str) -> dict[str, tuple[int, ArmState]]:
    return {arm.id: (arm.weight, arm.state) for arm in read(registry, model).plan.arms}


def test_a_restored_version_is_usable_after_a_rollback(registry: Governed, model: str) -> None:
    half = (("a", f"{model}/1", 5_000), ("b", f"{model}/2", 5_000))
    first = registry.set_route(f"{model}@checkout", *half)
    registry.live(f"{model}/2", VersionState.YANKED)
    assert arms(registry, model)["b"] == (0, ArmState.YANKED)
    registry.live(f"{model}/2", VersionState.ACTIVE)
    assert arms(registry, model)["b"] == (0, ArmState.USABLE)
    # The revision before differs in the state of an arm alone, which is not taken back.
    registry.rollback(f"{model}@checkout")
    assert read(registry, model).plan == first.plan


def test_an_arm_that_went_twice_has_its_last_state(registry: Governed, model: str) -> None:
    registry.set_route(f"{model}@checkout", ("a", f"{model}/1", 9_000), ("b", f"{model}/2", 1_000))
    registry.live(f"{model}/2", VersionState.YANKED)
    yanked = read(registry, model)
    registry.set_route(f"{model}@checkout", ("a", f"{model}/1", 4_000), ("c", f"{model}/3", 6_000))
    registry.live(f"{model}/2", VersionState.REVOKED)
    registry.rollback(f"{model}@checkout")
    assert arms(registry, model) == {"a": (10_000, ArmState.USABLE), "b": (0, ArmState.REVOKED)}
    assert read(registry, model).plan.slots == yanked.plan.slots


def test_a_rollback_keeps_the_number_of_routes(registry: Governed, model: str) -> None:
    for number in range(MOST_ROUTES):
        registry.set_route(f"{model}@r{number}", ("a", f"{model}/1", 10_000))
    name = ModelName("default", model).route("r0")
    registry.routes.delete(registry.call(), name, "", "")
    registry.set_route(f"{model}@another", ("a", f"{model}/1", 10_000))
    with pytest.raises(LimitExceeded):
        registry.rollback(f"{model}@r0")
    registry.routes.delete(registry.call(), ModelName("default", model).route("another"), "", "")
    registry.rollback(f"{model}@r0")
    assert read(registry, model, "r0").plan.ids == ("a",)


def bound(model: str, maximum: int) -> PolicyDraft:
    """Return a policy with a rule for the weights of arms outside of production."""
    rule = Rule("small", route_weight=RouteWeightBound("*", maximum))
    return PolicyDraft(to_stage="production", models=model, rules=(rule,))


def test_a_rollback_gives_no_more_weight_than_policies_allow(
    registry: Governed, model: str
) -> None:
    registry.set_stage(f"{model}/1", "staging")
    registry.set_stage(f"{model}/1", "production")
    registry.set_route(f"{model}@checkout", ("a", f"{model}/1", 1_000), ("b", f"{model}/2", 9_000))
    registry.set_route(f"{model}@checkout", ("a", f"{model}/1", 9_500), ("b", f"{model}/2", 500))
    registry.put(f"small-{model}", bound(model, 500))
    with pytest.raises(RouteWeightExceeded):
        registry.rollback(f"{model}@checkout")
    assert arms(registry, model)["b"] == (500, ArmState.USABLE)


def test_a_new_policy_takes_weight_only_when_a_version_leaves_its_stage(
    registry: Governed, model: str
) -> None:
    half = (("a", f"{model}/1", 5_000), ("b", f"{model}/2", 5_000))
    made = registry.set_route(f"{model}@checkout", *half)
    registry.put(f"small-{model}", bound(model, 500))
    registry.live(f"{model}/2", VersionState.DEPRECATED)
    assert read(registry, model) == made, "the state is not the stage"
    registry.set_stage(f"{model}/2", "staging")
    assert arms(registry, model)["b"] == (500, ArmState.USABLE)


def test_a_purged_version_leaves_its_place_in_history(registry: Governed, model: str) -> None:
    half = (("a", f"{model}/1", 5_000), ("b", f"{model}/2", 5_000))
    registry.set_route(f"{model}@checkout", *half)
    reference = Reference.parse(f"{model}/2")
    registry.versions.delete(registry.call(), reference, "", "", force=True)
    assert arms(registry, model) == {
        "a": (10_000, ArmState.USABLE),
        "b": (0, ArmState.DELETED),
    }
    with pytest.raises(RollbackNotPossible):
        registry.rollback(f"{model}@checkout")


def test_a_purge_of_a_model_has_room_for_the_changes_of_its_routes(registry: Governed) -> None:
    """Each version that goes is taken out of all routes: 30 routes with 100 long arms are 3 MiB."""
    name = ModelName("default", f"{'m' * 240}{next(_RUNS)}")
    for _ in range(4):
        registry.register(model=name)
    arms = [(f"{'a' * 55}{place}", f"{name.model}/{1 + place % 4}", 100) for place in range(100)]
    for number in range(MOST_ROUTES):
        registry.set_route(f"{name.model}@r{number}", *arms)
    mutations = Mutations(registry.database, registry.clock)
    models = Models(registry.database, mutations, uuid4, ReplyMemory(MIB))
    models.delete(registry.call(), name, "", "", force=True)
    purges = Purges(mutations)
    calls = [
        purges.model(registry.call(), name, "", "", versions=True).result for _ in range(4)
    ]  # some versions in each call
    assert calls[-1] is not None
    assert calls[-1].purge_time is not None
