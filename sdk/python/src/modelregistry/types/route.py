"""Routes: references that divide units among versions, and their histories."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from modelregistry.names import segment, short_ref
from modelregistry.types.version import Version


class RouteArmMode(IntEnum):
    """How the answers of an arm are used."""

    LIVE = 1
    SHADOW = 2
    """It gets a copy of requests, and its answers are not used."""
    HOLDOUT = 3
    """Its answers are used; its units are a group for comparison."""


class RouteArmState(IntEnum):
    """Whether an arm may be served."""

    USABLE = 1
    YANKED = 2
    REVOKED = 3
    DELETED = 4
    STAGE_LEFT = 5
    """Its version left the stages that a rule of the stage graph requires."""
    MEMBER_UNUSABLE = 6
    """Its version is an ensemble that is blocked by a member."""


class RouteReason(IntEnum):
    """Why an arm was chosen."""

    HASHED = 1
    """The slot of the unit is one of the arm's."""
    OVERRIDE = 2
    """The route has an override for the unit."""
    DEFAULT_NO_UNIT = 3
    """There is no unit: the default arm."""
    DEFAULT_ARM_GONE = 4
    """The override leads to an arm that may not be served any more: the default arm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteArm:
    """A version of a route, and its share of the units."""

    id: str
    version: str = ""
    """The full name; to set a route also a reference or a number as text, such as `7`."""
    weight: int = 0
    """Basis points, 0 to 10,000: of the slots, or of the units that a shadow arm gets a copy of."""
    mode: RouteArmMode | int = RouteArmMode.LIVE
    """A plain int is a mode that this release does not know."""
    state: RouteArmState | int = RouteArmState.USABLE
    """A plain int is a state that this release does not know."""

    @property
    def version_ref(self) -> str:
        """`fraud/7`: the version as a short reference."""
        return short_ref(self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One revision of a route, such as `fraud@checkout`."""

    name: str
    """`namespaces/{namespace}/models/{model}/routes/{route}`."""
    arms: tuple[RouteArm, ...] = ()
    default_arm: str = ""
    """The arm for calls without a unit; it takes over the slots of unusable arms."""
    unit_kind: str = ""
    """What a unit is, for people."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Units with a fixed arm. Empty in lists and events."""
    salt: str = ""
    slots: tuple[str, ...] = field(default=(), repr=False)
    """The id of the arm of each of the 10,000 slots. Empty in lists and events."""
    etag: str = ""
    """Changes with every revision. Pass it to `set_route` to change the route only if unchanged."""
    update_time: datetime | None = None
    updater: str = ""
    revision: int = 0
    """The revision of its last change."""
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""

    @property
    def id(self) -> str:
        """The last part of the name, such as `checkout`."""
        return segment(self.name, "routes")

    @property
    def ref(self) -> str:
        """`fraud@checkout`, with the namespace in front if it is not `default`."""
        return short_ref(self.name)

    def moved_from(self, before: "Route | None") -> int:
        """Return the number of slots, of 10,000, whose arm is another one than before."""
        if before is None or not before.slots:
            return 0
        if before.salt != self.salt:
            return len(self.slots)
        return sum(a != b for a, b in zip(before.slots, self.slots, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteEntry:
    """One revision of a route, as recorded."""

    name: str
    route: Route | None
    """The route after the change, without overrides and slots; None when it was removed."""
    action: str
    """`route.set`, `route.rollback`, `route.adjust` (by the registry) or `route.delete`."""
    moved: int = 0
    """The number of slots, of 10,000, that got another arm."""
    create_time: datetime | None = None
    actor: str = ""
    reason: str = ""
    revision: int = 0
    ordinal: int = 0
    """Its place among the changes of the route in its revision, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowArm:
    """A shadow arm that gets a copy of a request."""

    arm: str
    version: str
    """The full name of its version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDecision:
    """The arm of a route for one unit."""

    name: str
    """The full name of the route."""
    revision: int
    """The revision of the route."""
    arm: str
    version: str
    """The full name of the arm's version."""
    slot: int
    """0 to 9,999; -1 without a unit."""
    reason: RouteReason | int
    """A plain int is a reason that this release does not know."""
    mode: RouteArmMode | int = RouteArmMode.LIVE
    shadows: tuple[ShadowArm, ...] = ()

    @property
    def version_ref(self) -> str:
        """`fraud/7`: the version as a short reference."""
        return short_ref(self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutedVersion:
    """The version for a unit, and the decision of the route; None for another reference."""

    version: Version
    decision: RouteDecision | None = None
