"""Names and references: written, completed, read back."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelregistry import errors, names
from modelregistry._convert import checked
from modelregistry._convert.version import version_of_ref
from modelregistry.v1 import version_pb2
from tests.support.conformance import cases, label
from tests.support.faults.amount import examples
from tests.support.names import ALIAS_IDS, MODEL_IDS

NAMESPACES = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
NAMES, REFERENCES = cases("names.json"), cases("references.json")
PARSERS: dict[str, Callable[[str], str]] = {
    "namespace": checked.namespace_name,
    "model": checked.model_name,
    "version": checked.version_name,
    "alias": checked.alias_name,
    "route": checked.route_name,
}


@pytest.mark.parametrize("case", NAMES["valid"], ids=label)
def test_a_valid_name_is_accepted_in_a_reply_and_shortened(case: dict[str, str]) -> None:
    parse = PARSERS.get(case["kind"], checked.resource_name)
    assert parse(case["name"]) == case["name"]
    if "short" in case:
        assert names.short_ref(case["name"]) == case["short"]


@pytest.mark.parametrize("case", NAMES["invalid"], ids=label)
def test_an_unsafe_name_is_refused_in_a_reply(case: dict[str, str]) -> None:
    parse = PARSERS[case["kind"]]
    if case["unsafe"]:
        with pytest.raises(errors.MalformedReply):
            parse(case["name"])
    else:  # a later registry may allow it
        assert parse(case["name"]) == case["name"]


@pytest.mark.parametrize("case", REFERENCES["valid"], ids=label)
def test_the_model_of_a_reference_is_that_of_its_case(case: dict[str, str]) -> None:
    assert names.model_of(case["ref"]) == case["model"]


@pytest.mark.parametrize("case", REFERENCES["valid"], ids=label)
def test_the_version_that_a_reference_names_is_accepted_in_a_reply(case: dict[str, Any]) -> None:
    digest = case.get("digest", f"sha256:{'0' * 64}")
    name = f"{case['model']}/versions/{case.get('number', 1)}"
    message = version_pb2.Version(name=name, root_digest=digest)
    assert version_of_ref(message, case["ref"]).name == name


@pytest.mark.parametrize("case", REFERENCES["qualified"], ids=label)
def test_a_reference_gets_the_namespace_that_it_lacks(case: dict[str, str]) -> None:
    assert names.qualified(case["ref"], case["namespace"]) == case["qualified"]


def test_a_full_name_passes_unchanged() -> None:
    name = "namespaces/a/models/b"
    assert names.namespace_name("namespaces/a") == "namespaces/a"
    assert names.model_name(name, "risk") == name
    assert names.qualified(f"{name}/versions/1", "risk") == f"{name}/versions/1"


@settings(max_examples=examples(100))
@given(namespace=NAMESPACES, model=MODEL_IDS, number=st.integers(1, 10**12), alias=ALIAS_IDS)
def test_what_is_written_short_names_the_same_again(
    namespace: str, model: str, number: int, alias: str
) -> None:
    name = names.model_name(f"{namespace}/{model}")
    assert names.model_name(names.short_ref(name)) == name
    version = f"{name}/versions/{number}"
    assert names.short_ref(version).endswith(f"{model}/{number}")
    assert names.short_ref(names.alias_name(model, alias, namespace)).endswith(f"{model}@{alias}")
    assert checked.version_name(version) == version
    assert names.model_of(names.short_ref(version)) == name
    assert names.segment(version, "namespaces") == namespace
    assert names.segment(version, "aliases") == ""


def test_the_default_namespace_is_left_out() -> None:
    assert names.short_ref("namespaces/default/models/fraud/versions/7") == "fraud/7"
    assert names.short_ref("namespaces/risk/models/fraud/versions/7") == "risk/fraud/7"
    assert names.short_ref("namespaces/risk/models/fraud") == "risk/fraud"


@pytest.mark.parametrize(
    "make,collection",
    [
        (names.policy_name, "policies"),
        (names.transition_name, "transitions"),
    ],
)
def test_what_belongs_to_a_namespace_is_found_again_by_what_is_shown_of_it(
    make: Callable[[str, str], str], collection: str
) -> None:
    full = f"namespaces/risk/{collection}/0189-7"
    assert names.short_ref(full) == "risk/0189-7"
    assert make("risk/0189-7", "default") == make("0189-7", "risk") == make(full, "x") == full
    assert names.short_ref(make("0189-7", "default")) == "0189-7"
