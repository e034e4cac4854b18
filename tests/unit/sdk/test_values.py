"""Values of parameters, labels, metrics and the like; every wrong value is reported by name."""

import json
import math
import re
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import modelregistry
from modelregistry import (
    ConfidenceInterval,
    DatasetInput,
    Environment,
    LineageEdge,
    MetricBound,
    Package,
    Policy,
    Rule,
    SliceMetric,
    Source,
    VersionRecord,
)
from modelregistry._convert.registration import in_callers_terms
from modelregistry._convert.values import number_of, text_of
from modelregistry._convert.version import record_to_message
from modelregistry.errors import InvalidRequest, Violation
from tests.support.conformance import cases
from tests.unit.sdk.conftest import Caller
from tests.unit.sdk.fake_registry import FakeRegistry

VALUES = cases("values.json")
FIELDS = cases("registration.json")


@pytest.mark.parametrize("case", VALUES["texts"], ids=repr)
def test_a_value_is_written_as_json_would(case: dict[str, Any]) -> None:
    assert text_of(case["value"]) == case["text"]
    if not isinstance(case["value"], str):
        assert json.loads(case["text"]) == case["value"]


def test_a_key_of_an_annotation_is_sent_as_it_is() -> None:
    for case in (*VALUES["annotation_keys"], *VALUES["not_annotation_keys"]):
        key = case["key"] * case["times"]
        message = record_to_message(VersionRecord(annotations={key: 7}))
        assert dict(message.annotations) == {key: "7"}


@pytest.mark.parametrize("value", [*VALUES["not_texts"], b"x", Decimal(1), object(), (1,)])
def test_a_value_that_is_no_scalar_is_no_text(value: object) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        text_of(value)


@pytest.mark.parametrize("value", VALUES["numbers"])
def test_a_number_is_a_metric_as_it_is(value: float) -> None:
    assert number_of(value) == value


@pytest.mark.parametrize("value", [*VALUES["not_numbers"], b"1", Decimal(1), 10**400, 1j])
def test_what_a_double_cannot_hold_is_no_metric(value: object) -> None:
    with pytest.raises((TypeError, ValueError), match=r"number|double"):
        number_of(value)


@pytest.mark.parametrize("text", VALUES["not_finite"])
def test_a_number_that_is_not_finite_is_no_text_and_left_to_the_registry(text: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        text_of(float(text.lower()))
    assert not math.isfinite(number_of(float(text.lower())))


def test_numbers_of_other_libraries_are_taken_by_what_they_are() -> None:
    numpy = pytest.importorskip("numpy")
    assert text_of(numpy.float64(0.1)) == "0.1"
    assert text_of(numpy.int64(7)) == "7"
    assert number_of(numpy.float32(0.5)) == 0.5
    assert number_of(numpy.int32(3)) == 3
    assert text_of(numpy.bool_(1)) == "true"
    with pytest.raises(ValueError, match="not nan"):
        text_of(numpy.float32("nan"))
    with pytest.raises(TypeError):
        number_of(numpy.bool_(1))
    with pytest.raises(TypeError, match="number"):
        number_of(numpy.array([1.0]))


def test_a_fraction_is_a_number_and_an_endless_integer_is_no_text() -> None:
    assert number_of(Fraction(1, 4)) == 0.25
    with pytest.raises(ValueError, match="double"):
        number_of(Fraction(10**400))
    with pytest.raises(ValueError, match="digits"):
        text_of(10**5_000)


def record(**facts: Any) -> VersionRecord:  # noqa: ANN401 - of any type, as callers pass them
    return VersionRecord(**facts)


def test_all_wrong_facts_of_a_record_are_named_at_once() -> None:
    part: dict[str, Any] = {"dimension": "age", "value": "60+", "metric": "auc"}
    data: Any = {"uri": "gs://x", "role": "training"}
    low_only: Any = {"low": 0.1, "high": "1", "level": 0.9}
    bad = record(
        params={"lr": 0.1, "layers": [1], 7: "x"},
        metrics={"auc": None, "count": 2**53 + 1, "ok": 1},
        tags={"team": b"risk"},
        labels=[("a", "b")],
        description=3,
        slices=(
            SliceMetric(**part, result=True),
            SliceMetric(**{**part, "value": 60}, result=1, interval=ConfidenceInterval(**low_only)),
            part,
        ),
        inputs=[DatasetInput(**data)],
        source="abc",
    )
    with pytest.raises(InvalidRequest) as caught:
        record_to_message(bad)
    assert {violation.field for violation in caught.value.violations} == {
        *('params["layers"]', "params", 'metrics["auc"]', 'metrics["count"]'),
        *('tags["team"]', "labels", "description", "slices[0].result", "slices[1].value"),
        *("slices[1].interval.high", "slices[2]", "inputs[0].role", "source"),
    }


def test_a_lone_surrogate_is_named_and_does_not_reach_protobuf() -> None:
    with pytest.raises(InvalidRequest) as caught:
        record_to_message(VersionRecord(description="\udcff", params={"p": "\udcff"}))
    assert set(caught.value.violations) == {
        Violation("description", "is not valid Unicode"),
        Violation('params["p"]', "is not valid Unicode"),
    }


PACKAGES: Any = (Package("numpy", "2.0"), {"name": "x"})
NAME = "environment.packages[1]"
DIRTY: Any = "yes"
EDGE: Any = {"source": "fraud/1", "role": "trained", "target": "x"}
BOUND: Any = {"metric": "auc", "minimum": "0.9"}
POLICY: Any = {"name": "p", "to_stage": "staging", "models": "*"}
CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("submit_evaluation", ("fraud/1",), {"metrics": {"auc": None}}, 'metrics["auc"]'),
    ("submit_evaluation", ("fraud/1",), {"metrics": {"auc": "0.9"}}, 'metrics["auc"]'),
    ("submit_evaluation", ("fraud/1",), {"slices": [None]}, "slices[0]"),
    ("submit_evaluation", ("fraud/1",), {"description": 3}, "description"),
    ("submit_evaluation", (None,), {}, "version"),
    ("label_version", ("fraud/1", {"team": b"x"}), {}, 'labels["team"]'),
    ("label_version", ("fraud/1", [("team", "x")]), {}, "labels"),
    ("register", ("fraud", [{"path": "a"}]), {}, "files[0]"),
    ("register", ("fraud", [], record(environment=Environment(packages=PACKAGES))), {}, NAME),
    ("register", ("fraud", [], record(parents="fraud/1")), {}, "parents"),
    ("register", ("fraud", [], record(parents=["fraud/1", None])), {}, "parents[1]"),
    ("register", ("fraud", [], record(source=Source(dirty=DIRTY))), {}, "source.dirty"),
    ("register", ("fraud", []), {"alias": 3}, "alias"),
    ("register", ("fraud", []), {"request_id": 3}, "request_id"),
    ("check_registration", ("fraud", []), {"alias_etag": 5}, "alias_etag"),
    ("create_model", ("fraud",), {"labels": {"team": [1]}}, 'labels["team"]'),
    ("create_model", (7,), {}, "model"),
    ("update_model", ("fraud",), {"labels": {"team": {}}}, 'labels["team"]'),
    ("create_namespace", ("a",), {"quota_bytes": "1GiB"}, "quota_bytes"),
    ("create_namespace", ("a",), {"quota_bytes": 2**63}, "quota_bytes"),
    ("set_alias", ("fraud", "champion", 1), {"reason": 3}, "reason"),
    ("set_alias", ("fraud", None, 1), {}, "alias"),
    ("get_version", ("fraud/1",), {"min_revision": "7"}, "min_revision"),
    ("resolve", ("fraud/1",), {"as_of": "2026-05-03"}, "as_of"),
    ("resolve", ("fraud/1",), {"as_of": datetime(2026, 5, 3)}, "as_of"),  # noqa: DTZ001
    ("record_lineage", ([("a", "b")],), {}, "edges[0]"),
    ("record_lineage", ([LineageEdge(**EDGE)],), {}, "edges[0].role"),
    (
        "put_policy",
        (Policy(**POLICY, rules=(Rule(id="a", check=MetricBound(**BOUND)),)),),
        {},
        "rules[0].minimum",
    ),
    ("put_policy", (Policy(**{**POLICY, "wait": 3}),), {}, "wait"),
    (
        "record_attestation",
        ("fraud/1",),
        {"predicate_type": 1, "payload_digest": "", "signer": ""},
        "predicate_type",
    ),
]


@pytest.mark.parametrize("method,arguments,options,field", CALLS)
def test_no_error_of_protobuf_reaches_a_caller(
    registry: Caller,
    fake: FakeRegistry,
    method: str,
    arguments: tuple[Any, ...],
    options: dict[str, Any],
    field: str,
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        registry.call(method, *arguments, **options)
    assert [violation.field for violation in caught.value.violations] == [field]
    assert not fake.calls


OF_ITSELF = {
    *("sending.py", "uploads.py", "fetching.py", "receiving.py", "push.py"),
    *("resolver/refresh.py", "resolver/watch.py"),
}
"""Their requests have values that were checked before."""


def test_requests_with_values_of_callers_are_built_in_one_place() -> None:
    folder = Path(modelregistry.__file__).parent / "_async"
    made = re.compile(r"(?:pb|_pb2|artifact)\.\w+Request\(\w")
    assert {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if made.search(path.read_text(encoding="utf-8"))
    } <= OF_ITSELF


@pytest.mark.parametrize("case", FIELDS["fields"], ids=lambda case: case["server"])
def test_a_field_of_the_server_is_shown_as_callers_know_it(case: dict[str, str]) -> None:
    error = InvalidRequest(
        f"{case['server']}: is wrong", violations=[Violation(case["server"], "is wrong")]
    )
    shown = in_callers_terms(error, FIELDS["paths"])
    assert shown.violations == (Violation(case["caller"], "is wrong"),)
    assert shown.message == f"{case['caller']}: is wrong"
