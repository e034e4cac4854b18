"""What all families of rules share: what they look at, and what they say."""

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
    """A rule cannot be evaluated, with a sentence why."""


class Verdict(NamedTuple):
    """What a rule says of one thing. expected, actual: for people. message: the whole sentence."""

    ok: bool
    message: str
    subject: str = ""
    metric: str = ""
    expected: str = ""
    actual: str = ""


@dataclass(frozen=True)
class Case:
    """What rules look at. baseline: who holds the target stage now, None for nobody.

    expressions: evaluates CEL; raises NotEvaluable.
    """

    candidate: Evidence
    baseline: Evidence | None
    now: datetime
    expressions: Expressions

    @cached_property
    def known(self) -> Known:
        """What expressions see; built for the first of them."""
        return known_of(self.candidate, self.baseline)


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be fetched before a rule can look. cells: (dimension, metric, data set)."""

    cells: frozenset[tuple[str, str, str]] = frozenset()
    all_cells: bool = False
    baseline: bool = False
    files: bool = False
    labels: bool = False

    def __or__(self, other: "Needs") -> "Needs":
        """Return what either needs."""
        return Needs(
            cells=self.cells | other.cells,
            all_cells=self.all_cells or other.all_cells,
            baseline=self.baseline or other.baseline,
            files=self.files or other.files,
            labels=self.labels or other.labels,
        )


class Check(Protocol):
    """What one rule demands."""

    @property
    def needs(self) -> Needs:
        """What must be fetched for it."""

    def check(self, found: Violations, path: str) -> None:
        """Note what is wrong with the rule itself, under `path`."""

    def verdicts(self, case: Case) -> Iterator[Verdict]:
        """Yield what it finds, at least one thing; raises when it cannot be evaluated."""


def passed(
    message: str, subject: str = "", metric: str = "", expected: str = "", actual: str = ""
) -> Verdict:
    """Return the verdict that all is well."""
    return Verdict(
        ok=True, message=message, subject=subject, metric=metric, expected=expected, actual=actual
    )


def refused(
    message: str, subject: str = "", metric: str = "", expected: str = "", actual: str = ""
) -> Verdict:
    """Return the verdict that something is not as wanted."""
    return Verdict(
        ok=False, message=message, subject=subject, metric=metric, expected=expected, actual=actual
    )


def absent(message: str, expected: str, *, subject: str = "", metric: str) -> Verdict:
    """Return the verdict on a metric that was not measured."""
    return refused(message, subject, metric, expected, "missing")
