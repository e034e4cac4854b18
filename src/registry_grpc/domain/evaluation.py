"""Evaluations: metrics of a version, measured after its registration."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from registry_grpc.domain.canonical import content_digest
from registry_grpc.domain.dataset import check_content_digest, check_dataset
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.facts import SliceMetric
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.model import MAX_DESCRIPTION_BYTES
from registry_grpc.domain.names import EvaluationName
from registry_grpc.domain.result import check_metrics, check_slices
from registry_grpc.domain.violations import Violations

_EVALUATOR_BYTES = 256


@dataclass(frozen=True, slots=True)
class EvaluationDraft:
    """A submitted evaluation; '' for unknown values.

    dataset_digest and evaluator_digest pin the data and the code of the measurement, as
    `<algorithm>:<value>`.
    """

    dataset_uri: str = ""
    dataset_digest: str = ""
    evaluator: str = ""
    evaluator_digest: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    slices: tuple[SliceMetric, ...] = ()
    description: str = ""

    def check(self, found: Violations) -> None:
        """Add all violations, under the paths of a request's `evaluation` field."""
        check_dataset(
            found,
            "evaluation.dataset_uri",
            self.dataset_uri,
            "evaluation.dataset_digest",
            self.dataset_digest,
        )
        check_text(found, "evaluation.evaluator", self.evaluator, _EVALUATOR_BYTES)
        check_content_digest(found, "evaluation.evaluator_digest", self.evaluator_digest)
        check_text(found, "evaluation.description", self.description, MAX_DESCRIPTION_BYTES)
        found.check(
            "evaluation",
            bool(self.metrics or self.slices),
            "has no result: give metrics or slices",
        )
        check_metrics(found, "evaluation.metrics", self.metrics)
        check_slices(found, "evaluation.slices", self.slices)
        self._check_distinct(found)

    def _check_distinct(self, found: Violations) -> None:
        seen = set[tuple[str, str, str]]()
        for index, item in enumerate(self.slices):
            key = (item.dimension, item.value, item.metric)
            found.check(f"evaluation.slices[{index}]", key not in seen, "is there twice")
            seen.add(key)


class EvaluationAction(StrEnum):
    """The actions of evaluations in the log."""

    SUBMIT = "evaluation.submit"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A recorded evaluation.

    slice_count: of all its slices, also if the draft is without them. digest: of the whole draft's
    content.
    """

    name: EvaluationName
    draft: EvaluationDraft
    slice_count: int
    digest: Digest
    creator: str
    create_time: datetime
    revision: int

    def without_slices(self) -> "Evaluation":
        """Return it without slices, for lists and the change log."""
        return replace(self, draft=replace(self.draft, slices=()))


def evaluation_digest(draft: EvaluationDraft) -> Digest:
    """Return the digest to which decisions on this evidence are bound."""
    return content_digest(draft)
