"""Names and references: written, completed, read back."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelregistry import names

IDS = st.from_regex(r"[a-z][a-z0-9._-]{0,20}", fullmatch=True)
NAMESPACES = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
SHORT = ["fraud/7", "fraud@champion", "fraud@latest", f"fraud@sha256:{'0' * 64}"]


@pytest.mark.parametrize("ref", SHORT)
def test_a_reference_gets_the_namespace_that_it_lacks(ref: str) -> None:
    assert names.qualified(ref) == ref
    assert names.qualified(ref, "risk") == f"risk/{ref}"
    assert names.qualified(f"other/{ref}", "risk") == f"other/{ref}"


def test_a_full_name_passes_unchanged() -> None:
    name = "namespaces/a/models/b"
    assert names.namespace_name("namespaces/a") == "namespaces/a"
    assert names.model_name(name, "risk") == name
    assert names.qualified(f"{name}/versions/1", "risk") == f"{name}/versions/1"


@given(namespace=NAMESPACES, model=IDS, number=st.integers(1, 10**12), alias=IDS)
def test_what_is_written_short_names_the_same_again(
    namespace: str, model: str, number: int, alias: str
) -> None:
    name = names.model_name(f"{namespace}/{model}")
    assert names.model_name(names.short_ref(name)) == name
    version = f"{name}/versions/{number}"
    assert names.short_ref(version).endswith(f"{model}/{number}")
    assert names.short_ref(names.alias_name(model, alias, namespace)).endswith(f"{model}@{alias}")
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
