"""Reads the evidence that rules need, within the transaction of the decision."""

from collections.abc import Sequence

from registry_grpc.domain.ensemble_closure import Pin
from registry_grpc.domain.evidence import Evidence, by_cell, newest_with, registered
from registry_grpc.domain.facts import SliceMetric
from registry_grpc.domain.monitor import MonitorSeverity
from registry_grpc.domain.monitor_state import MonitorState
from registry_grpc.domain.rules.check import Needs
from registry_grpc.domain.version import Version
from registry_grpc.domain.work import current_work
from registry_grpc.services.ports.database import Transaction

_AT_ONCE = 1_000
_UNITS_OF_A_RECORD = 0.1
_UNITS_OF_A_SLICE = 4
_UNITS_OF_A_PATH = 1
_UNITS_OF_A_MEMBER = 10
_UNITS_OF_A_STATE = 30
_MOST_FIRING = 100


def gather(tx: Transaction, version: Version, needs: Needs) -> Evidence:
    """Return the needed evidence of a version (with detail)."""
    records = (*tx.evaluations.records(version), registered(version))
    cells = {cell for record in records for cell in record.cells} if needs.all_cells else ()
    wanted = {*needs.cells, *((dimension, metric, "") for dimension, metric in cells)}
    work = current_work()
    work.take(_UNITS_OF_A_RECORD * len(records) * len(wanted))
    found = (newest_with(records, (cell[0], cell[1]), cell[2]) for cell in wanted)
    ids = {record.id for record in found if record is not None}
    slices: dict[str, Sequence[SliceMetric]] = {}
    for record_id in sorted(ids - {""}):
        # One by one: their cost is known once they are read.
        slices |= tx.evaluations.slices([record_id])
        work.take(_UNITS_OF_A_SLICE * len(slices[record_id]))
    if "" in ids and version.detail is not None:
        slices[""] = version.detail.slices
    return Evidence(
        version=version,
        records=records,
        slices={record: by_cell(items) for record, items in slices.items()},
        files=_paths(tx, version) if needs.files else None,
        attestations=tuple(item.draft for item in tx.attestations.page(version, None, _AT_ONCE)),
        members=_members(tx, version) if needs.members else (),
        firing=_firing(tx, version) if needs.monitors else (),
    )


def _members(tx: Transaction, version: Version) -> tuple[Pin, ...]:
    if version.ensemble is None:
        return ()
    current_work().take(_UNITS_OF_A_MEMBER * version.ensemble.members)
    return tuple(tx.ensembles.pins([version.uid]))


def _firing(tx: Transaction, version: Version) -> tuple[MonitorState, ...]:
    found = tx.monitor_states.firing(version.uid, MonitorSeverity.INFO, _MOST_FIRING)
    current_work().take(_UNITS_OF_A_STATE * len(found))
    return tuple(found)


def _paths(tx: Transaction, version: Version) -> frozenset[str]:
    current_work().take(_UNITS_OF_A_PATH * version.file_count)
    return frozenset(tx.versions.paths(version.uid))
