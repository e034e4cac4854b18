"""Expressions: what typed rules cannot say, in CEL.

CEL forgives where the registry does not: `true || error` is true, `[].all(x, …)` is true, and
`!(metrics["auc"] < 0.9)` is true of what is not comparable. An expression should ask for what it
relies on first: `"auc" in metrics && size(slices) > 0 && …`.
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
# Each becomes a map of CEL, again for each expression that names what it is in.
_UNITS_OF_A_SLICE = 1.5


@dataclass(frozen=True, slots=True)
class Expression:
    """expression: CEL over version, metrics, slices and baseline that must be true."""

    expression: str

    @property
    def needs(self) -> Needs:
        """Everything that it might look at."""
        return Needs(all_cells=True, baseline=True, labels=True)

    def check(self, found: Violations, path: str) -> None:
        """Note what is wrong with its length; whether it is CEL is for who can compile it."""
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
        """Return how many slices the expression may look at, wherever they are named in it."""
        own, baseline = known.slices
        return own * ("slices" in self.expression) + baseline * ("baseline" in self.expression)
