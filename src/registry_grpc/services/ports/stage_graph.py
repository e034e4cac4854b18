"""The port to stage graphs, and to what a change of one would touch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registry_grpc.domain.names import AliasName, ModelName, VersionName
from registry_grpc.domain.stage_graph import StageGraph, StageGraphRevision


@dataclass(frozen=True, slots=True)
class Placed:
    """An alias, the version that it names, and the stage of that."""

    alias: AliasName
    version: VersionName
    stage: str


class StageGraphs(Protocol):
    """Stage graphs, every revision, and their use in their namespaces."""

    def get(self, namespace: str, moment: datetime | None) -> StageGraph:
        """Return the graph that held at `moment`, None for now; the default one while none is set.

        Also for a namespace that is not there. In a transaction only the first question about the
        present of a namespace asks the database.
        """

    def revision(self, namespace: str, upto: int | None) -> StageGraphRevision | None:
        """Return what was set last, with `upto` not after this revision; None when nothing was."""

    def add(self, graph: StageGraphRevision) -> None:
        """Store a new revision, which holds from now on."""

    def crowds(self, namespace: str, stage: str, most: int) -> Sequence[tuple[ModelName, int]]:
        """Return the models with more than `most` versions in `stage`, and how many, by id.

        Also soft-deleted models, which can come back; without deleted versions.
        """

    def aliases(self, namespace: str) -> Iterator[Placed]:
        """Yield every alias of the namespace, by model and id; of soft-deleted models too.

        To be read to its end within the transaction.
        """
