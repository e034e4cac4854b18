"""Regular expressions say what `re` says, and never take long."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_grpc.domain.work import MAX_WORK, Work
from registry_grpc.engines.regex.matcher import MAX_STATES, Regex

_ATOMS = ["a", "b", "c", ".", "[ab]", "[^a]", "[a-c]", r"\d", r"\w", r"\s", r"\W", r"[\d-]", "é"]
_QUANTIFIERS = ["*", "+", "?", "{2}", "{1,2}", "{0,}", "*?", "{0}"]
_PATTERNS = st.recursive(
    st.sampled_from([*_ATOMS, "^", "$", ""]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda both: f"(?:{both[0]}|{both[1]})"),
        st.tuples(inner, st.sampled_from(_QUANTIFIERS)).map(lambda both: f"(?:{both[0]}){both[1]}"),
    ),
    max_leaves=8,
)


@given(_PATTERNS, st.text("abc1é -\n", max_size=8))
def test_what_is_found_is_what_re_finds(pattern: str, text: str) -> None:
    # For `re` a $ is also before a newline at the end, and `.` stops at fewer ends of lines.
    expected = re.search(pattern.replace("$", r"\Z"), text, re.ASCII) is not None
    assert Regex(pattern).search(text) is expected


def test_what_makes_others_take_for_ever_takes_as_long_as_the_text() -> None:
    regex = Regex("^(a+)+(a*)*$")
    assert not regex.search("a" * 100_000 + "b")
    assert regex.search("a" * 100_000)


@pytest.mark.parametrize(
    "pattern,problem",
    [
        ("(?=a)", r"\(\?: is supported"),
        ("(?<n>a)", r"\(\?: is supported"),
        (r"(a)\1", "not supported"),
        (r"\bword", "not supported"),
        (r"\p{L}", "not supported"),
        (r"\xZZ", "hexadecimal"),
        ("a{1,2", "quantifier"),
        ("a{2,1}", "smaller"),
        ("a{1001}", "0 to 1,000"),
        ("^*", "cannot be repeated"),
        ("*a", "escaped"),
        ("a**", "escaped"),
        ("a]", "escaped"),
        ("a)", r"unmatched \)"),
        ("(a", "not closed"),
        ("[a", "too early"),
        ("a\\", "too early"),
        ("[b-a]", "lower to a higher"),
        (r"[a-\d]", "lower to a higher"),
        ("(" * 51 + ")" * 51, "50 groups"),
        ("(a{1000}){2}", f"{MAX_STATES:,} states"),
        ("((((){1000}){1000}){1000}){1000}", f"{MAX_STATES:,} states"),
    ],
)
def test_what_is_not_supported_is_refused_with_a_reason(pattern: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Regex(pattern)


@pytest.mark.parametrize(
    "pattern,text",
    [
        (r"^[a-z]+(-[a-z]+)*$", "one-two-three"),
        (r"^s3:\/\/[a-z0-9.\-]+/", "s3://claims.2026/x"),
        (r"^\u00e9\x41\t$", "éA\t"),
        (r"^[^\D]{4}-\d{2}$", "2026-05"),
        (r"[\]\-a]$", "x-"),
        ("", ""),
    ],
)
def test_what_people_write_matches(pattern: str, text: str) -> None:
    assert Regex(pattern).search(text)


def test_a_digest_of_each_of_20_000_files_is_searched_within_a_third_of_a_call() -> None:
    work = Work(MAX_WORK // 3)
    pattern = Regex("^sha256:[0-9a-f]{64}$", work)
    for number in range(20_000):
        assert pattern.search(f"sha256:{number:064x}", work)


def test_what_is_at_the_end_of_a_text_is_not_taken_for_what_is_at_its_start() -> None:
    pattern = Regex("^$|^ab$")
    texts = ["", "a", "ab", "abab", "ab", ""]
    assert [pattern.search(text) for text in texts] == [True, False, True, False, True, True]
