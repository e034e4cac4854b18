"""Reports: everything that the registry knows about one version."""

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
from modelregistry.types.version_diff import VersionDiff


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that the registry knows about one version; `modelregistry.report` formats it.

    Lists are in the order of the registry, the newest first.
    """

    version: Version
    """In the full view."""
    model: Model
    files: tuple[FileEntry, ...] = ()
    """By path; empty also for a version whose files the registry does not serve."""
    lineage: tuple[LineageStep, ...] = ()
    """The lineage of the version: the edges from it."""
    evaluations: tuple[Evaluation, ...] = ()
    """With their slices."""
    attestations: tuple[Attestation, ...] = ()
    transitions: tuple[Transition, ...] = ()
    """Transitions of this version in any state, with all findings."""
    stage_moves: tuple[StageEntry, ...] = ()
    alias_moves: tuple[AliasEntry, ...] = ()
    """Moves of aliases to this version and away from it."""
    life: tuple[ChangeEvent, ...] = ()
    """The changes of its state: deprecated, yanked, restored, revoked or deleted."""
    against: VersionDiff | None = None
    """The differences from another version, if one was given to compare it with."""
    of_one_moment: bool = True
    """Whether all parts are of one revision; False when it changed in every attempt to read it."""

    @property
    def revision(self) -> int:
        """The newest revision that changed anything in it."""
        return max(revision for _, revision in self._moments())

    @property
    def time(self) -> datetime | None:
        """The time of that revision, so a report of the same facts always has the same time."""
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
