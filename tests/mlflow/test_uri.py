"""The addresses of registries and versions."""

from urllib.parse import quote, unquote

import pytest
from mlflow.exceptions import MlflowException

from modelregistry_mlflow.uri import VersionUri, parse_files, parse_registry


def test_a_registry_is_a_host_and_a_namespace() -> None:
    uri = parse_registry("modelreg://host:50051/risk?reference=refuse&plaintext=true")

    assert (uri.target, uri.namespace) == ("host:50051", "risk")
    assert (uri.tls, uri.plaintext, uri.by_reference) == (False, True, False)
    assert parse_registry("modelregs://[::1]:443/risk").tls


def test_what_is_left_out_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_registry("modelreg://").target == "localhost:50051"
    assert parse_registry("modelreg://host:1").namespace == "default"

    monkeypatch.setenv("MODELREG_SERVER", "registry:443")
    monkeypatch.setenv("MODELREG_NAMESPACE", "risk")

    uri = parse_registry("modelreg://")
    assert (uri.target, uri.namespace) == ("registry:443", "risk")


@pytest.mark.parametrize(
    "text, problem",
    [
        ("http://host/risk", "must look like"),
        ("modelreg://host:1/risk/models/fraud", "must look like"),
        ("modelreg://ann:secret@host:1/risk", "has a user or password"),
        ("modelreg://host:1/risk?references=refuse", "unknown option references=refuse"),
        ("modelreg://host:1/risk?reference=maybe", "unknown option reference=maybe"),
        ("modelreg://host:1/risk#x", "fragment"),
        ("modelregs://host:1/risk?plaintext=true", "contradict"),
    ],
)
def test_a_wrong_address_says_what_is_wrong(text: str, problem: str) -> None:
    with pytest.raises(MlflowException, match=problem) as raised:
        parse_registry(text)

    assert raised.value.error_code == "INVALID_PARAMETER_VALUE"
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("model", ["Production_RF", "My model 2", "Größe-7", "a+b (eu)"])
def test_a_version_has_an_address_that_reads_back(model: str) -> None:
    registry = parse_registry("modelreg://host:50051/risk?plaintext=true")
    text = f"modelreg://host:50051/risk/models/{quote(model)}/versions"
    version = VersionUri(registry=registry, model=model, number=7).text

    assert (version, parse_files(version).model) == (f"{text}/7?plaintext=true", model)
    for tail in ("", "/7", "/7/data", "/7/a%20b/c"):
        uri = parse_files(f"{text}{tail}?plaintext=true")
        assert (uri.registry, uri.model, uri.path) == (registry, model, unquote(tail[1:]))


@pytest.mark.parametrize(
    "tail", ["", "/models/fraud", "/models/fraud/versions/x", "/x/f/versions/1"]
)
def test_any_other_address_has_no_files(tail: str) -> None:
    with pytest.raises(MlflowException, match="must look like"):
        parse_files(f"modelreg://host:50051/risk{tail}")
