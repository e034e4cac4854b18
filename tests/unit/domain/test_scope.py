"""Where a permission is demanded, by what a request says."""

import pytest

from registry_grpc.domain.scope import Scope, scope_of_name, scope_of_reference

FRAUD = Scope("risk", "fraud")


@pytest.mark.parametrize(
    "text, scope",
    [
        ("namespaces/risk", Scope("risk")),
        ("namespaces/risk/models/fraud", FRAUD),
        ("namespaces/risk/models/-", Scope("risk")),
        ("namespaces/risk/models/fraud/versions/7", FRAUD),
        ("namespaces/risk/models/fraud/aliases/champion", FRAUD),
        ("namespaces/risk/models/fraud/versions/7/evaluations/anything", FRAUD),
        ("namespaces/risk/policies/quality", Scope("risk")),
        ("namespaces/risk/stageGraph", Scope("risk")),
        ("namespaces/7", Scope("7")),
    ],
)
def test_a_name_has_the_scope_of_its_model_or_namespace(text: str, scope: Scope) -> None:
    assert scope_of_name(text) == scope


@pytest.mark.parametrize(
    "text", ["", "fraud/7", "namespaces", "namespaces/", "namespaces/-", "namespaces/a/models/"]
)
def test_another_text_has_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"canonical name|namespace id|model id"):
        scope_of_name(text)


@pytest.mark.parametrize(
    "text, scope",
    [
        ("risk/fraud/7", FRAUD),
        ("risk/fraud@champion", FRAUD),
        ("fraud@latest", Scope("default", "fraud")),
        ("namespaces/risk/models/fraud/versions/7", FRAUD),
        ("namespaces/risk/models/fraud/aliases/champion", FRAUD),
        ("namespaces/risk/lineage/datasets/anything", Scope("risk")),
        ("namespaces/7", Scope("default", "namespaces")),  # version 7 of a model of this id
    ],
)
def test_a_reference_has_the_scope_of_its_model(text: str, scope: Scope) -> None:
    assert scope_of_reference(text) == scope


@pytest.mark.parametrize("text", ["", "fraud", "@champion", "namespaces/-"])
def test_what_is_neither_reference_nor_name_has_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"canonical name|namespace id"):
        scope_of_reference(text)
