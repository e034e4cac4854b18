"""CEL expressions, for rules that the typed checks cannot express.

CEL does not fail closed in all cases: `true || error` is true, `[].all(x, …)` is true, and
`!(metrics["auc"] < 0.9)` is true for incomparable values. An expression should first test what it
relies on: `"auc" in metrics && size(slices) > 0 && …`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from registry_grpc.domain.labels import check_text
from registry_grpc.domain.rules.check import Case, Needs, Verdict
from registry_grpc.domain.rules.expression_cost import expression_units
from registry_grpc.domain.rules.expression_facts import Known
from registry_grpc.domain.violations import Violations
from registry_grpc.domain.work import current_work

EXPRESSION_BYTES = 4_096
_SHOWN = 200
_UNITS_OF_AN_EXPRESSION = 500
# Each becomes a CEL map, again for each expression that uses its list.
_UNITS_OF_A_SLICE = 1.5


@dataclass(frozen=True, slots=True)
class Expression:
    """expression: CEL over version, metrics, slices and baseline that must be true."""

    expression: str

    @property
    def needs(self) -> Needs:
        """All evidence that it might use."""
        return Needs(all_cells=True, baseline=True, labels=True)

    def check(self, found: Violations, path: str) -> None:
        """Add a violation for its length; the engine checks that it compiles."""
        place = f"{path}.expression"
        found.check(place, bool(self.expression.strip()), "is required")
        check_text(found, place, self.expression, EXPRESSION_BYTES)

    def verdicts(self, case: Case) -> Iterator[Verdict]:
        """Yield one verdict."""
        work, known = current_work(), case.known
        work.take(_UNITS_OF_AN_EXPRESSION + _UNITS_OF_A_SLICE * self._slices(known))
        work.take(expression_units(self.expression, known.sizes))
        ok = case.expressions(self.expression, known.facts)
        shown = self.expression[:_SHOWN] + ("…" if len(self.expression) > _SHOWN else "")
        message = f"{'true' if ok else 'not true'}: {shown}"
        yield Verdict(ok, message, "", "", "true", "true" if ok else "false")

    def _slices(self, known: Known) -> int:
        """Return the number of slices that the expression can access."""
        own, baseline = known.slices
        return own * ("slices" in self.expression) + baseline * ("baseline" in self.expression)
