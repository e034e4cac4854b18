"""The server's side of the values that SDKs write: texts are stored, what is not finite is not."""

from typing import Any

import pytest

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.facts import ConfidenceInterval, SliceMetric, VersionDetail
from registry_grpc.domain.manifest import FileEntry
from registry_grpc.domain.violations import Violations
from tests.support.conformance import cases

VALUES = cases("values.json")
FILES = [FileEntry("model.bin", Digest("ab" * 32), 1)]


def fields(draft: VersionDraft) -> list[str]:
    found = Violations()
    draft.check(found)
    return [violation.field for violation in found.error().violations] if found else []


@pytest.mark.parametrize("case", VALUES["texts"], ids=repr)
def test_a_text_of_a_value_is_stored(case: dict[str, Any]) -> None:
    text = {"a": case["text"]}
    draft = VersionDraft(FILES, tags=text, labels=text, detail=VersionDetail(params=text))
    assert fields(draft) == []


def test_a_key_of_an_annotation_is_a_text_within_bounds() -> None:
    for keys, count in (("annotation_keys", 0), ("not_annotation_keys", 1)):
        for case in VALUES[keys]:
            draft = VersionDraft(FILES, annotations={case["key"] * case["times"]: "x"})
            assert len(fields(draft)) == count, case


@pytest.mark.parametrize("value", VALUES["numbers"])
def test_a_number_is_a_metric(value: float) -> None:
    assert fields(VersionDraft(FILES, metrics={"auc": float(value)})) == []


@pytest.mark.parametrize("text", VALUES["not_finite"])
def test_a_number_that_is_not_finite_is_no_metric(text: str) -> None:
    value = float(text.lower())
    part = SliceMetric("age", "60+", 1, "auc", value, ConfidenceInterval(value, value, 0.9))
    draft = VersionDraft(FILES, metrics={"auc": value}, detail=VersionDetail(slices=(part,)))
    assert fields(draft) == [
        *("version.metrics['auc']", "version.slices[0].result", "version.slices[0].interval"),
    ]
