"""The use case of closures: a version with its members in all levels, as of one revision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from registry_grpc.domain.ensemble import MOST_LEVELS
from registry_grpc.domain.ensemble_closure import ClosureMember, Pin, expanded
from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.history import Position
from registry_grpc.domain.names import VersionName
from registry_grpc.domain.route_table import RouteTable
from registry_grpc.domain.version import Version
from registry_grpc.services.lookup import Reads
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import require_past, require_revision, revision_then

NOT_STORED = UUID(int=0)
"""Stands for an ensemble that has no uid yet."""


@dataclass(frozen=True, slots=True)
class Closure:
    """A version with its members, each after its own ensemble; none if it is no ensemble."""

    version: Version
    members: Sequence[ClosureMember]


@dataclass(frozen=True, slots=True)
class ResolvedClosure:
    """The answer to a reference at one revision; of a route the answer of its default arm.

    route: the table, for a reference to a route. chosen: the version of the arm for the unit, if
    that is another arm, and `arm` its answer.
    """

    answer: Closure | RegistryError
    revision: int
    route: RouteTable | None = None
    chosen: VersionName | None = None
    arm: Closure | RegistryError | None = None


class Closures:
    """Resolves references to versions and their members."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def resolve(
        self, ref: str, unit: str, moment: datetime | None, seen: Position
    ) -> ResolvedClosure:
        """Resolve a reference in one snapshot; its error is the answer.

        moment: None for now. Raises RevisionNotReached, InvalidRequest for a moment in the future,
        and RevisionCompacted for one that lies before what the audit trail keeps.
        """
        with self._database.read() as tx:
            if moment is not None:
                require_past(tx, moment, self._clock, "as_of")
            require_revision(tx, seen)
            revision = tx.revision if moment is None else revision_then(tx, moment)
            reads = Reads(tx, moment)
            answer = _closure(tx, reads.answer(ref), moment)
            chosen, arm = reads.chosen(ref, unit), None
            if chosen is not None:
                arm = _closure(tx, reads.arms[chosen], moment)
            return ResolvedClosure(answer, revision, reads.routes.get(ref), chosen, arm)


def _closure(
    tx: Transaction, found: Version | RegistryError, moment: datetime | None
) -> Closure | RegistryError:
    if isinstance(found, RegistryError):
        return found
    return Closure(found, closure_of(tx, found, moment))


def closure_of(
    tx: Transaction, version: Version, moment: datetime | None = None
) -> Sequence[ClosureMember]:
    """Return the members of a version in all levels."""
    if version.ensemble is None:
        return ()
    return expanded(version.uid, _pins_below(tx, [version.uid], moment))


def closure_of_new(tx: Transaction, pins: Sequence[Pin]) -> Sequence[ClosureMember]:
    """Return what an ensemble would have as members in all levels. pins: its direct ones."""
    nested = {pin.version.uid: None for pin in pins if pin.version.summary is not None}
    return expanded(NOT_STORED, [*pins, *_pins_below(tx, list(nested), None)])


def _pins_below(
    tx: Transaction, ensembles: Sequence[UUID], moment: datetime | None
) -> Sequence[Pin]:
    """Return the members of ensembles in all levels: one statement for each level."""
    found: list[Pin] = []
    level, known = list(ensembles), set(ensembles)
    for _ in range(MOST_LEVELS):
        pins = tx.ensembles.pins(level, moment)
        found += pins
        nested = dict.fromkeys(pin.version.uid for pin in pins if pin.version.summary is not None)
        level = [uid for uid in nested if uid not in known]
        known.update(level)
        if not level:
            break
    return found
