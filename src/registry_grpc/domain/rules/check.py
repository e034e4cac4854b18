"""The types that all kinds of rules share: their input and their verdicts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple, Protocol

from registry_grpc.domain.evidence import Evidence
from registry_grpc.domain.rules.expression_cost import Facts
from registry_grpc.domain.rules.expression_facts import Known, known_of
from registry_grpc.domain.violations import Violations

Expressions = Callable[[str, Facts], bool]


class NotEvaluable(Exception):
    """A rule cannot be evaluated; the message states why."""


class Verdict(NamedTuple):
    """The result of a rule for one subject. expected, actual: as text. message: a sentence."""

    ok: bool
    message: str
    subject: str = ""
    metric: str = ""
    expected: str = ""
    actual: str = ""


@dataclass(frozen=True)
class Case:
    """The input of rules. baseline: the version in the target stage now, or None.

    expressions: evaluates CEL; raises NotEvaluable.
    """

    candidate: Evidence
    baseline: Evidence | None
    now: datetime
    expressions: Expressions

    @cached_property
    def known(self) -> Known:
        """The input of expressions; built on first use."""
        return known_of(self.candidate, self.baseline)


@dataclass(frozen=True, slots=True)
class Needs:
    """The evidence that a rule needs. cells: (dimension, metric, dataset)."""

    cells: frozenset[tuple[str, str, str]] = frozenset()
    all_cells: bool = False
    baseline: bool = False
    files: bool = False
    labels: bool = False
    members: bool = False
    monitors: bool = False

    def __or__(self, other: "Needs") -> "Needs":
        """Return the union."""
        return Needs(
            cells=self.cells | other.cells,
            all_cells=self.all_cells or other.all_cells,
            baseline=self.baseline or other.baseline,
            files=self.files or other.files,
            labels=self.labels or other.labels,
            members=self.members or other.members,
            monitors=self.monitors or other.monitors,
        )


class Check(Protocol):
    """The check of one rule."""

    @property
    def needs(self) -> Needs:
        """The evidence that it needs."""

    def check(self, found: Violations, path: str) -> None:
        """Add the violations of the rule itself, under `path`."""

    def verdicts(self, case: Case) -> Iterator[Verdict]:
        """Yield at least one verdict; raises when it cannot be evaluated."""


def passed(
    message: str, subject: str = "", metric: str = "", expected: str = "", actual: str = ""
) -> Verdict:
    """Return a passed verdict."""
    return Verdict(
        ok=True, message=message, subject=subject, metric=metric, expected=expected, actual=actual
    )


def refused(
    message: str, subject: str = "", metric: str = "", expected: str = "", actual: str = ""
) -> Verdict:
    """Return a failed verdict."""
    return Verdict(
        ok=False, message=message, subject=subject, metric=metric, expected=expected, actual=actual
    )


def absent(message: str, expected: str, *, subject: str = "", metric: str) -> Verdict:
    """Return the failed verdict of a missing metric."""
    return refused(message, subject, metric, expected, "missing")
