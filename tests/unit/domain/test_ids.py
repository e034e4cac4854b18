from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.ids import (
    alias_id,
    model_id,
    namespace_id,
    policy_id,
    stage_id,
    uuid,
    version_number,
)
from tests.support.faults.amount import examples


@pytest.mark.parametrize(
    "parser, longest",
    [(namespace_id, 63), (model_id, 256), (alias_id, 255)],
    ids=["namespace", "model", "alias"],
)
def test_ids_have_a_longest_length(parser: Callable[[str], str], longest: int) -> None:
    assert parser("a" * longest) == "a" * longest
    with pytest.raises(ValueError, match=str(longest)):
        parser("a" * (longest + 1))


@pytest.mark.parametrize(
    "parser, text",
    [
        *[(namespace_id, text) for text in ("", "-a", "a-", "a.b", "a_b", "A", "é", "a\n", "a b")],
        *[(policy_id, text) for text in ("", "1", ".a", "A", "é", "a\n", "a b", "a/b")],
        *[(stage_id, text) for text in ("", "1", ".a", "A", "é", "a\n", "a b", "a/b")],
        *[(model_id, text) for text in ("a\n", "a/b", "a@b", "a:b", "a\0", "\ud800")],
        *[(alias_id, text) for text in ("a\n", "a/b", "a@b", "a:b", "a\0", "\ud800", "é" * 128)],
    ],
)
def test_bad_ids_are_refused_with_the_rule(parser: Callable[[str], str], text: str) -> None:
    with pytest.raises(ValueError, match=r"is 1 to \d+ (of a-z|bytes of letters)"):
        parser(text)


def test_a_refusal_never_repeats_a_huge_text() -> None:
    for parser in (namespace_id, model_id, alias_id, policy_id, version_number, uuid):
        with pytest.raises(ValueError, match=r".") as refusal:
            parser("!" * 1_000_000)
        assert len(str(refusal.value)) < 500


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0198C0DE-0000-7000-8000-000000000000",
        "0198c0de000070008000000000000000",
        "{0198c0de-0000-7000-8000-000000000000}",
        "urn:uuid:0198c0de-0000-7000-8000-000000000000",
        "0198c0de-0000-7000-8000-000000000000\n",
        " 0198c0de-0000-7000-8000-000000000000",
        "0198c0de-0000-7000-8000-00000000000",
        "0198c0de-0000-7000-8000-0000000000000",
        "0198c0de-0000-7000-8000-00000000000g",
        "\u0660198c0de-0000-7000-8000-000000000000",
        "0198c0de-0000-7000-8000-00000000_000",
    ],
)
def test_only_the_canonical_form_of_a_uuid_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="canonical form"):
        uuid(text)


@given(st.uuids())
@settings(max_examples=examples(60))
def test_a_uuid_reads_back(value: UUID) -> None:
    assert uuid(str(value)) == value
