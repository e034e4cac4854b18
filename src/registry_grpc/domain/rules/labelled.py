"""Required labels of a version."""

from collections.abc import Iterator
from dataclasses import dataclass

from registry_grpc.domain.labels import MAX_PAIRS, MAX_VALUE_BYTES, check_label_key, check_text
from registry_grpc.domain.rules.check import Case, Needs, Verdict, refused
from registry_grpc.domain.violations import Violations

_MOST_VALUES = 50


@dataclass(frozen=True, slots=True)
class LabelRequirement:
    """A required label; values: the allowed ones, empty for any."""

    key: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequiredLabels:
    """labels: all of them are required."""

    labels: tuple[LabelRequirement, ...]

    @property
    def needs(self) -> Needs:
        """The labels: a change of them voids approvals."""
        return Needs(labels=True)

    def check(self, found: Violations, path: str) -> None:
        """Add the violations of the rule itself, under `path`."""
        place = f"{path}.labels"
        found.check(place, 0 < len(self.labels) <= MAX_PAIRS, f"1 to {MAX_PAIRS} labels")
        for index, wanted in enumerate(self.labels):
            check_label_key(found, f"{place}[{index}].key", wanted.key)
            few = len(wanted.values) <= _MOST_VALUES
            found.check(f"{place}[{index}].values", few, f"at most {_MOST_VALUES}")
            for number, value in enumerate(wanted.values):
                check_text(found, f"{place}[{index}].values[{number}]", value, MAX_VALUE_BYTES)

    def verdicts(self, case: Case) -> Iterator[Verdict]:
        """Yield one verdict for each label."""
        for wanted in self.labels:
            yield _verdict(wanted, case.candidate.version.labels.get(wanted.key))


def _verdict(wanted: LabelRequirement, value: str | None) -> Verdict:
    expected = " or ".join(map(repr, wanted.values)) or "any value"
    if value is None:
        message = f"the label {wanted.key} is missing, required: {expected}"
        return refused(message, wanted.key, "", expected, "missing")
    ok = not wanted.values or value in wanted.values
    message = f"the label {wanted.key} is {value!r}, {'meets' if ok else 'fails'} {expected}"
    return Verdict(ok, message, wanted.key, "", expected, repr(value))
