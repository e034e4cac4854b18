"""Facts of runs, from their OpenLineage events."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, func, select

from registry_grpc.domain.lineage import RunFacts
from registry_grpc.persistence.lineage_tables import lineage_records

_ENDS = ("COMPLETE", "FAIL", "ABORT")
_STATES = ("START", "RUNNING", *_ENDS)
_record = lineage_records.c
_TOLD = (
    select(
        _record.run_uid,
        _record.event_type,
        func.min(_record.event_time).label("first"),
        func.max(_record.event_time).label("last"),
        func.max(_record.job_namespace).label("job_namespace"),
        func.max(_record.job_name).label("job_name"),
    )
    .where(_record.run_uid.in_(bindparam("runs", expanding=True)))
    .group_by(_record.run_uid, _record.event_type)
)


def run_facts(connection: Connection, runs: Sequence[UUID]) -> Mapping[UUID, RunFacts]:
    """Return the facts of those runs that have any."""
    if not runs:
        return {}
    by_run: dict[UUID, list[Row[*tuple[object, ...]]]] = {}
    for row in connection.execute(_TOLD, {"runs": list(runs)}):
        by_run.setdefault(row.run_uid, []).append(row)
    return {run: _facts(rows) for run, rows in by_run.items()}


def _facts(rows: Sequence[Row[*tuple[object, ...]]]) -> RunFacts:
    begun: list[datetime] = [row.first for row in rows if row.event_type == "START"]
    ended: list[datetime] = [row.last for row in rows if row.event_type in _ENDS]
    states = [(row.last, row.event_type) for row in rows if row.event_type in _STATES]
    return RunFacts(
        job_namespace=max(row.job_namespace for row in rows),
        job_name=max(row.job_name for row in rows),
        start_time=min(begun, default=None),
        end_time=max(ended, default=None),
        # Of events at the same time the later state counts.
        state=max(states, key=lambda each: (each[0], _STATES.index(each[1])), default=("", ""))[1],
    )
