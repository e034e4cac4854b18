"""CEL: what compiles, what is true, and that whatever goes wrong is no truth."""

import builtins
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from registry_grpc.domain.rules.check import NotEvaluable
from registry_grpc.engines.cel import CelExpressions, open_expressions
from registry_grpc.services.ports.expressions import Expressions, NoExpressions

FACTS: Mapping[str, object] = {
    "version": {"number": 7, "labels": {"risk": "low"}, "attestations": ["slsa"], "stage": "none"},
    "metrics": {"auc": 0.95, "odd": float("nan")},
    "slices": [
        {"dimension": "age", "value": "a", "count": 120, "metric": "recall", "result": 0.9},
        {"dimension": "age", "value": "b", "count": 80, "metric": "recall", "result": 0.8},
    ],
    "baseline": {"metrics": {"auc": 0.9}, "version": {"number": 3}, "slices": []},
}


@pytest.fixture(scope="module")
def expressions() -> Expressions:
    return open_expressions()


def test_the_extra_is_there_where_it_is_installed(expressions: Expressions) -> None:
    assert isinstance(expressions, CelExpressions)
    assert expressions.available


@pytest.mark.parametrize(
    "expression, value",
    [
        ('metrics["auc"] > 0.9', True),
        ('metrics["auc"] > 0.96', False),
        ('"f1" in metrics', False),
        ('version.labels["risk"] == "low" && version.number == 7', True),
        ('"slsa" in version.attestations', True),
        ("size(slices) > 1 && slices.all(s, s.result >= 0.8)", True),
        ("slices.exists(s, s.count < 100)", True),
        ('metrics["auc"] >= baseline.metrics["auc"]', True),
        ("baseline == null", False),
    ],
)
def test_an_expression_is_true_or_not(
    expressions: Expressions, expression: str, value: bool
) -> None:
    assert expressions.fault(expression) == ""
    assert expressions.evaluate(expression, FACTS) is value


@pytest.mark.parametrize(
    "expression, why",
    [
        ("", "."),
        ("(", "Syntax error"),
        ("auc > 0.9", "undeclared reference to 'auc'"),
        ('metrics["auc"] > 1', "no matching overload"),
        ('metrics["auc"]', "not boolean, but"),
        ("version.number", "not boolean, but"),
        ("null", "not boolean"),
    ],
)
def test_what_does_not_compile_to_a_boolean_has_a_fault(
    expressions: Expressions, expression: str, why: str
) -> None:
    assert why in expressions.fault(expression)
    with pytest.raises(NotEvaluable):
        expressions.evaluate(expression, FACTS)


NESTED = "slices.all(a, slices.all(b, slices.all(c, slices.all(d, slices.all(e, true)))))"


@pytest.mark.parametrize(
    "expression, facts, why",
    [
        ('metrics["f1"] > 0.9', FACTS, "Key not found"),
        ("1 / (version.number - 7) == 1", FACTS, "divide by zero"),
        ('version.labels["risk"] > 5', FACTS, "."),
        ('baseline.metrics["auc"] > 0.1', {**FACTS, "baseline": None}, "."),
        ("baseline.nothing == 1", FACTS, "."),
        (NESTED, {**FACTS, "slices": [{"value": "x"}] * 30}, "budget"),
    ],
)
def test_what_goes_wrong_at_run_time_is_no_truth(
    expressions: Expressions, expression: str, facts: Mapping[str, object], why: str
) -> None:
    assert expressions.fault(expression) == ""
    with pytest.raises(NotEvaluable) as refusal:
        expressions.evaluate(expression, facts)
    assert why == "." or why in str(refusal.value)


@pytest.mark.parametrize(
    "expression",
    [
        'true || metrics["f1"] > 0.9',
        'slices.filter(s, s.dimension == "site").all(s, s.result > 0.9)',
        '!(metrics["odd"] < 0.8)',
    ],
)
def test_cel_forgives_what_the_contract_warns_of(expressions: Expressions, expression: str) -> None:
    assert expressions.evaluate(expression, FACTS) is True


def test_a_server_without_the_extra_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *arguments: Any, **rest: Any) -> Any:  # noqa: ANN401 - as Python's own
        if name.startswith("cel_expr_python"):
            raise ImportError(name)
        return real(name, *arguments, **rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    found = open_expressions()
    assert isinstance(found, NoExpressions)
    assert not found.available
    assert "no CEL" in found.fault("true")
    with pytest.raises(NotEvaluable, match="no CEL"):
        found.evaluate("true", {})


def test_long_problems_are_cut(expressions: Expressions) -> None:
    names: Sequence[str] = [f"name{number}" for number in range(300)]
    assert len(expressions.fault(" && ".join(names))) < 400
