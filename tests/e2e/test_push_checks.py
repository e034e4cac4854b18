"""A push that the registry would refuse sends no byte, and its error names everything at once."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from modelregistry import AliasRule, Client, Environment, RegistrationSchema, RequiredFacts, errors
from modelregistry.cli import app
from tests.support.faults.crew import until
from tests.support.server import RegistryProcess

_NUMBERS = count(1)
_SIZE = 2 * 1_024 * 1_024
PLAIN: Any = {"environment": None, "source": None}


@pytest.fixture(scope="module")
def client(registry_process: RegistryProcess) -> Iterator[Client]:
    """A client of a namespace of its own: a model, a deleted one, a protected alias, a schema."""
    name = f"checks-{next(_NUMBERS)}-{uuid4().hex[:6]}"
    with Client(registry_process.target, namespace=name, cache=False) as made:
        made.create_namespace(name)
        made.create_model("fraud")
        made.create_model("gone")
        made.delete_model("gone")
        rule = AliasRule(pattern="safe*", stages=("production",))
        made.set_stage_graph(replace(made.stage_graph(), alias_rules=(rule,)))
        made.set_registration_schema(
            RegistrationSchema(
                json_schema=json.dumps({"properties": {"metrics": {"minProperties": 1}}}),
                required=RequiredFacts(labels=("team",)),
            )
        )
        yield made


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.bin"
    path.write_bytes(os.urandom(_SIZE))
    return path


GOOD: dict[str, Any] = {"labels": {"team": "risk"}, **PLAIN}
CASES: list[tuple[str, dict[str, Any], type[errors.RegistryError], list[str]]] = [
    ("in%valid", {}, errors.InvalidRequest, ["model"]),
    ("gone", {}, errors.ModelDeleted, ["model"]),
    ("no", {"create_model": False}, errors.ModelNotFound, ["model"]),
    ("nowhere/fraud", {}, errors.NamespaceNotFound, ["model"]),
    ("fraud", {"alias": "in valid"}, errors.InvalidRequest, ["alias"]),
    ("fraud", {"alias": "production"}, errors.InvalidRequest, ["alias"]),
    ("fraud", {"alias": "safe"}, errors.AliasProtected, ["alias"]),
    ("fraud", {"parents": ["fraud/7"]}, errors.VersionNotFound, ["parents[0]"]),
    (
        "fraud",
        {"parents": ["fraud/7", "fraud@no", "a%b", "gone/1"]},
        errors.InvalidRequest,
        ["parents[2]", "parents[0]", "parents[1]"],
    ),
    ("fraud", {"labels": {}}, errors.SchemaViolated, []),
    ("fraud", {"metrics": {"auc": float("nan")}}, errors.InvalidRequest, ['metrics["auc"]']),
    ("fraud", {"params": {"lr": None}}, errors.InvalidRequest, ['params["lr"]']),
    ("fraud", {"params": {"": "x"}}, errors.InvalidRequest, ['params[""]']),
    ("fraud", {"tags": {"UP": 1}}, errors.InvalidRequest, ['tags["UP"]']),
    ("fraud", {"description": "x" * 65_537}, errors.InvalidRequest, ["description"]),
]


@pytest.mark.parametrize("name,facts,kind,fields", CASES)
def test_what_would_be_refused_is_refused_before_anything_is_sent(
    client: Client,
    model: Path,
    name: str,
    facts: dict[str, Any],
    kind: type[errors.RegistryError],
    fields: list[str],
) -> None:
    with pytest.raises(kind) as caught:
        client.push(name, model, **{**GOOD, **facts})

    named = [violation.field for violation in caught.value.violations]
    assert named[: len(fields)] == fields
    assert caught.value.violations
    assert client.get_usage().used_bytes == 0
    assert not list(client.list_uploads(show_ended=True))


def test_problems_of_all_kinds_are_in_one_error(client: Client, model: Path) -> None:
    with pytest.raises(errors.InvalidRequest) as caught:
        client.push(
            "gone",
            model,
            alias="safe-one",
            parents=["fraud/7", "no/1"],
            tags={"UP": "x"},
            create_model=False,
            **PLAIN,
        )
    kinds = [type(problem) for problem in caught.value.problems]
    assert kinds == [
        *(errors.InvalidRequest, errors.ModelDeleted, errors.VersionNotFound, errors.ModelNotFound),
        *(errors.SchemaViolated, errors.AliasProtected),
    ]
    assert str(caught.value).startswith('tags["UP"]: ')
    assert "5 more" in str(caught.value)
    assert client.get_usage().used_bytes == 0


def test_wrong_arguments_and_what_the_registry_finds_are_in_one_error(
    client: Client, model: Path
) -> None:
    wrong: dict[str, Any] = {
        "params": {"lr": None, "fine": 1},
        "metrics": {"auc": float("nan")},
        "parents": ["fraud/7", 3],
        "environment": Environment(packages=("numpy",)),  # type: ignore[arg-type]
    }
    with pytest.raises(errors.InvalidRequest) as caught:
        client.push("in%valid", model, alias="in valid", tags={"UP": 1}, request_id="x", **wrong)
    assert {violation.field for violation in caught.value.violations} == {
        *('params["lr"]', 'metrics["auc"]', "parents[1]", "environment.packages[0]"),
        *("request_id", "model", "alias", 'tags["UP"]'),
    }
    with pytest.raises(errors.InvalidRequest) as caught:
        client.push("gone", model, alias="safe-one", **{**PLAIN, "params": {"lr": None}})
    kinds = [type(problem) for problem in caught.value.problems]
    assert kinds == [errors.InvalidRequest, errors.ModelDeleted, errors.AliasProtected]
    assert client.get_usage().used_bytes == 0


@pytest.mark.parametrize("path", [None, 3, b"model", "a\0b"])
def test_a_path_that_cannot_be_one_is_named(
    client: Client,
    path: Any,  # noqa: ANN401 - of any type, as callers pass it
) -> None:
    with pytest.raises(errors.InvalidRequest) as caught:
        client.push("fraud", path, alias="in valid", **PLAIN)
    assert [violation.field for violation in caught.value.violations] == ["path", "alias"]


@pytest.mark.parametrize("given", ["x", 3, "6D51A8A6-6D2C-4DB4-8C0E-1C7A5A3F8C11"])
def test_a_request_id_is_checked_before_the_bytes_are_sent(
    client: Client,
    model: Path,
    given: Any,  # noqa: ANN401 - of any type, as callers pass it
) -> None:
    with pytest.raises(errors.InvalidRequest) as caught:
        client.push("fraud", model, request_id=given, **GOOD)
    assert [violation.field for violation in caught.value.violations] == ["request_id"]
    assert client.get_usage().used_bytes == 0


def test_the_audit_trail_has_a_push_that_a_rule_denied(client: Client, model: Path) -> None:
    with pytest.raises(errors.SchemaViolated):
        client.push("audited", model, **PLAIN)

    def recorded() -> bool:
        found = client.audit(denied_only=True)
        return any(
            event.denied_request is not None
            and event.denied_request.method.endswith("CatalogService/CheckRegistration")
            and event.name.endswith("/models/audited")
            for event in found
        )

    until(recorded)


def test_a_dry_run_says_what_would_be_sent(
    client: Client,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MODELREG_SERVER", client.target)
    monkeypatch.setenv("MODELREG_NAMESPACE", client.namespace)
    push = ["push", "dry", str(model), "--no-environment", "--no-source", "--dry-run"]

    assert app.run([*push, "--label", "team=risk"]) == 0
    shown = capsys.readouterr()
    assert "dry" in shown.out
    assert "2.0 MiB" in shown.out
    assert app.run([*push, "--label", "team=risk", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "model": f"namespaces/{client.namespace}/models/dry",
        "file_count": 1,
        "size_bytes": _SIZE,
        "missing_count": 1,
        "missing_bytes": _SIZE,
    }
    assert app.run(push) == 1
    assert "team" in capsys.readouterr().err
    assert app.run([*push, "--alias", "in valid", "--tag", "UP=x"]) == 2
    refused = capsys.readouterr().err
    assert "--alias" in refused
    assert "--tag UP" in refused
    assert client.get_usage().used_bytes == 0
    with pytest.raises(errors.ModelNotFound):
        client.get_model("dry")


def test_a_schema_that_tests_digests_is_answered_before_anything_is_sent(
    client: Client, model: Path
) -> None:
    licence = hashlib.sha256(b"MIT").hexdigest()
    schema = {"properties": {"digest": {"const": f"sha256:{licence}"}}}
    space = f"{client.namespace}-digests"
    client.create_namespace(space)
    client.set_registration_schema(
        RegistrationSchema(json_schema=json.dumps({"properties": {"files": {"contains": schema}}})),
        namespace=space,
    )
    with pytest.raises(errors.SchemaViolated):
        client.push(f"{space}/fraud", model.parent, **PLAIN)
    assert client.get_usage(space).used_bytes == 0
    (model.parent / "LICENSE").write_bytes(b"MIT")
    assert client.push(f"{space}/fraud", model.parent, **PLAIN).number == 1
