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
    """What was measured on versions after their registration."""

    def add(self, version: Version, evaluation: Evaluation) -> None:
        """Store a new one."""

    def get(self, version: Version, uuid: UUID) -> Evaluation | None:
        """Return it with its slices, or None when this version has no such evaluation."""

    def page(self, version: Version, before: int | None, limit: int) -> Sequence[Evaluation]:
        """Return those of revisions below `before`, newest first, without slices."""

    def count(self, version: Version) -> int:
        """Return how many there are."""

    def records(self, version: Version) -> Sequence[Record]:
        """Return what rules look at first of all of them, newest first."""

    def slices(self, ids: Sequence[str]) -> Mapping[str, Sequence[SliceMetric]]:
        """Return the slices of the evaluations with these ids."""


class Attestations(Protocol):
    """What was stated about versions."""

    def add(self, version: Version, attestation: Attestation) -> None:
        """Store a new one."""

    def page(self, version: Version, before: int | None, limit: int) -> Sequence[Attestation]:
        """Return those of revisions below `before`, newest first."""

    def count(self, version: Version) -> int:
        """Return how many there are."""
