"""Evaluations in SQL: one row each; its slices, which may be many, are read only when needed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Connection, Index, Row, Table, func, insert, select

from registry_grpc.domain.evaluation import Evaluation, EvaluationDraft
from registry_grpc.domain.evidence import Record
from registry_grpc.domain.facts import ConfidenceInterval, SliceMetric
from registry_grpc.domain.names import VersionName
from registry_grpc.domain.version import Version
from registry_grpc.domain.work import current_work
from registry_grpc.persistence.codec import encode
from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, UID, Moment, Sha256
from registry_grpc.persistence.schema import METADATA, column, key

# dimensions: pairs of dimension and metric, of what is in slices, which are read only if needed.
evaluations = Table(
    "evaluations",
    METADATA,
    key("uid", UID),
    column("version_uid", UID, "versions.uid"),
    column("revision", BigInteger()),
    column("time", Moment()),
    column("creator", BYTEWISE),
    column("digest", Sha256()),
    column("dataset_uri", BYTEWISE),
    column("dataset_digest", BYTEWISE),
    column("evaluator", BYTEWISE),
    column("evaluator_digest", BYTEWISE),
    column("description", BYTEWISE),
    column("metrics", DOCUMENT),
    column("dimensions", DOCUMENT),
    column("slice_count", BigInteger()),
    column("slices", DOCUMENT),
    Index(None, "version_uid", "revision"),
)

_BRIEF = select(
    *(column for column in evaluations.c if column.name not in {"slices", "dimensions"})
)
_FULL = select(*(column for column in evaluations.c if column.name != "dimensions"))
_RECORDS = select(
    evaluations.c.uid,
    evaluations.c.time,
    evaluations.c.dataset_uri,
    evaluations.c.metrics,
    evaluations.c.dimensions,
    evaluations.c.digest,
)
_UNITS_OF_A_RECORD = 30
_NEWEST_FIRST = (evaluations.c.revision.desc(), evaluations.c.uid.desc())


class SqlEvaluations:
    """Implements `registry_grpc.services.ports.evaluation.Evaluations`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, version: Version, evaluation: Evaluation) -> None:
        """Store a new one."""
        draft = evaluation.draft
        dimensions = sorted({(item.dimension, item.metric) for item in draft.slices})
        self._connection.execute(
            insert(evaluations),
            {
                "uid": evaluation.name.uuid,
                "version_uid": version.uid,
                "revision": evaluation.revision,
                "time": evaluation.create_time,
                "creator": evaluation.creator,
                "digest": evaluation.digest,
                "dataset_uri": draft.dataset_uri,
                "dataset_digest": draft.dataset_digest,
                "evaluator": draft.evaluator,
                "evaluator_digest": draft.evaluator_digest,
                "description": draft.description,
                "metrics": dict(draft.metrics),
                "dimensions": dimensions,
                "slice_count": evaluation.slice_count,
                "slices": encode(draft.slices),
            },
        )

    def get(self, version: Version, uuid: UUID) -> Evaluation | None:
        """Return it with its slices, or None when this version has no such evaluation."""
        statement = _FULL.where(evaluations.c.uid == uuid, evaluations.c.version_uid == version.uid)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else _evaluation(version.name, row, _slices(row.slices))

    def page(self, version: Version, before: int | None, limit: int) -> Sequence[Evaluation]:
        """Return those of revisions below `before`, newest first, without slices."""
        statement = _BRIEF.where(evaluations.c.version_uid == version.uid)
        if before is not None:
            statement = statement.where(evaluations.c.revision < before)
        rows = self._connection.execute(statement.order_by(*_NEWEST_FIRST).limit(limit))
        return [_evaluation(version.name, row, ()) for row in rows]

    def count(self, version: Version) -> int:
        """Return how many there are."""
        statement = select(func.count()).where(evaluations.c.version_uid == version.uid)
        return self._connection.scalar(statement) or 0

    def records(self, version: Version) -> Sequence[Record]:
        """Return what rules look at first of all of them, newest first."""
        statement = _RECORDS.where(evaluations.c.version_uid == version.uid)
        return list(map(_record, self._connection.execute(statement.order_by(*_NEWEST_FIRST))))

    def slices(self, ids: Sequence[str]) -> Mapping[str, Sequence[SliceMetric]]:
        """Return the slices of the evaluations with these ids."""
        if not ids:
            return {}
        statement = select(evaluations.c.uid, evaluations.c.slices)
        wanted = statement.where(evaluations.c.uid.in_([UUID(text) for text in ids]))
        return {str(row.uid): _slices(row.slices) for row in self._connection.execute(wanted)}


def _record(row: Row[*tuple[Any, ...]]) -> Record:
    metrics, dimensions = _metrics(row), row.dimensions
    current_work().take(_UNITS_OF_A_RECORD + len(metrics) + len(dimensions))
    return Record(
        id=str(row.uid),
        time=row.time,
        dataset=row.dataset_uri,
        metrics=metrics,
        cells=frozenset((dimension, metric) for dimension, metric in dimensions),
        digest=row.digest,
    )


def _evaluation(
    version: VersionName, row: Row[*tuple[object, ...]], slices: tuple[SliceMetric, ...]
) -> Evaluation:
    return Evaluation(
        name=version.evaluation(row.uid),
        draft=EvaluationDraft(
            dataset_uri=row.dataset_uri,
            dataset_digest=row.dataset_digest,
            evaluator=row.evaluator,
            evaluator_digest=row.evaluator_digest,
            metrics=_metrics(row),
            slices=slices,
            description=row.description,
        ),
        slice_count=row.slice_count,
        digest=row.digest,
        creator=row.creator,
        create_time=row.time,
        revision=row.revision,
    )


def _metrics(row: Row[*tuple[object, ...]]) -> dict[str, float]:
    return {key: float(value) for key, value in row.metrics.items()}


def _slices(document: Sequence[Mapping[str, Any]]) -> tuple[SliceMetric, ...]:
    # As `decode` does, in a third of its time: a gate reads thousands of them.
    return tuple(
        SliceMetric(
            item["dimension"],
            item["value"],
            item["count"],
            item["metric"],
            float(item["result"]),
            _interval(item.get("interval")),
        )
        for item in document
    )


def _interval(document: Mapping[str, Any] | None) -> ConfidenceInterval | None:
    if document is None:
        return None
    low, high, level = document["low"], document["high"], document["level"]
    return ConfidenceInterval(float(low), float(high), float(level))
