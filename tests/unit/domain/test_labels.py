import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.errors import InvalidRequest
from registry_grpc.domain.labels import MAX_PAIRS, check_labels, check_text
from registry_grpc.domain.violations import Violations
from tests.support.faults.amount import examples


def wrong(labels: dict[str, str]) -> list[str]:
    found = Violations()
    check_labels(found, "model.labels", labels)
    try:
        found.raise_if_any()
    except InvalidRequest as refusal:
        return [violation.field for violation in refusal.violations]
    return []


def text_is_wrong(text: str, most: int) -> bool:
    found = Violations()
    check_text(found, "text", text, most)
    try:
        found.raise_if_any()
    except InvalidRequest:
        return True
    return False


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9._/-]{0,62}", fullmatch=True),
        st.text(max_size=60).filter(lambda text: "\0" not in text),
        max_size=10,
    )
)
@settings(max_examples=examples(50))
def test_good_labels_are_accepted(labels: dict[str, str]) -> None:
    assert wrong(labels) == []


@pytest.mark.parametrize(
    "key",
    [
        "",
        "1a",
        "-a",
        ".a",
        "/a",
        "Team",
        "é",
        "a b",
        "a\n",
        "a=b",
        "a" * 64,
        "\u0430",
        "a\0",
        "a:b",
    ],
)
def test_a_bad_key_is_noted_under_its_path(key: str) -> None:
    assert wrong({key: "x"}) == [f"model.labels[{key!r}]"]


@pytest.mark.parametrize("key", ["a", "a" * 63, "team", "kubernetes.io/name", "a-b_c.d/e1"])
def test_a_good_key_is_accepted(key: str) -> None:
    assert wrong({key: ""}) == []


def test_a_value_is_measured_in_bytes() -> None:
    assert wrong({"a": "é" * 128}) == []
    assert wrong({"a": "é" * 128 + "e"}) == ["model.labels['a']"]


def test_the_number_of_pairs_is_limited() -> None:
    labels = {f"k{index}": "" for index in range(MAX_PAIRS)}
    assert wrong(labels) == []
    assert wrong({**labels, "more": ""}) == ["model.labels"]


def test_every_wrong_pair_is_noted() -> None:
    assert len(wrong({"A": "x", "b": "\0", "C": "x" * 257})) == 4


def test_the_path_of_a_huge_key_is_cut() -> None:
    (path,) = wrong({"x" * 1_000_000: ""})
    assert len(path) < 200


@pytest.mark.parametrize(
    "text, refused",
    [
        ("", False),
        ("x" * 8, False),
        ("x" * 9, True),
        ("日本", False),
        ("日本語", True),
        ("\0", True),
    ],
)
def test_text_is_measured_in_bytes_and_holds_no_nul(text: str, refused: bool) -> None:
    assert text_is_wrong(text, 8) is refused
