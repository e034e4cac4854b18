"""The port to CEL: expressions of policies, compiled and evaluated."""

from typing import Protocol

from registry_grpc.domain.rules.check import NotEvaluable
from registry_grpc.domain.rules.expression_cost import Facts


class Expressions(Protocol):
    """Evaluates expressions, or says that nobody here can."""

    @property
    def available(self) -> bool:
        """Whether this server can evaluate expressions."""

    def fault(self, expression: str) -> str:
        """Return why an expression cannot be used, for people; '' when it can.

        It must compile over the facts that `domain.rules.expression` states, and have a boolean
        result.
        """

    def evaluate(self, expression: str, facts: Facts) -> bool:
        """Return what it is of these facts; raises NotEvaluable for whatever is not a boolean."""


class NoExpressions:
    """What a server without CEL says."""

    available = False

    def fault(self, expression: str) -> str:
        """Say that no expression can be used."""
        return f"this server has no CEL to compile {expression[:80]!r}"

    def evaluate(self, expression: str, facts: Facts) -> bool:
        """Raise NotEvaluable."""
        message = f"this server has no CEL to evaluate {expression[:80]!r} of {len(facts)} facts"
        raise NotEvaluable(message)
