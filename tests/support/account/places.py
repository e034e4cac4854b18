"""The stages and aliases of versions, in the model of a registry.

It follows the contract, and shares no code with the registry that it is compared with.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime

from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.evidence import Record
from registry_grpc.domain.facts import SliceMetric
from registry_grpc.domain.stage_graph import AliasRule, Stage, StageEdge, StageGraph
from registry_grpc.domain.version import Version, VersionState

Id = tuple[str, int]
"""A version: its model and number."""
Seat = tuple[str, str]
"""A stage or an alias of a model."""
FOLLOWED = {VersionState.ACTIVE, VersionState.DEPRECATED}


class No(Exception):
    """The registry has to refuse, with this error."""

    def __init__(self, error: type[RegistryError]) -> None:
        super().__init__(error.__name__)
        self.error = error


@dataclass(frozen=True)
class Chart:
    """A stage graph: the rooms of stages (0: any), ways between them, what aliases demand."""

    rooms: Mapping[str, int]
    ways: frozenset[tuple[str, str]]
    demands: Mapping[str, frozenset[str]]

    def graph(self) -> StageGraph:
        """Return it as the registry takes it."""
        return StageGraph(
            stages=tuple(Stage(name, room) for name, room in self.rooms.items()),
            edges=tuple(StageEdge(*way) for way in sorted(self.ways)),
            alias_rules=tuple(
                AliasRule(alias, tuple(sorted(stages))) for alias, stages in self.demands.items()
            ),
        )

    def forbids(self, alias: str, stage: str) -> bool:
        """Whether the alias may not name a version in this stage."""
        return alias in self.demands and stage not in self.demands[alias]


@dataclass(frozen=True)
class Kept:
    """A version as it is now. since: when it entered its stage. records: evidence, newest first."""

    version: Version
    since: datetime
    records: tuple[tuple[Record, Sequence[SliceMetric]], ...] = ()
    stage: str = "none"
    state: VersionState = VersionState.ACTIVE


class Places:
    """All versions and aliases. entered and named: every entry ever, oldest first."""

    def __init__(self, chart: Chart, now: datetime) -> None:
        self.chart = chart
        self.now = now
        self.kept: dict[Id, Kept] = {}
        self.aliases: dict[Seat, int] = {}
        self.entered: dict[Seat, tuple[tuple[datetime, int], ...]] = {}
        self.named: dict[Seat, tuple[int, ...]] = {}

    def copy(self) -> "Places":
        """Return another that stays as this one is."""
        other = copy(self)
        for name in ("kept", "aliases", "entered", "named"):
            setattr(other, name, dict(getattr(self, name)))
        return other

    def become(self, other: "Places") -> None:
        """Be as another one is."""
        self.__dict__.update(other.copy().__dict__)

    def may_be_followed(self, who: Id) -> bool:
        """Whether names that move may lead there."""
        return self.kept[who].state in FOLLOWED

    def change(self, who: Id, **what: object) -> None:
        """Note what a version has become."""
        self.kept[who] = replace(self.kept[who], **what)  # type: ignore[arg-type]

    def holders(self, model: str, stage: str) -> list[int]:
        """Return the versions in a stage, the last one that entered first."""
        found = [
            (kept.since, number)
            for (owner, number), kept in self.kept.items()
            if (owner, kept.stage) == (model, stage) and kept.state is not VersionState.DELETED
        ]
        return [number for _, number in sorted(found, reverse=True)]

    def present(self, seat: Seat) -> list[int]:
        """Return the versions in a stage, or the target of an alias."""
        return [self.aliases[seat]] if seat in self.aliases else self.holders(*seat)

    def move(self, who: Id, stage: str, leaving: Sequence[Id] = ()) -> None:
        """Move a version to a stage, archive the ones beyond capacity, and update aliases."""
        model, _ = who
        if self.kept[who].stage == stage:
            return
        left = list(leaving)
        for other in left:
            self._enter(other, "archived")
        room = self.chart.rooms[stage]
        for number in self.holders(model, stage)[room - 1 :] if room else ():
            left.append((model, number))
            self._enter((model, number), "archived")
        self._enter(who, stage)
        for other in left:
            self._release(other, who)
        self._release(who, None)

    def point(self, seat: Seat, number: int) -> None:
        """Let an alias name a version."""
        self.aliases[seat] = number
        self.named[seat] = (*self.named.get(seat, ()), number)

    def names_of(self, who: Id) -> list[Seat]:
        """Return the aliases that name a version."""
        model, number = who
        seats = sorted(self.aliases)
        return [seat for seat in seats if seat[0] == model and self.aliases[seat] == number]

    def _enter(self, who: Id, stage: str) -> None:
        model, number = who
        self.change(who, stage=stage, since=self.now)
        seat = (model, stage)
        self.entered[seat] = (*self.entered.get(seat, ()), (self.now, number))

    def _release(self, who: Id, successor: Id | None) -> None:
        """Remove the aliases that its stage forbids, or move them to an allowed successor."""
        for seat in self.names_of(who):
            if not self.chart.forbids(seat[1], self.kept[who].stage):
                continue
            if successor is None or self.chart.forbids(seat[1], self.kept[successor].stage):
                del self.aliases[seat]
            else:
                self.point(seat, successor[1])

    def answer(self, model: str, name: str) -> int | None:
        """Return which version a name leads to, None for none: an alias, a stage, latest, 7."""
        if name.isdigit():
            kept = self.kept.get((model, int(name)))
            usable = {*FOLLOWED, VersionState.YANKED}
            return int(name) if kept is not None and kept.state in usable else None
        if name == "latest":
            numbers = [n for owner, n in self.kept if owner == model]
            return max((n for n in numbers if self.may_be_followed((model, n))), default=None)
        found = [self.aliases[model, name]] if (model, name) in self.aliases else []
        if not found and name in self.chart.rooms and name != "none":
            found = self.holders(model, name)[:1]
        return next((n for n in found if self.may_be_followed((model, n))), None)
