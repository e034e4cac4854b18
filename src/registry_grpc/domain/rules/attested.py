"""Required attestations: statements about a version that must be recorded."""

from collections.abc import Iterator
from dataclasses import dataclass

from registry_grpc.domain.labels import check_text
from registry_grpc.domain.rules.check import Case, Needs, Verdict
from registry_grpc.domain.violations import Violations

_MOST = 50
_TYPE_BYTES = 256


@dataclass(frozen=True, slots=True)
class RequiredAttestations:
    """predicate_types: each needs a recorded attestation. Signatures are not verified yet."""

    predicate_types: tuple[str, ...]

    @property
    def needs(self) -> Needs:
        """No evidence beyond the basic one."""
        return Needs()

    def check(self, found: Violations, path: str) -> None:
        """Add the violations of the rule itself, under `path`."""
        place = f"{path}.predicate_types"
        found.check(place, 0 < len(self.predicate_types) <= _MOST, f"1 to {_MOST} types")
        for index, text in enumerate(self.predicate_types):
            found.check(f"{place}[{index}]", bool(text), "is empty")
            check_text(found, f"{place}[{index}]", text, _TYPE_BYTES)

    def verdicts(self, case: Case) -> Iterator[Verdict]:
        """Yield one verdict for each type."""
        for kind in self.predicate_types:
            ok = kind in case.candidate.attested
            message = f"an attestation {kind} is {'' if ok else 'not '}recorded"
            actual = "recorded" if ok else "missing"
            yield Verdict(ok, message, kind, "", "an attestation", actual)
