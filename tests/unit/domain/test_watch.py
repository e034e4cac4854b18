"""Selections of changes, and their limits in requests."""

import pytest

from registry_grpc.domain.errors import InvalidRequest
from registry_grpc.domain.violations import Violations
from registry_grpc.domain.watch import EVERYTHING, MOST_NAMES, Wanted, wanted_from

FRAUD = "namespaces/risk/models/fraud"
OF_FRAUD = (FRAUD, f"{FRAUD}/versions/1", f"{FRAUD}/aliases/champion")
OTHERS = (
    "namespaces/risk",
    "namespaces/risk/models/fraud-eu",
    "namespaces/risk/models/fraud-eu/versions/1",
    "namespaces/risk-2/models/fraud/versions/1",
    "namespaces/default/models/fraud",
)


def chosen(wanted: Wanted) -> list[str]:
    return [name for name in (*OF_FRAUD, *OTHERS) if wanted.matches(name)]


def fields_of(parent: str, models: list[str], prefixes: list[str]) -> list[str]:
    found = Violations()
    wanted_from(found, parent, models, prefixes)
    with pytest.raises(InvalidRequest) as caught:
        found.raise_if_any()
    return [violation.field for violation in caught.value.violations]


def test_without_names_everything_is_wanted() -> None:
    assert chosen(EVERYTHING) == [*OF_FRAUD, *OTHERS]


def test_a_namespace_is_wanted_with_all_that_is_in_it_and_no_other() -> None:
    assert chosen(Wanted("risk")) == [*OF_FRAUD, *OTHERS[:3]]


def test_a_model_is_wanted_with_its_versions_and_aliases_and_nothing_else() -> None:
    assert chosen(Wanted("risk", frozenset({FRAUD}))) == list(OF_FRAUD)
    assert chosen(Wanted(None, frozenset({FRAUD}))) == list(OF_FRAUD)


def test_a_prefix_is_compared_letter_by_letter() -> None:
    assert chosen(Wanted(None, prefixes=(f"{FRAUD}-",))) == list(OTHERS[1:3])
    assert chosen(Wanted(None, prefixes=(f"{FRAUD}/versions/",))) == [OF_FRAUD[1]]
    assert chosen(Wanted(None, prefixes=("namespaces/risk",))) == [*OF_FRAUD, *OTHERS[:4]]
    assert chosen(Wanted(None, prefixes=("namespaces/ris_/", "%", "Namespaces"))) == []


def test_what_matches_either_is_wanted_within_the_namespace() -> None:
    both = Wanted("risk", frozenset({FRAUD}), (f"{FRAUD}-", "namespaces/default/"))
    assert chosen(both) == [*OF_FRAUD, *OTHERS[1:3]]


@pytest.mark.parametrize(
    "prefix",
    ["namespaces/", "namespaces/risk/models/fr", FRAUD, f"{FRAUD}/", f"{FRAUD}/versions/7"],
)
def test_a_prefix_reaches_the_models_that_match_or_have_what_matches(prefix: str) -> None:
    wanted = Wanted("risk", prefixes=(prefix,))
    assert wanted.reaches(FRAUD)
    assert not wanted.reaches("namespaces/default/models/fraud")
    assert not Wanted("risk", prefixes=(f"{FRAUD}/versions/7",)).reaches(f"{FRAUD}-eu")


def test_a_request_is_read_as_it_is_meant() -> None:
    found = Violations()
    models, prefixes = [FRAUD, FRAUD], [f"{FRAUD}-", "namespaces/risk", f"{FRAUD}-"]
    wanted = wanted_from(found, "namespaces/risk", models, prefixes)
    everything = wanted_from(found, "namespaces/-", [], [])
    found.raise_if_any()
    assert wanted == Wanted("risk", frozenset({FRAUD}), (f"{FRAUD}-", "namespaces/risk"))
    assert everything == EVERYTHING


def test_everything_that_is_wrong_with_a_request_is_said() -> None:
    models = ["fraud", FRAUD, "namespaces/default/models/fraud"]
    prefixes = ["fraud-", "", "namespaces/risk-2/", "namespaces/risk/\0", "namespaces/default/"]
    assert fields_of("namespaces/risk", models, prefixes) == [
        *("models[0]", "models[2]"),
        *(f"name_prefixes[{index}]" for index in range(5)),
    ]
    assert fields_of("risk", ["x"], ["y"]) == ["parent", "models[0]", "name_prefixes[0]"]


def test_in_all_namespaces_a_prefix_begins_like_every_name() -> None:
    assert fields_of("namespaces/-", [], ["", "fraud", "namespaces", "namespaces/r"]) == [
        *("name_prefixes[0]", "name_prefixes[1]")
    ]


def test_a_prefix_may_be_long_but_not_endless() -> None:
    long = "namespaces/risk/" + "x" * 512
    assert fields_of("namespaces/risk", [], [long[:512], long]) == ["name_prefixes[1]"]


def test_names_are_counted_together() -> None:
    half = [FRAUD] * (MOST_NAMES // 2)
    found = Violations()
    wanted_from(found, "namespaces/risk", half, half)
    found.raise_if_any()
    assert fields_of("namespaces/risk", [*half, FRAUD], half) == ["models"]
