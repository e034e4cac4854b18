"""Bills of materials: what CycloneDX's own validator takes, strictly, and whose references hold."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from modelregistry import Environment, Package, Report, report
from tests.support.faults.amount import examples
from tests.support.reports import NAME, PARENT, SHA, empty_report, rich_report

VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)
FREE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


def bom_of(known: Report) -> Any:  # noqa: ANN401 - whatever JSON holds
    return json.loads(json.dumps(report.cyclonedx(known)))


def walked(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from walked(item)
    elif isinstance(value, list):
        for item in value:
            yield from walked(item)


def refs_of(bom: Any) -> tuple[list[str], set[str]]:  # noqa: ANN401 - whatever JSON holds
    """Return what is named, and what is referred to."""
    objects = list(walked(bom))
    named = [each["bom-ref"] for each in objects if "bom-ref" in each]
    meant = {each["ref"] for each in objects if "ref" in each}
    meant |= {ref for each in objects for ref in each.get("dependsOn", [])}
    return named, meant


def check(known: Report) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return the document, once it is valid and its references hold."""
    bom = bom_of(known)
    assert VALIDATOR.validate_str(json.dumps(bom)) is None
    named, meant = refs_of(bom)
    assert len(named) == len(set(named))
    assert meant <= set(named)
    return bom


def test_the_validator_finds_what_is_wrong() -> None:
    bom = bom_of(rich_report())
    bom["metadata"]["component"]["modelCard"]["quantitativeAnalysis"]["performanceMetrics"][0][
        "value"
    ] = 0.9
    assert VALIDATOR.validate_str(json.dumps(bom)) is not None


def test_a_rich_version_is_a_valid_bill_of_materials() -> None:
    bom = check(rich_report())
    model = bom["metadata"]["component"]
    assert (model["type"], model["bom-ref"]) == ("machine-learning-model", NAME)
    assert (model["group"], model["name"], model["version"]) == ("risk", "fraud", "7")
    assert model["licenses"] == [{"license": {"name": "plain"}}]
    assert [each["bom-ref"] for each in model["pedigree"]["ancestors"]] == [PARENT]
    assert model["externalReferences"] == [
        {"type": "vcs", "url": "https://git.example/risk/fraud.git", "comment": "c" * 40}
    ]
    file = model["components"][0]
    assert file["hashes"] == [{"alg": "SHA-256", "content": SHA.removeprefix("sha256:")}]
    assert bom["metadata"]["timestamp"] == "2026-05-08T12:00:00Z"
    assert bom["version"] == 50


def test_the_model_card_has_metrics_as_text_with_slice_and_interval() -> None:
    card = check(rich_report())["metadata"]["component"]["modelCard"]
    measured = card["quantitativeAnalysis"]["performanceMetrics"]
    assert {"type": "auc", "value": "0.9625"} in measured
    assert {
        "type": "auc",
        "value": "0.9",
        "slice": "age=60-69, n=120",
        "confidenceInterval": {"lowerBound": "0.8", "upperBound": "0.95"},
    } in measured
    assert any(each.get("slice", "").startswith("evaluation=") for each in measured)
    refs = {each["ref"] for each in card["modelParameters"]["datasets"]}
    assert f"dataset:plain#{SHA}" in refs
    assert card["modelParameters"]["inputs"] == [{"format": "plain float32 (any, 4)"}]


def test_packages_have_package_urls_and_come_once() -> None:
    bare = empty_report()
    twice = Package("Scikit_Learn", "1.7.2+local"), Package("scikit-learn", "1.7.2+local")
    environment = Environment(packages=twice)
    bom = check(replace(bare, version=replace(bare.version, environment=environment)))
    assert [each["purl"] for each in bom["components"]] == ["pkg:pypi/scikit-learn@1.7.2%2Blocal"]


def test_an_empty_version_is_a_valid_bill_of_materials() -> None:
    bom = check(empty_report())
    assert bom["components"] == []
    assert bom["dependencies"] == [{"ref": NAME, "dependsOn": []}]
    assert bom["metadata"]["component"]["modelCard"] == {}
    assert "timestamp" not in bom["metadata"]


@settings(max_examples=examples(15))  # the validator takes its time
@given(FREE)
def test_whatever_people_write_the_bill_is_valid(text: str) -> None:
    check(rich_report(text))


@pytest.mark.parametrize(
    "repository",
    [
        "git@host:org/repo.git",
        "https://host/%zz",
        "not a uri",
        "https://host:port/x",
        "https://[::1",
    ],
)
def test_an_address_that_is_no_uri_stands_in_the_properties(repository: str) -> None:
    known = rich_report()
    source = known.version.source
    assert source is not None
    odd = replace(source, repository=repository)
    bom = check(replace(known, version=replace(known.version, source=odd)))
    model = bom["metadata"]["component"]
    assert "externalReferences" not in model
    assert {"name": "modelregistry:repository", "value": repository} in model["properties"]


@pytest.mark.parametrize("digest", ["etag:abc", "sha256:short", f"sha256:{'g' * 64}", "none"])
def test_a_digest_that_cyclonedx_does_not_know_stands_in_the_properties(digest: str) -> None:
    known = rich_report()
    data = replace(known.version.inputs[0], digest=digest)
    bom = check(replace(known, version=replace(known.version, inputs=(data,))))
    part = next(each for each in bom["components"] if each["bom-ref"] == f"dataset:plain#{digest}")
    assert part["properties"] == [{"name": "modelregistry:digest", "value": digest}]
    assert "hashes" not in part
