from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.map_patch import MapPatch
from tests.support.faults.amount import examples

labels = st.dictionaries(st.sampled_from("abcdef"), st.text(max_size=3))


def test_a_replacement_leaves_nothing_else() -> None:
    assert MapPatch({"a": "1"}).apply({"a": "0", "b": "2"}) == {"a": "1"}
    assert MapPatch({}).apply({"a": "0"}) == {}


def test_a_partial_change_keeps_the_rest() -> None:
    patch = MapPatch({"a": "1"}, replace_all=False, removed=frozenset({"b", "missing"}))
    assert patch.apply({"a": "0", "b": "2", "c": "3"}) == {"a": "1", "c": "3"}


@given(labels, labels, st.frozensets(st.sampled_from("abcdef")), st.booleans())
@settings(max_examples=examples(50))
def test_a_change_made_twice_is_as_made_once_and_leaves_its_input_alone(
    before: dict[str, str], values: dict[str, str], removed: frozenset[str], replace_all: bool
) -> None:
    patch = MapPatch(values, replace_all=replace_all, removed=removed)
    original = dict(before)
    after = patch.apply(before)
    assert patch.apply(after) == after
    assert before == original
    assert values.items() <= after.items()
