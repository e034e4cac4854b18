from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.names import AliasName, ModelName, VersionName
from registry_grpc.domain.reference import (
    MAX_LENGTH,
    ByDigest,
    ByName,
    ByNumber,
    Latest,
    Reference,
)
from tests.support.conformance import cases, label
from tests.support.faults.amount import examples
from tests.support.names import ALIAS_IDS, MODEL_IDS

_quick = settings(max_examples=examples(80))

HEX = "ab" * 32
words = st.sampled_from(["namespaces", "models", "versions", "aliases", "default", "latest", "7"])
namespaces = words | st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)
models = words | MODEL_IDS
aliases = ALIAS_IDS
numbers = st.integers(1, 10**18 - 1)
digests = st.binary(min_size=32, max_size=32).map(lambda raw: Digest(raw.hex()))
selectors = (
    st.builds(ByNumber, numbers)
    | st.builds(ByDigest, digests)
    | st.builds(ByName, aliases)
    | st.just(Latest())
)
references = st.builds(Reference, st.builds(ModelName, namespaces, models), selectors)


@given(references)
@_quick
def test_a_reference_is_what_its_text_parses_to(reference: Reference) -> None:
    assert Reference.parse(str(reference)) == reference


@given(st.builds(VersionName, namespaces, models, numbers))
@_quick
def test_every_canonical_name_of_a_version_is_a_reference_to_it(name: VersionName) -> None:
    assert Reference.parse(str(name)) == Reference(name.parent, ByNumber(name.number))


@given(st.builds(AliasName, namespaces, models, aliases))
@_quick
def test_every_canonical_name_of_an_alias_is_a_reference_to_it(name: AliasName) -> None:
    assert Reference.parse(str(name)) == Reference(name.parent, ByName(name.alias))


@given(st.text(max_size=80) | st.text("namespaces/models@fraud:7\n", max_size=60))
@_quick
def test_a_text_is_a_reference_that_prints_and_parses_or_a_value_error(text: str) -> None:
    try:
        reference = Reference.parse(text)
    except ValueError:
        return
    assert Reference.parse(str(reference)) == reference


CASES = cases("references.json")


@pytest.mark.parametrize("case", CASES["valid"], ids=label)
def test_a_reference_names_the_model_and_version_of_its_case(case: dict[str, Any]) -> None:
    reference = Reference.parse(case["ref"])
    assert str(reference.model) == case["model"]
    match reference.selector:
        case ByNumber(number):
            assert number == case["number"]
        case ByName(name):
            assert name == case["alias"]
        case ByDigest(digest):
            assert str(digest) == case["digest"]
        case Latest():
            assert case["latest"]


@pytest.mark.parametrize("case", CASES["qualified"], ids=label)
def test_a_qualified_reference_is_the_same_in_any_namespace(case: dict[str, str]) -> None:
    given, qualified = Reference.parse(case["ref"]), Reference.parse(case["qualified"])
    completed = case["ref"] != case["qualified"]
    assert qualified.selector == given.selector
    assert qualified.model.model == given.model.model
    assert qualified.model.namespace == (case["namespace"] if completed else given.model.namespace)


def test_the_word_latest_means_the_same_in_every_form() -> None:
    # No alias can be called `latest` (see free_alias), so its canonical name is no way around that.
    name = "namespaces/default/models/fraud/aliases/latest"
    assert Reference.parse(name) == Reference.parse("fraud@latest")


@pytest.mark.parametrize("text", CASES["invalid"], ids=label)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Reference.parse(text)


def test_a_text_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(ValueError, match=str(MAX_LENGTH)):
        Reference.parse("a" * (MAX_LENGTH + 1))


def test_the_longest_names_fit_into_a_reference() -> None:
    model = ModelName("n" * 63, "m" * 256)
    for name in (model.version(10**18 - 1), model.alias("a" * 255)):
        assert Reference.parse(str(name)).model == model
    longest = Reference(model, ByDigest(Digest(HEX)))
    assert Reference.parse(str(longest)) == longest
