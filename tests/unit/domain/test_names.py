from typing import Final, Protocol, Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.names import (
    AliasName,
    AttestationName,
    EvaluationName,
    LineageName,
    ModelName,
    NamespaceName,
    PolicyName,
    RegistrationSchemaName,
    StageGraphName,
    TransitionName,
    UploadName,
    VersionName,
)

_quick = settings(max_examples=150, deadline=None)

namespaces = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)
models = st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?", fullmatch=True)
aliases = st.from_regex(r"[a-z][a-z0-9._-]{0,62}", fullmatch=True)
policies = aliases
collections = st.sampled_from(("datasets", "runs", "code", "approvers", "records"))
numbers = st.integers(1, 10**18 - 1)
versions = st.builds(VersionName, namespaces, models, numbers)


class Name(Protocol):
    """What every name class can do."""

    @classmethod
    def parse(cls, text: str) -> Self: ...


BUILT: Final[dict[type[Name], st.SearchStrategy[Name]]] = {
    NamespaceName: st.builds(NamespaceName, namespaces),
    ModelName: st.builds(ModelName, namespaces, models),
    VersionName: versions,
    EvaluationName: st.builds(EvaluationName, versions, st.uuids()),
    AttestationName: st.builds(AttestationName, versions, st.uuids()),
    AliasName: st.builds(AliasName, namespaces, models, aliases),
    PolicyName: st.builds(PolicyName, namespaces, policies),
    RegistrationSchemaName: st.builds(RegistrationSchemaName, namespaces),
    TransitionName: st.builds(TransitionName, namespaces, st.uuids()),
    StageGraphName: st.builds(StageGraphName, namespaces),
    UploadName: st.builds(UploadName, namespaces, st.uuids()),
    LineageName: st.builds(LineageName, namespaces, collections, st.uuids()),
}
KINDS = tuple(BUILT)
NAMES = st.one_of(*BUILT.values())


@given(NAMES)
@_quick
def test_a_name_is_what_its_text_parses_to(name: Name) -> None:
    assert type(name).parse(str(name)) == name


@given(NAMES)
@_quick
def test_a_name_is_refused_as_any_other_kind(name: Name) -> None:
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


@pytest.mark.parametrize(
    "text",
    [
        "namespaces/risk/models/fraud/versions/7",
        "namespaces/0/models/1/versions/1",
        "namespaces/namespaces/models/models/versions/1",
        "namespaces/aliases/models/versions/versions/9",
        "namespaces/x/models/a.b_c-d/versions/999999999999999999",
    ],
)
def test_a_version_name_reads_back(text: str) -> None:
    assert str(VersionName.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fraud",
        "namespaces",
        "namespaces/",
        "namespaces/risk/models/fraud/versions",
        "namespaces/risk/models/fraud/versions/",
        "namespaces/risk/models/fraud/versions/7/",
        "/namespaces/risk/models/fraud/versions/7",
        "//modelregistry/namespaces/risk/models/fraud/versions/7",
        "namespaces//models/fraud/versions/7",
        "namespaces/risk/models//versions/7",
        "Namespaces/risk/models/fraud/versions/7",
        "namespaces/risk/model/fraud/versions/7",
        "namespaces/risk/models/fraud/aliases/7",
        "namespaces/risk/models/fraud/versions/7\n",
        "namespaces/risk\n/models/fraud/versions/7",
        " namespaces/risk/models/fraud/versions/7",
        "namespaces/risk/models/fraud/versions/0",
        "namespaces/risk/models/fraud/versions/07",
        "namespaces/risk/models/fraud/versions/-7",
        "namespaces/risk/models/fraud/versions/+7",
        "namespaces/risk/models/fraud/versions/7.0",
        "namespaces/risk/models/fraud/versions/1e3",
        "namespaces/risk/models/fraud/versions/1_000",
        "namespaces/risk/models/fraud/versions/\u0667",
        "namespaces/risk/models/fraud/versions/\uff17",
        "namespaces/risk/models/fraud/versions/²",
        "namespaces/risk/models/fraud/versions/1000000000000000000",
        "namespaces/risk/models/fraud/versions/" + "9" * 5_000,
        "namespaces/risk/models/fraud/versions/latest",
        "namespaces/RISK/models/fraud/versions/7",
        "namespaces/risk/models/fraud%2f/versions/7",
        "namespaces/../models/fraud/versions/7",
    ],
)
def test_anything_but_a_canonical_version_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must look like|namespace id|model id|version number"):
        VersionName.parse(text)


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


def test_versions_of_a_model_sort_by_number_not_by_text() -> None:
    model = ModelName("risk", "fraud")
    assert sorted([model.version(10), model.version(9)]) == [model.version(9), model.version(10)]
