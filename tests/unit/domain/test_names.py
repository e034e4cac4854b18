from typing import Final
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.names import (
    AliasName,
    AttestationName,
    LineageName,
    ModelName,
    SignalName,
    UploadName,
    VersionName,
)
from registry_grpc.domain.resource_name import ResourceName
from registry_grpc.domain.resources import RESOURCES
from tests.support.conformance import cases, label
from tests.support.faults.amount import examples
from tests.support.names import KINDS, built

_quick = settings(max_examples=examples(150))

NAMES = st.one_of(*map(built, KINDS))


@given(NAMES)
@_quick
def test_a_name_is_what_its_text_parses_to(name: ResourceName) -> None:
    assert type(name).parse(str(name)) == name


@given(NAMES)
@_quick
def test_a_name_is_refused_as_any_other_kind(name: ResourceName) -> None:
    accepted = []
    for kind in KINDS:
        try:
            accepted.append(type(kind.parse(str(name))))
        except ValueError:
            continue
    assert accepted == [type(name)]


@given(st.text(max_size=120) | st.text("namespaces/model1@.-\n", max_size=60))
@_quick
def test_what_is_accepted_is_canonical_and_all_else_is_a_value_error(text: str) -> None:
    for kind in KINDS:
        try:
            name = kind.parse(text)
        except ValueError:
            continue
        assert str(name) == text


CASES = cases("names.json")
BY_KIND: Final[dict[str, type[ResourceName]]] = {
    **{row.kind: row.name for row in RESOURCES if row.kind != "lineage"},
    "signal": SignalName,
    "upload": UploadName,
    "lineage_node": LineageName,
}


@pytest.mark.parametrize("case", CASES["valid"], ids=label)
def test_a_valid_name_reads_back(case: dict[str, str]) -> None:
    assert str(BY_KIND[case["kind"]].parse(case["name"])) == case["name"]


@pytest.mark.parametrize("case", CASES["invalid"], ids=label)
def test_anything_but_a_canonical_name_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(
        ValueError, match=r"must look like|namespace id|model id|version number|an alias is"
    ):
        BY_KIND[case["kind"]].parse(case["name"])


def test_a_number_of_any_length_is_refused() -> None:
    with pytest.raises(ValueError, match="version number"):
        VersionName.parse("namespaces/risk/models/fraud/versions/" + "9" * 5_000)


def test_there_are_cases_of_every_kind() -> None:
    assert {case["kind"] for case in CASES["valid"]} == set(BY_KIND)
    assert set(BY_KIND.values()) == set(KINDS)


def test_a_refusal_never_repeats_a_huge_text() -> None:
    for kind in KINDS:
        with pytest.raises(ValueError, match=r".") as refusal:
            kind.parse("!" * 1_000_000)
        assert len(str(refusal.value)) < 500


def test_names_lead_to_their_parents_and_children() -> None:
    model = ModelName("risk", "fraud")
    assert model.version(7) == VersionName("risk", "fraud", 7)
    assert model.alias("champion") == AliasName("risk", "fraud", "champion")
    assert model.version(7).parent == model
    assert model.alias("champion").parent == model
    uid = UUID(int=1)
    assert model.version(7).evaluation(uid).version == model.version(7)
    assert model.version(7).attestation(uid) == AttestationName("risk", "fraud", 7, uid)


def test_versions_of_a_model_sort_by_number_not_by_text() -> None:
    model = ModelName("risk", "fraud")
    assert sorted([model.version(10), model.version(9)]) == [model.version(9), model.version(10)]
