"""The versions of all models that are in a stage, or were at a moment."""

from collections.abc import Sequence
from datetime import datetime

from registry_grpc.domain.history import Position
from registry_grpc.domain.page import Key, Page, Query
from registry_grpc.domain.stage import NONE, StageEntry
from registry_grpc.domain.violations import invalid
from registry_grpc.services.listing import Listed, filtered
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database
from registry_grpc.services.reading import require_namespace, require_revision
from registry_grpc.services.stage_names import require_stage

_LAST_NUMBER = 2**62


class StagedVersions:
    """Reads what the stages of a namespace have, or had."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def list(
        self,
        query: Query,
        page: Page,
        namespace: str,
        stage: str,
        moment: datetime | None,
        seen: Position,
    ) -> Listed[StageEntry]:
        """Return a page of the moves by which versions are in a stage, '' for any but `none`.

        By model id and number. Raises NamespaceNotFound, or InvalidRequest for a moment in the
        future, for `none`, or for a stage that never existed.
        """
        if moment is not None and moment > self._clock():
            raise invalid("as_of", "lies in the future")
        if stage == NONE:
            raise invalid("stage", f"every version begins in {NONE}, without a move: list versions")
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_namespace(tx, namespace)
            if stage:
                require_stage(tx, namespace, "stage", stage)

            def rows(after: Key | None, upto: Key | None, limit: int) -> Sequence[StageEntry]:
                last = None if upto is None else str(upto[0])
                place = None if after is None else (str(after[0]), int(after[1]))
                return tx.stages.staged(namespace, stage, moment, place, last, limit)

            def end(after: Key | None, count: int) -> Key | None:
                # Portions of whole models: how many moves one has is bounded by its versions.
                model = None if after is None else str(after[0])
                last = tx.models.id_behind(namespace, model, count)
                return None if last is None else (last, _LAST_NUMBER)

            def key(entry: StageEntry) -> Key:
                return entry.version.model, entry.version.number

            return filtered(query, page, tx.head, rows, end, key)
