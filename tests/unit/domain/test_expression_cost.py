"""The cost of an expression is bounded before it is evaluated."""

from typing import Any

import pytest

from registry_grpc.domain.rules.expression_cost import expression_units, sizes_of
from registry_grpc.domain.work import MAX_WORK


def _facts(count: int) -> dict[str, Any]:
    slices = [{"dimension": "age", "value": str(n), "result": n / 9} for n in range(count)]
    return {"metrics": {"auc": 0.9}, "slices": slices, "baseline": {"slices": slices}}


@pytest.mark.parametrize(
    "expression",
    [
        'metrics["auc"] > 0.9',
        "slices.all(s, s.result >= 0.8 && s.count > 100)",
        'slices.all(s, s.result >= metrics["auc"] - 0.1)',
        'slices.all(s, s.result >= baseline.metrics["auc"] - 0.1)',
        "slices.all(s, baseline.slices.exists(b, b.value == s.value && b.result < s.result))",
        'slices.exists(s, s.value.matches("^6[0-9]-"))',
        "slices == baseline.slices",
    ],
)
def test_what_rules_ask_of_8000_slices_has_room(expression: str) -> None:
    assert expression_units(expression, sizes_of(_facts(8_000))) < MAX_WORK / 2


@pytest.mark.parametrize(
    "expression",
    [
        "slices.all(a, slices == slices)",
        "slices.all(a, a in slices)",
        "slices.all(a, baseline.slices == slices)",
        "[slices].all(x, x.all(y, x == x))",
        "size(slices.map(a, slices + slices)) > 0",
        "size(slices.map(a, a.value)) > 0",
        'slices.exists(s, s.value.matches("(a{100}){9}b"))',
        "slices.all(a, [baseline].all(b, b == baseline))",
    ],
)
def test_what_compares_everything_with_everything_is_more_than_a_call_may(expression: str) -> None:
    assert expression_units(expression, sizes_of(_facts(8_000))) > MAX_WORK


def test_a_filter_of_hundreds_of_slices_has_room() -> None:
    expression = 'slices.filter(s, s.dimension == "site").all(s, s.result > 0.9)'
    assert expression_units(expression, sizes_of(_facts(500))) < MAX_WORK / 2


_TEXT = {"description": "a" * 16_000, "params": {f"p{n}": "v" for n in range(1_000)}}


@pytest.mark.parametrize(
    "expression",
    [
        'slices.all(s, version.description + "x" != "")',
        f"slices.all(s, ({' + '.join(['version.description'] * 7)}).size() > 0)",
        'slices.all(s, version.description.contains("aaaaaaaaaaab"))',
        'slices.all(s, version["description"].contains("aaaaaaaaaaab"))',
        'slices.all(s, version["params"] == version["params"])',
        'slices.all(s, baseline["version"] == baseline["version"])',
        'slices.all(s, baseline.version["description"] != "")',
        f"""version.description.matches("{"(a{1000})" * 10}b")""",
        'version.description.matches("((.*a){30}){30}b")',
        '"a".matches(version.description)',
        "[version.description].exists(d, " * 9 + "d + d" + ' != "")' * 9,
    ],
)
def test_what_repeats_or_searches_a_long_text_is_more_than_a_call_may(expression: str) -> None:
    facts = {**_facts(8_000), "version": _TEXT, "baseline": {"version": _TEXT}}
    assert expression_units(expression, sizes_of(facts)) > MAX_WORK


@pytest.mark.parametrize(
    "expression",
    [
        'version.description.contains("a") && !version.description.startsWith("b")',
        'version.description.matches("^[a-z]+$")',
        'version.description.matches("^[a-z]{1,3}")',
        'slices.all(s, s.value != version.params["p1"])',
        'version.params.all(p, p.startsWith("p"))',
        'version.params["p1"] + "x" == "vx"',
    ],
)
def test_what_rules_ask_of_a_long_text_has_room(expression: str) -> None:
    facts = {**_facts(8_000), "version": _TEXT}
    assert expression_units(expression, sizes_of(facts)) < MAX_WORK / 2
