import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.names import AliasName, ModelName, VersionName
from registry_grpc.domain.reference import (
    LATEST,
    MAX_LENGTH,
    ByDigest,
    ByName,
    ByNumber,
    Latest,
    Reference,
)

_quick = settings(max_examples=80, deadline=None)

HEX = "ab" * 32
words = st.sampled_from(["namespaces", "models", "versions", "aliases", "default", "latest", "7"])
namespaces = words | st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)
models = words | st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?", fullmatch=True)
aliases = st.from_regex(r"[a-z][a-z0-9._-]{0,62}", fullmatch=True).filter(lambda a: a != LATEST)
numbers = st.integers(1, 10**18 - 1)
digests = st.binary(min_size=32, max_size=32).map(lambda raw: Digest(raw.hex()))
selectors = (
    st.builds(ByNumber, numbers)
    | st.builds(ByDigest, digests)
    | st.builds(ByName, aliases)
    | st.just(Latest())
)
references = st.builds(Reference, st.builds(ModelName, namespaces, models), selectors)


@given(references)
@_quick
def test_a_reference_is_what_its_text_parses_to(reference: Reference) -> None:
    assert Reference.parse(str(reference)) == reference


@given(st.builds(VersionName, namespaces, models, numbers))
@_quick
def test_every_canonical_name_of_a_version_is_a_reference_to_it(name: VersionName) -> None:
    assert Reference.parse(str(name)) == Reference(name.parent, ByNumber(name.number))


@given(st.builds(AliasName, namespaces, models, aliases))
@_quick
def test_every_canonical_name_of_an_alias_is_a_reference_to_it(name: AliasName) -> None:
    assert Reference.parse(str(name)) == Reference(name.parent, ByName(name.alias))


@given(st.text(max_size=80) | st.text("namespaces/models@fraud:7\n", max_size=60))
@_quick
def test_a_text_is_a_reference_that_prints_and_parses_or_a_value_error(text: str) -> None:
    try:
        reference = Reference.parse(text)
    except ValueError:
        return
    assert Reference.parse(str(reference)) == reference


FRAUD, RISK = ModelName("default", "fraud"), ModelName("risk", "fraud")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("fraud/7", Reference(FRAUD, ByNumber(7))),
        ("fraud@champion", Reference(FRAUD, ByName("champion"))),
        ("fraud@production", Reference(FRAUD, ByName("production"))),
        ("fraud@latest", Reference(FRAUD, Latest())),
        (f"fraud@sha256:{HEX}", Reference(FRAUD, ByDigest(Digest(HEX)))),
        ("risk/fraud/7", Reference(RISK, ByNumber(7))),
        ("risk/fraud@champion", Reference(RISK, ByName("champion"))),
        ("risk/fraud@latest", Reference(RISK, Latest())),
        (f"risk/fraud@sha256:{HEX}", Reference(RISK, ByDigest(Digest(HEX)))),
        ("default/fraud/7", Reference(FRAUD, ByNumber(7))),
        ("namespaces/risk/models/fraud/versions/7", Reference(RISK, ByNumber(7))),
        ("namespaces/risk/models/fraud/aliases/champion", Reference(RISK, ByName("champion"))),
    ],
)
def test_every_documented_form_is_read(text: str, expected: Reference) -> None:
    assert Reference.parse(text) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        # A model may be called like a number or like a word of canonical names.
        ("7/7", Reference(ModelName("default", "7"), ByNumber(7))),
        ("fraud/7@champion", Reference(ModelName("fraud", "7"), ByName("champion"))),
        ("namespaces/7", Reference(ModelName("default", "namespaces"), ByNumber(7))),
        ("namespaces/risk/7", Reference(ModelName("namespaces", "risk"), ByNumber(7))),
        ("namespaces/models@a", Reference(ModelName("namespaces", "models"), ByName("a"))),
        (
            "namespaces/default/models/aliases/versions/3",
            Reference(ModelName("default", "aliases"), ByNumber(3)),
        ),
        (
            "namespaces/aliases/models/fraud/versions/3",
            Reference(ModelName("aliases", "fraud"), ByNumber(3)),
        ),
        (
            "namespaces/versions/models/versions/aliases/versions",
            Reference(ModelName("versions", "versions"), ByName("versions")),
        ),
    ],
)
def test_ambiguous_looking_references_have_one_meaning(text: str, expected: Reference) -> None:
    assert Reference.parse(text) == expected


def test_the_word_latest_means_the_same_in_every_form() -> None:
    # No alias can be called `latest` (see free_alias), so its canonical name is no way around that.
    name = "namespaces/default/models/fraud/aliases/latest"
    assert Reference.parse(name) == Reference.parse("fraud@latest")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fraud",
        "risk/fraud",
        "@champion",
        "/7",
        "fraud/",
        "fraud@",
        "fraud@@champion",
        "fraud@champion@latest",
        "fraud@champion/7",
        "fraud/7/",
        "fraud//7",
        "/fraud/7",
        "a/b/c/7",
        "a/b/c@champion",
        "fraud/0",
        "fraud/07",
        "fraud/-7",
        "fraud/\u0667",
        "fraud/\uff17",
        "fraud/1000000000000000000",
        "fraud/latest",
        "fraud/7\n",
        "fraud@champion\n",
        "fraud@latest\n",
        "\nfraud/7",
        "fraud @champion",
        "fraud@7",
        "fraud@LATEST",
        "Fraud@latest",
        "fraud@sha256:",
        f"fraud@sha256:{HEX[:-1]}",
        f"fraud@sha256:{HEX}0",
        f"fraud@sha256:{HEX.upper()}",
        f"fraud@sha256:{HEX}\n",
        f"fraud@SHA256:{HEX}",
        f"fraud@sha512:{HEX}",
        f"fraud@{HEX}",
        "namespaces/risk/models/fraud",
        "namespaces/risk/models/fraud/versions/latest",
        "namespaces/risk/models/fraud/versions/7@champion",
        "namespaces/risk/models/fraud@champion",
        "namespaces/risk/uploads/0198c0de-0000-7000-8000-000000000000",
        "fraud/7 ",
        "fra\0ud/7",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Reference.parse(text)


def test_a_text_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(ValueError, match=str(MAX_LENGTH)):
        Reference.parse("a" * (MAX_LENGTH + 1))


def test_the_longest_names_fit_into_a_reference() -> None:
    model = ModelName("n" * 63, "m" * 128)
    for name in (model.version(10**18 - 1), model.alias("a" * 63)):
        assert Reference.parse(str(name)).model == model
    longest = Reference(model, ByDigest(Digest(HEX)))
    assert Reference.parse(str(longest)) == longest
