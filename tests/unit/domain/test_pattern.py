import pytest

from registry_grpc.domain.pattern import is_pattern, matches


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "fraud-*",
        "a?",
        "[ab]*",
        "[!ab]",
        "v[0-9].[a-z_]",
        "x" * 63,
        "Up (a)*",
        "é" * 31,
        "[\u0410-\u042f]*",
    ],
)
def test_what_can_match_an_id_is_a_pattern(text: str) -> None:
    assert is_pattern(text, 63)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x" * 64,
        "é" * 32,
        "a/b",
        "a:*",
        "A\u030a",
        "a\u200b",
        "[/]",
        "[",
        "[ab",
        "ab]",
        "[]",
        "[!]",
        "!a",
        "\n",
    ],
)
def test_what_can_match_none_is_no_pattern(text: str) -> None:
    assert not is_pattern(text, 63)


@pytest.mark.parametrize(
    "pattern, text, expected",
    [
        ("fraud*", "Fraud-2", True),
        ("FRAUD-?", "fraud-2", True),
        ("[A-C]x", "bX", True),
        ("fraud", "\uff46raud", True),
        ("stra\u00dfe*", "STRASSE 2", True),
        ("fraud*", "xfraud", False),
        ("fraud*", "fraud" + "\ufdfa" * 83, True),
        ("(a)+", "(a)+", True),
    ],
)
def test_patterns_match_as_ids_are_equal(pattern: str, text: str, *, expected: bool) -> None:
    assert matches(pattern, text) is expected
