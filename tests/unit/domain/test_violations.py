import pytest

from registry_grpc.domain.errors import InvalidRequest, Violation
from registry_grpc.domain.violations import Violations, invalid, parsed


def test_nothing_is_raised_when_nothing_is_wrong() -> None:
    found = Violations()
    found.check("name", ok=True, description="is wrong")
    assert found.parse("number", int, "7") == 7
    found.raise_if_any()


def test_everything_that_is_wrong_is_raised_at_once_and_in_order() -> None:
    found = Violations()
    found.add("a", "first")
    found.check("b", ok=False, description="second")
    assert found.parse("c", int, "seven") is None
    with pytest.raises(InvalidRequest) as refusal:
        found.raise_if_any()
    assert [violation.field for violation in refusal.value.violations] == ["a", "b", "c"]
    assert refusal.value.violations[0] == Violation("a", "first")
    assert refusal.value.metadata == {"field": "a"}
    assert str(refusal.value) == "a: first (and 2 more)"


def test_only_the_first_fifty_are_kept() -> None:
    found = Violations()
    for index in range(10_000):
        found.add(f"files[{index}]", "is wrong")
    with pytest.raises(InvalidRequest) as refusal:
        found.raise_if_any()
    assert len(refusal.value.violations) == 50
    assert refusal.value.violations[-1].field == "files[49]"


def test_an_argument_holds_what_was_read() -> None:
    assert Violations().argument("number", int, "7").value == 7


def test_an_argument_that_could_not_be_read_has_no_value() -> None:
    found = Violations()
    argument = found.argument("number", int, "seven")
    with pytest.raises(InvalidRequest):
        found.raise_if_any()
    with pytest.raises(LookupError):
        _ = argument.value


def test_a_single_argument_is_read_or_refused() -> None:
    assert parsed("number", int, "7") == 7
    with pytest.raises(InvalidRequest) as refusal:
        parsed("number", int, "seven")
    assert [violation.field for violation in refusal.value.violations] == ["number"]


def test_a_single_wrong_field_makes_one_violation() -> None:
    assert invalid("view", "is unknown").violations == (Violation("view", "is unknown"),)
