"""Reports: everything that is known of one version, read together."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from modelregistry.types.alias import AliasEntry, StageEntry
from modelregistry.types.change import ChangeEvent
from modelregistry.types.evaluation import Attestation, Evaluation
from modelregistry.types.lineage import LineageStep
from modelregistry.types.model import Model
from modelregistry.types.transition import Transition
from modelregistry.types.version import FileEntry, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that is known of one version: `modelregistry.report` writes it down.

    Lists are in the order of the registry, the newest first.
    """

    version: Version
    """With all it records."""
    model: Model
    files: tuple[FileEntry, ...] = ()
    """By path; empty also when the registry does not hand them out any more."""
    lineage: tuple[LineageStep, ...] = ()
    """What the version was made of: the edges from it."""
    evaluations: tuple[Evaluation, ...] = ()
    """With their slices."""
    attestations: tuple[Attestation, ...] = ()
    transitions: tuple[Transition, ...] = ()
    """Those that moved it, or were to move it, with all findings."""
    stage_moves: tuple[StageEntry, ...] = ()
    alias_moves: tuple[AliasEntry, ...] = ()
    """Moves of aliases to this version and away from it."""
    life: tuple[ChangeEvent, ...] = ()
    """When it was deprecated, yanked, restored, revoked or deleted, and by whom."""
    of_one_moment: bool = True
    """Whether it all held at once; False where it changed each time while it was read."""

    @property
    def revision(self) -> int:
        """The newest revision that changed anything in it."""
        return max(revision for _, revision in self._moments())

    @property
    def time(self) -> datetime | None:
        """When that was: the report of the same facts has the same time whenever it is made."""
        return max((time for time, _ in self._moments() if time is not None), default=None)

    def _moments(self) -> Iterator[tuple[datetime | None, int]]:
        yield self.version.create_time, 0
        yield self.version.update_time, self.version.revision
        yield self.model.update_time, self.model.revision
        for step in self.lineage:
            yield step.edge.create_time, step.edge.revision
        recorded: tuple[Evaluation | Attestation, ...] = (*self.evaluations, *self.attestations)
        for evidence in recorded:
            yield evidence.create_time, evidence.revision
        moves: tuple[StageEntry | AliasEntry, ...] = (*self.stage_moves, *self.alias_moves)
        for move in moves:
            yield move.create_time, move.revision
        for event in self.life:
            yield event.time, event.revision
        for transition in self.transitions:
            yield transition.create_time, transition.revision
            yield transition.end_time, transition.revision
            for approval in transition.approvals:
                yield approval.create_time, 0
