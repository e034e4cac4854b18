"""The port to stage graphs, and to the versions and aliases that a change would affect."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registry_grpc.domain.names import AliasName, ModelName, RouteName, VersionName
from registry_grpc.domain.stage_graph import StageGraph, StageGraphRevision


@dataclass(frozen=True, slots=True)
class Placed:
    """An alias or a route, a version of it, and the version's stage."""

    name: AliasName | RouteName
    version: VersionName
    stage: str


class StageGraphs(Protocol):
    """All revisions of stage graphs, and their use in their namespaces."""

    def get(self, namespace: str, moment: datetime | None) -> StageGraph:
        """Return the graph in force at `moment`, None for now; the default graph if none is set.

        Also for a missing namespace. A transaction reads the present graph of a namespace only
        once.
        """

    def revision(self, namespace: str, upto: int | None) -> StageGraphRevision | None:
        """Return the last graph that was set, at most at revision `upto`, or None."""

    def stages_ever(self, namespace: str) -> Collection[str]:
        """Return the ids of the stages of all its graphs, including the default graph."""

    def add(self, graph: StageGraphRevision) -> None:
        """Store a new revision, which is in force from then on."""

    def overfull_models(
        self, namespace: str, stage: str, most: int
    ) -> Sequence[tuple[ModelName, int]]:
        """Return the models with more than `most` versions in `stage`, with the number, by id.

        Includes soft-deleted models, which can be restored; excludes deleted versions.
        """

    def aliases(self, namespace: str) -> Iterator[Placed]:
        """Yield every alias of the namespace, by model and id, also of soft-deleted models.

        Must be consumed within the transaction.
        """
