"""Which ids are equal, by the cases that every SDK shares; and the bounds of their keys."""

import sys
from itertools import combinations
from unicodedata import category

import pytest
from hypothesis import given, settings

from modelregistry import names
from registry_grpc.domain.alias import free_alias
from registry_grpc.domain.id_text import folded, is_word, name_key
from registry_grpc.domain.ids import model_id
from registry_grpc.domain.stage_graph import DEFAULT_GRAPH
from tests.support.conformance import cases
from tests.support.faults.amount import examples
from tests.support.names import MODEL_IDS

CASES = cases("names.json")


@pytest.mark.parametrize("ids", CASES["equal"], ids=ascii)
def test_ids_that_differ_in_case_or_form_have_one_key(ids: list[str]) -> None:
    assert len({name_key(model_id(text)) for text in ids}) == 1
    assert len({names.name_key(text) for text in ids}) == 1


@pytest.mark.parametrize("ids", CASES["different"], ids=ascii)
def test_other_ids_have_keys_of_their_own(ids: list[str]) -> None:
    for one, other in combinations(ids, 2):
        assert name_key(model_id(one)) != name_key(model_id(other))
        assert names.name_key(one) != names.name_key(other)


@pytest.mark.parametrize("text", CASES["new_aliases"], ids=ascii)
def test_an_alias_may_have_this_id(text: str) -> None:
    assert free_alias(text, DEFAULT_GRAPH) == text


@pytest.mark.parametrize("text", CASES["refused_aliases"], ids=ascii)
def test_no_new_alias_may_have_this_id(text: str) -> None:
    with pytest.raises(ValueError, match=r"alias"):
        free_alias(text, DEFAULT_GRAPH)


@given(MODEL_IDS)
@settings(max_examples=examples(200))
def test_a_key_is_bounded_and_the_same_in_the_sdk(text: str) -> None:
    key = name_key(text)
    assert 0 < len(key.encode()) <= 1_024
    assert name_key(text.upper()) == name_key(text.lower()) or not text.isascii()
    assert names.name_key(text) == key


def test_the_key_of_an_id_that_grows_is_a_digest() -> None:
    grown = "\ufdfa" * 85  # 33 bytes each in its compatibility form
    assert len(folded(model_id(grown)).encode()) == 85 * 33
    assert name_key(grown).startswith("sha256:")
    assert name_key(grown) != name_key(grown[1:] + "a")


def test_every_character_is_of_an_id_by_its_category() -> None:
    hidden = {
        chr(code)
        for code in range(sys.maxunicode + 1)
        if category(chr(code))[0] in "LM" and not is_word(f"a{chr(code)}", "")
    }
    assert len(hidden) == 11 + 16 + 240
    assert {"\u3164", "\ufe0f", "\u034f", "\U000e01ef"} <= hidden
    assert not is_word("\U000e0041", "")
    assert not is_word("a\u200d", "")
