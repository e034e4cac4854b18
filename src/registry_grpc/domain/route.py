"""Routes: references that divide units among versions, with their history."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from registry_grpc.domain.model import etag
from registry_grpc.domain.names import ModelName, RouteName, VersionName
from registry_grpc.domain.route_slots import (
    SLOTS,
    ArmSlots,
    SlotRun,
    assign,
    moved,
    runs_of,
    slots_of,
)
from registry_grpc.domain.version import VersionState

MOST_ROUTES = 30
"""Of one model: a version may be in all of them, and is taken out of all in one transaction."""
MOST_ARMS = 100
MOST_OVERRIDES = 1_000
UNIT_BYTES = 256
UNIT_KIND_BYTES = 128


class RouteAction(StrEnum):
    """The actions of routes in the change log.

    adjust: the registry changed arms because the state or stage of their versions changed.
    """

    SET = "route.set"
    ROLLBACK = "route.rollback"
    ADJUST = "route.adjust"
    DELETE = "route.delete"


class ArmMode(StrEnum):
    """How the answers of an arm are used; shadow: not at all."""

    LIVE = "live"
    SHADOW = "shadow"
    HOLDOUT = "holdout"


class ArmState(StrEnum):
    """Whether an arm may be served; if not, what became of its version."""

    USABLE = "usable"
    YANKED = "yanked"
    REVOKED = "revoked"
    DELETED = "deleted"
    STAGE_LEFT = "stage_left"
    MEMBER_UNUSABLE = "member_unusable"


STATE_OF: Mapping[VersionState, ArmState] = {
    VersionState.YANKED: ArmState.YANKED,
    VersionState.REVOKED: ArmState.REVOKED,
    VersionState.DELETED: ArmState.DELETED,
}
"""The state of an arm whose version is in a state in which no moving name leads to it."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A version of a route. weight: in basis points, of units (serving) or of copies (shadow)."""

    id: str
    version: VersionName
    weight: int
    mode: ArmMode = ArmMode.LIVE
    state: ArmState = ArmState.USABLE

    @property
    def serves(self) -> bool:
        """Whether its answers are used."""
        return self.mode is not ArmMode.SHADOW

    @property
    def usable(self) -> bool:
        """Whether it may be served."""
        return self.state is ArmState.USABLE


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """What a route is at one revision. overrides: from unit to arm. slots: the arm of each slot."""

    arms: tuple[Arm, ...]
    default_arm: str
    salt: str
    unit_kind: str = ""
    overrides: Mapping[str, str] = field(default_factory=dict)
    slots: tuple[SlotRun, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the arms, in their order."""
        return tuple(arm.id for arm in self.arms)

    @property
    def default(self) -> Arm:
        """The default arm."""
        return self.arms[self.ids.index(self.default_arm)]

    @property
    def runs(self) -> list[ArmSlots]:
        """The id of the arm of consecutive slots, and their number."""
        return slots_of(self.slots, self.ids)

    def following(self, before: "RoutePlan | None") -> "RoutePlan":
        """Return the plan with its slots, computed from those before it.

        A plan with another salt is computed from nothing: all units are divided again.
        """
        keeps = before is not None and before.salt == self.salt
        slots = assign(before.runs if before is not None and keeps else (), self._weights)
        return replace(self, slots=runs_of(slots, self.ids))

    @property
    def _weights(self) -> Mapping[str, int]:
        return {arm.id: arm.weight for arm in self.arms if arm.serves}

    def limited(self, limits: Mapping[str, tuple[int, ArmState]]) -> "RoutePlan":
        """Return the plan in which these arms, by id, have at most this weight, and this state.

        The default arm takes over the rest, and keeps its own weight.
        """
        arms, given_up = list[Arm](), 0
        for arm in self.arms:
            most, state = limits.get(arm.id, (arm.weight, arm.state))
            more = arm.weight - most if arm.serves and arm.id != self.default_arm else 0
            given_up += max(0, more)
            arms.append(replace(arm, weight=arm.weight - max(0, more), state=state))
        place = self.ids.index(self.default_arm)
        arms[place] = replace(arms[place], weight=arms[place].weight + given_up)
        return replace(self, arms=tuple(arms)).following(self)

    def of_model(self, model: ModelName) -> "RoutePlan":
        """Return the plan with the versions of the model under its present name."""
        if all(arm.version.parent == model for arm in self.arms):
            return self
        arms = (replace(arm, version=model.version(arm.version.number)) for arm in self.arms)
        return replace(self, arms=tuple(arms))

    def moved_since(self, before: "RoutePlan | None") -> int:
        """Return the number of slots whose arm is another one than before."""
        if before is None:
            return 0
        return SLOTS if before.salt != self.salt else moved(before.runs, self.runs)

    def brief(self) -> "RoutePlan":
        """Return the plan as lists and the log have it: without overrides and slots."""
        return replace(self, overrides={}, slots=())


@dataclass(frozen=True, slots=True)
class Route:
    """A route. time, actor, revision: of its last change."""

    name: RouteName
    plan: RoutePlan
    time: datetime
    actor: str
    revision: int

    @property
    def etag(self) -> str:
        """Changes with every revision."""
        return etag(self.revision)

    def brief(self) -> "Route":
        """Return the route without overrides and slots."""
        return replace(self, plan=self.plan.brief())


@dataclass(frozen=True, slots=True)
class RouteEntry:
    """One revision, as recorded.

    plan: None for a removal. moved: the number of slots that got another arm. ordinal: its place
    among the changes of the route in its transaction, from 0.
    """

    name: RouteName
    plan: RoutePlan | None
    action: RouteAction
    moved: int
    time: datetime
    actor: str
    reason: str
    revision: int
    ordinal: int = 0
