"""CEL for policy rules, by `cel-expr-python`: an optional extra, `registry-grpc[cel]`.

No other file imports the library. It runs Google's cel-cpp: expressions are compiled with types (a
policy with an undeclared name or with `metrics["auc"] > 1`, a number of another type, is rejected
when it is put), and an evaluation of too many steps is stopped.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from registry_grpc.domain.rules.check import NotEvaluable
from registry_grpc.domain.rules.expression_cost import Facts
from registry_grpc.domain.work import current_work
from registry_grpc.services.ports.expressions import Expressions, NoExpressions

if TYPE_CHECKING:
    from cel_expr_python import cel

_KEPT = 128  # compiled expressions, of up to 1 MB
_UNITS_OF_A_CHARACTER = 3
_SHOWN = 300


def open_expressions() -> Expressions:
    """Return the CEL engine; without the extra, one that rejects every expression."""
    try:
        from cel_expr_python import cel  # noqa: F401, PLC0415 - optional
    except ImportError:
        return NoExpressions()
    return CelExpressions()


class CelExpressions:
    """Implements `registry_grpc.services.ports.expressions.Expressions`."""

    def __init__(self) -> None:
        from cel_expr_python import cel  # noqa: PLC0415 - optional

        kinds = cel.Type
        self._boolean = kinds.BOOL
        self._environment = cel.NewEnv(
            variables={
                "version": kinds.Map(kinds.STRING, kinds.DYN),
                "metrics": kinds.Map(kinds.STRING, kinds.DOUBLE),
                "slices": kinds.List(kinds.Map(kinds.STRING, kinds.DYN)),
                "baseline": kinds.DYN,
            }
        )
        self._compiled = lru_cache(_KEPT)(self._compile)

    @property
    def available(self) -> bool:
        """True: expressions can be evaluated."""
        return True

    def fault(self, expression: str) -> str:
        """Return why an expression does not compile to a boolean one; '' if it does."""
        try:
            self._compiled(expression)
        except NotEvaluable as error:
            return str(error)
        return ""

    def evaluate(self, expression: str, facts: Facts) -> bool:
        """Return the value of an expression; raises NotEvaluable unless it is boolean."""
        compiled = self._compiled(expression)
        try:
            value = compiled.eval(self._environment.Activation(dict(facts)))
        except RuntimeError as error:  # such as: iteration budget exceeded
            raise NotEvaluable(_short(error)) from error
        # A runtime error is no exception here, but a value of another type.
        if value.type() != self._boolean:
            raise NotEvaluable(_short(value.value()))
        return value.value() is True

    def _compile(self, expression: str) -> "cel.Expression":
        current_work().take(_UNITS_OF_A_CHARACTER * len(expression))
        try:
            compiled = self._environment.compile(expression)
        except RuntimeError as error:
            raise NotEvaluable(_short(error)) from error
        kind = compiled.return_type()
        if kind != self._boolean:
            message = f"is not boolean, but {kind.name()}"
            raise NotEvaluable(message)
        return compiled


def _short(problem: object) -> str:
    text = " ".join(str(problem).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
