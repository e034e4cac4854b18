import pytest

from registry_grpc.domain.pattern import is_pattern


@pytest.mark.parametrize(
    "text", ["*", "fraud-*", "a?", "[ab]*", "[!ab]", "v[0-9].[a-z_]", "x" * 63]
)
def test_what_can_match_an_id_is_a_pattern(text: str) -> None:
    assert is_pattern(text, 63)


@pytest.mark.parametrize(
    "text", ["", "x" * 64, "Up", "a/b", "[", "[ab", "ab]", "[]", "[!]", "!a", "\n"]
)
def test_what_can_match_none_is_no_pattern(text: str) -> None:
    assert not is_pattern(text, 63)
