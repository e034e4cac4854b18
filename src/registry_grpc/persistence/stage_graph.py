"""Stage graphs in SQL."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Connection, Index, Row, Table, bindparam, func, insert, select

from registry_grpc.domain.names import ModelName, StageGraphName
from registry_grpc.domain.stage_graph import DEFAULT_GRAPH, StageGraph, StageGraphRevision
from registry_grpc.persistence.catalog_tables import aliases, models, version_heads
from registry_grpc.persistence.codec import decode, encode
from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, Moment
from registry_grpc.persistence.schema import METADATA, column, key
from registry_grpc.services.ports.stage_graph import Placed

# Every graph that was set; the newest of a namespace holds.
stage_graphs = Table(
    "stage_graphs",
    METADATA,
    key("namespace", BYTEWISE, "namespaces.namespace"),
    key("revision", BigInteger()),
    column("time", Moment()),
    column("actor", BYTEWISE),
    column("graph", DOCUMENT),
    Index(None, "namespace", "time"),
)

# Built once: building one takes as long as running it.
_SET = select(stage_graphs).where(stage_graphs.c.namespace == bindparam("namespace"))
_LAST = _SET.order_by(stage_graphs.c.revision.desc()).limit(1)
_LAST_BEFORE = _LAST.where(stage_graphs.c.revision <= bindparam("upto"))
_AT = (
    _SET.where(stage_graphs.c.time <= bindparam("moment"))
    .order_by(stage_graphs.c.time.desc())
    .limit(1)
)
_OVERFULL_MODELS = (
    select(models.c.model_id, func.count())
    .join(version_heads, version_heads.c.model_uid == models.c.uid)
    .where(
        models.c.namespace == bindparam("namespace"),
        version_heads.c.stage == bindparam("stage"),
        version_heads.c.delete_time.is_(None),
    )
    .group_by(models.c.model_id)
    .having(func.count() > bindparam("most"))
    .order_by(models.c.model_id)
)
_PLACED = (
    select(models.c.model_id, aliases.c.alias, aliases.c.number, version_heads.c.stage)
    .select_from(models)
    .join(aliases, aliases.c.model_uid == models.c.uid)
    .join(
        version_heads,
        (version_heads.c.model_uid == aliases.c.model_uid)
        & (version_heads.c.number == aliases.c.number),
    )
    .where(models.c.namespace == bindparam("namespace"), models.c.purge_time.is_(None))
    .order_by(models.c.model_id, aliases.c.alias)
)


class SqlStageGraphs:
    """Implements `registry_grpc.services.ports.stage_graph.StageGraphs`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._present: dict[str, StageGraph] = {}

    def get(self, namespace: str, moment: datetime | None) -> StageGraph:
        """Return the graph that held at `moment`, None for now; the default one if none was set."""
        if moment is not None:
            key = {"namespace": namespace, "moment": moment}
            return _graph(self._connection.execute(_AT, key).one_or_none())
        known = self._present.get(namespace)
        if known is None:
            row = self._connection.execute(_LAST, {"namespace": namespace}).one_or_none()
            known = self._present[namespace] = _graph(row)
        return known

    def revision(self, namespace: str, upto: int | None) -> StageGraphRevision | None:
        """Return what was set last, with `upto` not after this revision; None when nothing was."""
        statement = _LAST if upto is None else _LAST_BEFORE
        key: dict[str, object] = {"namespace": namespace}
        if upto is not None:
            key["upto"] = upto
        row = self._connection.execute(statement, key).one_or_none()
        if row is None:
            return None
        name = StageGraphName(namespace)
        return StageGraphRevision(name, _graph(row), row.actor, row.time, row.revision)

    def stages_ever(self, namespace: str) -> Collection[str]:
        """Return the ids of the stages of all its graphs, including the default graph."""
        rows = self._connection.execute(_SET, {"namespace": namespace})
        return {*DEFAULT_GRAPH.names, *(name for row in rows for name in _graph(row).names)}

    def add(self, graph: StageGraphRevision) -> None:
        """Store a new revision, which holds from now on."""
        namespace = graph.name.namespace
        self._connection.execute(
            insert(stage_graphs),
            {
                "namespace": namespace,
                "revision": graph.revision,
                "time": graph.time,
                "actor": graph.actor,
                "graph": encode(graph.graph),
            },
        )
        self._present[namespace] = graph.graph

    def overfull_models(
        self, namespace: str, stage: str, most: int
    ) -> Sequence[tuple[ModelName, int]]:
        """Return the models with more than `most` versions in `stage`, and how many, by id."""
        key = {"namespace": namespace, "stage": stage, "most": most}
        rows = self._connection.execute(_OVERFULL_MODELS, key)
        return [(ModelName(namespace, model), count) for model, count in rows]

    def aliases(self, namespace: str) -> Iterator[Placed]:
        """Yield every alias of the namespace, by model and id; of soft-deleted models too."""
        for row in self._connection.execute(_PLACED, {"namespace": namespace}):
            model = ModelName(namespace, row.model_id)
            yield Placed(model.alias(row.alias), model.version(row.number), row.stage)


def _graph(row: Row[*tuple[object, ...]] | None) -> StageGraph:
    return DEFAULT_GRAPH if row is None else decode(StageGraph, row.graph)
