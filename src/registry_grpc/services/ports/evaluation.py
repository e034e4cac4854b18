"""The ports to evidence: evaluations and attestations of versions, append-only."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from registry_grpc.domain.attestation import Attestation
from registry_grpc.domain.evaluation import Evaluation
from registry_grpc.domain.evidence import Record
from registry_grpc.domain.facts import SliceMetric
from registry_grpc.domain.version import Version


class Evaluations(Protocol):
    """Evaluations: metrics measured after registration."""

    def add(self, version: Version, evaluation: Evaluation) -> None:
        """Store a new evaluation."""

    def get(self, version: Version, uuid: UUID) -> Evaluation | None:
        """Return an evaluation of this version with its slices, or None."""

    def page(self, version: Version, before: int | None, limit: int) -> Sequence[Evaluation]:
        """Return evaluations of revisions below `before`, newest first, without slices."""

    def count(self, version: Version) -> int:
        """Return the number of evaluations."""

    def records(self, version: Version) -> Sequence[Record]:
        """Return the facts for rules of all evaluations, without slices, newest first."""

    def slices(self, ids: Sequence[str]) -> Mapping[str, Sequence[SliceMetric]]:
        """Return the slices of the evaluations with these ids."""


class Attestations(Protocol):
    """Attestations of versions."""

    def add(self, version: Version, attestation: Attestation) -> None:
        """Store a new attestation."""

    def page(self, version: Version, before: int | None, limit: int) -> Sequence[Attestation]:
        """Return attestations of revisions below `before`, newest first."""

    def count(self, version: Version) -> int:
        """Return the number of attestations."""
