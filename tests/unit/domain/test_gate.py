"""Gates: a table of cases, and what holds for every rule."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from registry_grpc.domain.evidence import Evidence
from registry_grpc.domain.finding import Finding, Outcome
from registry_grpc.domain.gate import evaluate, needs_of
from registry_grpc.domain.rule import Rule, Severity
from registry_grpc.domain.rules.attested import RequiredAttestations
from registry_grpc.domain.rules.bound import MetricBound
from registry_grpc.domain.rules.change import MetricChange
from registry_grpc.domain.rules.check import Check, NotEvaluable
from registry_grpc.domain.rules.expression import Expression
from registry_grpc.domain.rules.expression_facts import facts_of
from registry_grpc.domain.rules.files import RequiredFiles
from registry_grpc.domain.rules.labelled import RequiredLabels
from registry_grpc.domain.rules.lineage import RequiredLineage
from registry_grpc.domain.rules.spread import SliceSpread
from tests.support.evidence import (
    NOW,
    a_policy,
    a_record,
    a_slice,
    no_cel,
    the_evidence,
    the_version,
)
from tests.support.gate_cases import CASES, Row

_FIELDS: Mapping[type, str] = {
    MetricBound: "bound",
    MetricChange: "change",
    SliceSpread: "spread",
    RequiredLineage: "lineage",
    RequiredFiles: "files",
    RequiredLabels: "labels",
    RequiredAttestations: "attestations",
    Expression: "cel",
}


def a_rule(check: Check, severity: Severity = Severity.BLOCK) -> Rule:
    return replace(Rule("rule", severity), **{_FIELDS[type(check)]: check})  # type: ignore[arg-type]


def judged(row: Row, severity: Severity = Severity.BLOCK) -> tuple[Finding, ...]:
    baseline = None if row.baseline is None else row.baseline.evidence(3)
    policies = [a_policy(a_rule(row.check, severity))]
    return evaluate(policies, row.known.evidence(7), baseline, NOW, no_cel)


def in_short(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    return tuple(f"{item.outcome} {item.subject}".strip() for item in findings)


def of_version() -> Evidence:
    return the_evidence(the_version(metrics={"auc": 0.9}))


@pytest.mark.parametrize("row", CASES, ids=lambda row: f"{type(row.check).__name__}: {row.name}")
def test_the_table(row: Row) -> None:
    assert in_short(judged(row)) == row.found


@pytest.mark.parametrize("row", CASES, ids=lambda row: f"{type(row.check).__name__}: {row.name}")
def test_a_rule_that_warns_finds_the_same_and_refuses_nothing_but_errors(row: Row) -> None:
    findings = judged(row, Severity.WARN)
    expected = tuple(text.replace("failed", "warned") for text in row.found)
    assert in_short(findings) == expected
    assert any(item.blocks for item in findings) == ("error" in row.found)


@pytest.mark.parametrize("row", CASES, ids=lambda row: f"{type(row.check).__name__}: {row.name}")
def test_every_finding_says_whose_it_is_and_speaks_to_people(row: Row) -> None:
    for item in judged(row):
        assert (item.policy, item.rule) == ("quality@1", "rule")
        assert item.version == "namespaces/default/models/fraud/versions/7"
        assert item.message
        assert item.actual
        assert item.expected or item.outcome is Outcome.ERROR


def test_the_table_has_some_hundred_cases_with_names_of_their_own() -> None:
    assert len(CASES) >= 150
    assert len({(type(row.check), row.name) for row in CASES}) == len(CASES)


def test_the_texts_of_a_bound_are_those_of_the_contract() -> None:
    record = a_record("e1", a_slice("age", "60-69", 0.87, count=120))
    rule = a_rule(MetricBound("recall", dimension="age", minimum=0.9))
    (found,) = evaluate([a_policy(rule)], the_evidence(the_version(), record), None, NOW, no_cel)
    assert (found.subject, found.metric) == ("age=60-69", "recall")
    assert (found.expected, found.actual) == ("≥ 0.9", "0.87 (n=120)")
    assert found.message == "recall of age=60-69 is 0.87 (n=120), fails ≥ 0.9"


def test_rules_and_policies_are_told_in_order() -> None:
    rules = [Rule(f"r{number}", bound=MetricBound("auc", minimum=0)) for number in range(3)]
    policies = [a_policy(*rules, policy=name) for name in ("a", "b")]
    findings = evaluate(policies, of_version(), None, NOW, no_cel)
    assert [(item.policy, item.rule) for item in findings] == [
        (f"{name}@1", f"r{number}") for name in ("a", "b") for number in range(3)
    ]


def test_without_rules_nothing_is_found() -> None:
    assert evaluate([], of_version(), None, NOW, no_cel) == ()
    assert evaluate([a_policy()], of_version(), None, NOW, no_cel) == ()


@pytest.mark.parametrize("severity", Severity)
def test_a_rule_without_a_check_refuses(severity: Severity) -> None:
    (found,) = evaluate([a_policy(Rule("odd", severity))], of_version(), None, NOW, no_cel)
    assert found.outcome is Outcome.ERROR
    assert found.blocks


def test_a_rule_that_demands_nothing_refuses() -> None:
    rule = Rule("none", lineage=RequiredLineage())
    (found,) = evaluate([a_policy(rule)], of_version(), None, NOW, no_cel)
    assert found.outcome is Outcome.FAILED
    assert "nothing to look at" in found.message


@pytest.mark.parametrize("error", [NotEvaluable("no such key"), ZeroDivisionError(), KeyError("x")])
@pytest.mark.parametrize("severity", Severity)
def test_whatever_goes_wrong_in_a_rule_refuses_and_the_others_are_still_told(
    error: Exception, severity: Severity
) -> None:
    def broken(_: str, __: Mapping[str, object]) -> bool:
        raise error

    cel = Rule("cel", severity, cel=Expression("anything"))
    good = Rule("good", bound=MetricBound("auc", minimum=0.5))
    findings = evaluate([a_policy(cel, good)], of_version(), None, NOW, broken)
    assert [item.outcome for item in findings] == [Outcome.ERROR, Outcome.PASSED]
    assert findings[0].blocks


def test_slices_that_were_not_fetched_are_an_error() -> None:
    evidence = replace(
        the_evidence(the_version(), a_record("e1", a_slice("age", "a", 0.9))), slices={}
    )
    rule = a_rule(MetricBound("recall", dimension="age", minimum=0.5))
    (found,) = evaluate([a_policy(rule)], evidence, None, NOW, no_cel)
    assert found.outcome is Outcome.ERROR


def test_what_must_be_fetched_is_what_the_rules_look_at() -> None:
    policies = [
        a_policy(
            a_rule(MetricBound("auc", minimum=0)),
            a_rule(MetricBound("recall", dimension="age", dataset="d", minimum=0)),
            a_rule(MetricChange("f1", dimension="site", max_absolute=0)),
        ),
        a_policy(a_rule(RequiredFiles(("x",))), Rule("odd")),
    ]
    needs = needs_of(policies)
    assert needs.cells == {("age", "recall", "d"), ("site", "f1", "")}
    assert (needs.baseline, needs.files, needs.labels, needs.all_cells) == (
        True,
        True,
        False,
        False,
    )
    cel = needs_of([a_policy(a_rule(Expression("true")))])
    assert (cel.baseline, cel.labels, cel.all_cells) == (True, True, True)


def test_expressions_see_the_newest_of_each_metric_and_of_each_dimension() -> None:
    evidence = the_evidence(
        the_version(metrics={"auc": 0.5, "f1": 0.4}, labels={"risk": "low"}),
        a_record("e2", a_slice("age", "a", 0.9, interval=(0.8, 0.95)), metrics={"auc": 0.95}),
        a_record("e1", a_slice("age", "b", 0.1), a_slice("site", "c", 0.2), age=timedelta(1)),
    )
    facts = facts_of(evidence)
    assert facts["metrics"] == {"auc": 0.95, "f1": 0.4}
    assert facts["slices"] == [
        {
            "dimension": "age",
            "value": "a",
            "count": 100,
            "metric": "recall",
            "result": 0.9,
            "low": 0.8,
            "high": 0.95,
            "level": 0.95,
        },
        {"dimension": "site", "value": "c", "count": 100, "metric": "recall", "result": 0.2},
    ]
    version = facts["version"]
    assert isinstance(version, dict)
    assert (version["number"], version["labels"], version["stage"]) == (
        7,
        {"risk": "low"},
        "staging",
    )
