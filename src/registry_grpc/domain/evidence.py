"""Evidence: the facts of a version for the evaluation of rules."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest

from registry_grpc.domain.attestation import AttestationDraft
from registry_grpc.domain.canonical import content_digest
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.ensemble_closure import Pin
from registry_grpc.domain.facts import SliceMetric
from registry_grpc.domain.monitor_state import MonitorState
from registry_grpc.domain.version import Version
from registry_grpc.domain.work import current_work

_UNITS_OF_A_RECORD = 0.1
_UNITS_OF_A_SLICE = 0.7

Cell = tuple[str, str]
Cells = Mapping[Cell, Sequence[SliceMetric]]


@dataclass(frozen=True, slots=True)
class Record:
    """Results of the registration of a version, or of one evaluation.

    id: of the evaluation, '' for the registration. dataset: its URI, '' if unknown. cells: each
    (dimension, metric) with slices. digest: of an evaluation.
    """

    id: str
    time: datetime
    dataset: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    cells: frozenset[Cell] = frozenset()
    digest: Digest | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A version with its evidence.

    version: with detail. records: newest first, the last is that of the registration. slices: by
    the ids of records, at least those that a rule needs. files: the paths; None if no rule needs
    them. attestations: of the version. members: the direct ones, if a rule needs them. firing: the
    states of monitors that fire, the worst first, if a rule needs them; at most 100.
    """

    version: Version
    records: tuple[Record, ...]
    slices: Mapping[str, Cells]
    files: frozenset[str] | None = None
    attestations: tuple[AttestationDraft, ...] = ()
    members: tuple[Pin, ...] = ()
    firing: tuple[MonitorState, ...] = ()

    @property
    def attested(self) -> frozenset[str]:
        """The predicate types of its attestations."""
        return frozenset(item.predicate_type for item in self.attestations)

    def measured(self, metric: str, dataset: str) -> Record | None:
        """Return the newest record with the metric; dataset: '' for any."""
        current_work().take(_UNITS_OF_A_RECORD * len(self.records))
        for record in self.records:
            if metric in record.metrics and dataset in {"", record.dataset}:
                return record
        return None

    def sliced(self, cell: Cell, dataset: str) -> Record | None:
        """Return the newest record with such slices; dataset: '' for any."""
        current_work().take(_UNITS_OF_A_RECORD * len(self.records))
        return newest_with(self.records, cell, dataset)

    def parts(self, record: Record, cell: Cell) -> Sequence[SliceMetric]:
        """Return these slices of a record; raises KeyError if they are not loaded."""
        parts = self.slices[record.id][cell]
        current_work().take(_UNITS_OF_A_SLICE * len(parts))
        return parts


def newest_with(records: Iterable[Record], cell: Cell, dataset: str) -> Record | None:
    """Return the first record with slices of the (dimension, metric); dataset: '' for any."""
    for record in records:
        if cell in record.cells and dataset in {"", record.dataset}:
            return record
    return None


def by_cell(slices: Iterable[SliceMetric]) -> Cells:
    """Return slices by (dimension, metric), in their given order."""
    found = defaultdict[Cell, list[SliceMetric]](list)
    for item in slices:
        found[item.dimension, item.metric].append(item)
    return dict(found)


def registered(version: Version) -> Record:
    """Return the results of the registration of a version (with detail) as its first record."""
    slices = () if version.detail is None else version.detail.slices
    cells = frozenset((item.dimension, item.metric) for item in slices)
    return Record("", version.create_time, metrics=version.metrics, cells=cells)


def evidence_digest(candidate: Evidence, baseline: Evidence | None, *, labels: bool) -> Digest:
    """Return a digest of the evidence, without the immutable parts of versions.

    labels: whether rules use the labels of versions.
    """
    return content_digest(
        {
            "candidate": _content(candidate, labels=labels),
            "baseline": None if baseline is None else _content(baseline, labels=labels),
        }
    )


def _content(evidence: Evidence, *, labels: bool) -> Mapping[str, object]:
    """Return what approvals are bound to. A repeated submission of the same content is no part."""
    records = evidence.records
    evaluations = [
        [record.id, record.digest]
        for record, older in zip_longest(records, records[1:])
        if record.digest is None or older is None or record.digest != older.digest
    ]
    attestations = list(dict.fromkeys(reversed(evidence.attestations)))
    stages = [[pin.role, pin.version.stage] for pin in evidence.members]
    firing = sorted([str(state.name), state.epoch] for state in evidence.firing)
    return {
        "version": str(evidence.version.uid),
        "evaluations": evaluations,
        "attestations": attestations[::-1],
        "labels": evidence.version.labels if labels else None,
        **({"members": stages} if stages else {}),
        **({"firing": firing} if firing else {}),
    }
