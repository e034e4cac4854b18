from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.names import (
    AliasName,
    ModelName,
    NamespaceName,
    UploadName,
    VersionName,
    alias_id,
    model_id,
    namespace_id,
    uuid,
    version_number,
)

_quick = settings(max_examples=60, deadline=None)

namespaces = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)
models = st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?", fullmatch=True)
aliases = st.from_regex(r"[a-z][a-z0-9._-]{0,62}", fullmatch=True)
numbers = st.integers(1, 10**18 - 1)
NAMES = (
    st.builds(NamespaceName, namespaces)
    | st.builds(ModelName, namespaces, models)
    | st.builds(VersionName, namespaces, models, numbers)
    | st.builds(AliasName, namespaces, models, aliases)
    | st.builds(UploadName, namespaces, st.uuids())
)
KINDS = (NamespaceName, ModelName, VersionName, AliasName, UploadName)
Name = NamespaceName | ModelName | VersionName | AliasName | UploadName


@given(NAMES)
@_quick
def test_a_name_is_what_its_text_parses_to(name: Name) -> None:
    assert type(name).parse(str(name)) == name


@given(NAMES)
@_quick
def test_a_name_is_refused_as_any_other_kind(name: Name) -> None:
    accepted = []
    for kind in KINDS:
        try:
            accepted.append(type(kind.parse(str(name))))
        except ValueError:
            continue
    assert accepted == [type(name)]


@given(st.text(max_size=120) | st.text("namespaces/model1@.-\n", max_size=60))
@_quick
def test_what_is_accepted_is_canonical_and_all_else_is_a_value_error(text: str) -> None:
    for kind in KINDS:
        try:
            name = kind.parse(text)
        except ValueError:
            continue
        assert str(name) == text


@pytest.mark.parametrize(
    "text",
    [
        "namespaces/risk/models/fraud/versions/7",
        "namespaces/0/models/1/versions/1",
        "namespaces/namespaces/models/models/versions/1",
        "namespaces/aliases/models/versions/versions/9",
        "namespaces/x/models/a.b_c-d/versions/999999999999999999",
    ],
)
def test_a_version_name_reads_back(text: str) -> None:
    assert str(VersionName.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fraud",
        "namespaces",
        "namespaces/",
        "namespaces/risk/models/fraud/versions",
        "namespaces/risk/models/fraud/versions/",
        "namespaces/risk/models/fraud/versions/7/",
        "/namespaces/risk/models/fraud/versions/7",
        "//modelregistry/namespaces/risk/models/fraud/versions/7",
        "namespaces//models/fraud/versions/7",
        "namespaces/risk/models//versions/7",
        "Namespaces/risk/models/fraud/versions/7",
        "namespaces/risk/model/fraud/versions/7",
        "namespaces/risk/models/fraud/aliases/7",
        "namespaces/risk/models/fraud/versions/7\n",
        "namespaces/risk\n/models/fraud/versions/7",
        " namespaces/risk/models/fraud/versions/7",
        "namespaces/risk/models/fraud/versions/0",
        "namespaces/risk/models/fraud/versions/07",
        "namespaces/risk/models/fraud/versions/-7",
        "namespaces/risk/models/fraud/versions/+7",
        "namespaces/risk/models/fraud/versions/7.0",
        "namespaces/risk/models/fraud/versions/1e3",
        "namespaces/risk/models/fraud/versions/1_000",
        "namespaces/risk/models/fraud/versions/\u0667",
        "namespaces/risk/models/fraud/versions/\uff17",
        "namespaces/risk/models/fraud/versions/²",
        "namespaces/risk/models/fraud/versions/1000000000000000000",
        "namespaces/risk/models/fraud/versions/" + "9" * 5_000,
        "namespaces/risk/models/fraud/versions/latest",
        "namespaces/RISK/models/fraud/versions/7",
        "namespaces/risk/models/fraud%2f/versions/7",
        "namespaces/../models/fraud/versions/7",
    ],
)
def test_anything_but_a_canonical_version_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must look like|namespace id|model id|version number"):
        VersionName.parse(text)


@pytest.mark.parametrize(
    "parser, longest",
    [(namespace_id, 63), (model_id, 128), (alias_id, 63)],
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
        *[(model_id, text) for text in ("", ".a", "a.", "-a", "a-", "_a", "a_", "A", "é", "a\n")],
        *[
            (model_id, text)
            for text in ("..", ".", "a/b", "a@b", "a:b", "a\0", "\u0430", "\u0667", "\uff41")
        ],
        *[(alias_id, text) for text in ("", "1", ".a", "-a", "A", "é", "a\n", "a/b", "a@b", "a:b")],
        *[(alias_id, text) for text in (" a", "a ", "\n", "\u0430", "a\0")],
    ],
)
def test_bad_ids_are_refused_with_the_rule(parser: Callable[[str], str], text: str) -> None:
    with pytest.raises(ValueError, match=r"is 1 to \d+ of a-z"):
        parser(text)


def test_a_refusal_never_repeats_a_huge_text() -> None:
    for parser in (namespace_id, model_id, alias_id, version_number, uuid, VersionName.parse):
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
@_quick
def test_a_uuid_reads_back(value: UUID) -> None:
    assert uuid(str(value)) == value


def test_names_lead_to_their_parents_and_children() -> None:
    model = ModelName("risk", "fraud")
    assert model.version(7) == VersionName("risk", "fraud", 7)
    assert model.alias("champion") == AliasName("risk", "fraud", "champion")
    assert model.version(7).parent == model
    assert model.alias("champion").parent == model


def test_versions_of_a_model_sort_by_number_not_by_text() -> None:
    model = ModelName("risk", "fraud")
    assert sorted([model.version(10), model.version(9)]) == [model.version(9), model.version(10)]
