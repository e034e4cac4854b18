"""The port to CEL: expressions of policies, compiled and evaluated."""

from typing import Protocol

from registry_grpc.domain.rules.check import NotEvaluable
from registry_grpc.domain.rules.expression_cost import Facts


class Expressions(Protocol):
    """Compiles and evaluates expressions, if available."""

    @property
    def available(self) -> bool:
        """Whether this server can evaluate expressions."""

    def fault(self, expression: str) -> str:
        """Return a message stating why an expression is invalid; '' for a valid one.

        It must compile with the facts of `domain.rules.expression` and have a boolean result.
        """

    def evaluate(self, expression: str, facts: Facts) -> bool:
        """Return the result for these facts; raises NotEvaluable if it is not a boolean."""


class NoExpressions:
    """Expressions of a server without CEL."""

    available = False

    def fault(self, expression: str) -> str:
        """Return the message that expressions are not supported."""
        return f"this server has no CEL to compile {expression[:80]!r}"

    def evaluate(self, expression: str, facts: Facts) -> bool:
        """Raise NotEvaluable."""
        message = f"this server has no CEL to evaluate {expression[:80]!r} of {len(facts)} facts"
        raise NotEvaluable(message)
