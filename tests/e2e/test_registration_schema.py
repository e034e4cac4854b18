"""Registration schemas over the wire, in the SDK and on the command line, on both databases."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from modelregistry import (
    Client,
    DatasetInput,
    DatasetRole,
    RegistrationSchema,
    RequiredFacts,
    Source,
    Version,
)
from modelregistry.cli import app
from modelregistry.errors import (
    EtagMismatch,
    InvalidRequest,
    ModelNotFound,
    NamespaceNotFound,
    SchemaNotFound,
    SchemaViolated,
)
from modelregistry.v1 import governance_service_pb2 as pb
from modelregistry.v1 import registration_schema_pb2
from tests.support.server import RegistryProcess
from tests.support.stubs import connected, refused

_NUMBERS = count(1)
_TEXT = json.dumps({"properties": {"metrics": {"required": ["auc"]}}, "required": ["metrics"]})
_SCHEMA = RegistrationSchema(
    json_schema=_TEXT,
    required=RequiredFacts(
        files=("*.onnx",),
        labels=("team",),
        metrics=("f1",),
        pinned_inputs=(DatasetRole.TRAINING,),
        clean_commit=True,
    ),
)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def client(registry_on_either: RegistryProcess) -> Iterator[Client]:
    """A client of a namespace of its own."""
    name = f"schema-{next(_NUMBERS)}-{uuid4().hex[:6]}"
    with Client(registry_on_either.target, namespace=name, cache=False) as made:
        made.create_namespace(name)
        yield made


@pytest.fixture
def run(client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("MODELREG_SERVER", client.target)
    monkeypatch.setenv("MODELREG_NAMESPACE", client.namespace)

    def run(*arguments: object) -> tuple[int, str, str]:
        code = app.run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"weights")
    return path


def test_a_push_is_refused_with_everything_that_is_wrong_and_let_in_when_mended(
    client: Client, model: Path, tmp_path: Path
) -> None:
    client.set_registration_schema(_SCHEMA)
    (tmp_path / "model.bin").write_bytes(b"weights")
    with pytest.raises(SchemaViolated) as refusal:
        client.push("fraud", tmp_path / "model.bin", environment=None, source=None)
    assert [violation.description for violation in refusal.value.violations] == [
        "files: no path matches '*.onnx'",
        "labels: 'team' is missing",
        "metrics: 'f1' is missing",
        "inputs: there is none for training",
        "source.commit: is missing",
        "source.dirty: it is not known whether the work tree was clean",
        "record: 'metrics' is a required property",
    ]
    assert refusal.value.metadata["violation_count"] == "7"
    with pytest.raises(ModelNotFound):
        client.get_model("fraud")

    version = _push(client, model)
    assert version.number == 1


def _push(client: Client, path: Path, **facts: Any) -> Version:  # noqa: ANN401 - of any kind
    wanted: dict[str, Any] = {
        "labels": {"team": "risk"},
        "metrics": {"auc": 0.9, "f1": 0.8},
        "inputs": [DatasetInput(uri="s3://claims", digest="sha256:" + "a" * 64)],
        "source": Source(commit="a" * 40, dirty=False),
        **facts,
    }
    return client.push("fraud", path, **wanted)


def test_a_schema_comes_back_as_it_was_set_and_every_one_stays(client: Client) -> None:
    with pytest.raises(SchemaNotFound):
        client.registration_schema()
    first = client.set_registration_schema(_SCHEMA, reason="monitoring needs it")
    assert (first.json_schema, first.required) == (_SCHEMA.json_schema, _SCHEMA.required)
    assert (first.number, first.namespace) == (1, client.namespace)
    second = client.set_registration_schema(RegistrationSchema(), etag=first.etag)
    assert second.is_empty
    with pytest.raises(EtagMismatch):
        client.set_registration_schema(_SCHEMA, etag=first.etag)
    assert client.registration_schema() == second
    assert client.registration_schema(number=1) == first
    assert list(client.registration_schema_revisions(page_size=1)) == [second, first]


def test_a_text_that_is_no_schema_is_refused(client: Client) -> None:
    wrong = RegistrationSchema(json_schema='{"$ref": "https://example.org"}')
    with pytest.raises(InvalidRequest) as refusal:
        client.set_registration_schema(wrong)
    assert [violation.field for violation in refusal.value.violations] == ["schema.json_schema"]
    with pytest.raises(InvalidRequest):
        list(client.check_registration_schema(wrong))
    with pytest.raises(NamespaceNotFound):
        client.set_registration_schema(_SCHEMA, "nowhere")


def test_a_check_tells_which_versions_would_fail(client: Client, model: Path) -> None:
    good, bad = _push(client, model), _push(client, model, labels={}, metrics={"f1": 1.0})
    found = list(client.check_registration_schema(_SCHEMA, page_size=1))
    assert [(item.version, item.violations) for item in found] == [
        (bad.name, ("labels: 'team' is missing", "metrics: 'auc' is a required property"))
    ]
    client.label_version(bad, {"team": "risk"})
    (left,) = client.check_registration_schema(_SCHEMA)
    assert left.violations == ("metrics: 'auc' is a required property",)
    assert good.name not in {item.version for item in found}


def test_a_change_of_the_schema_is_heard(client: Client) -> None:
    made = client.set_registration_schema(_SCHEMA, reason="to be heard")
    (event,) = [event for event in client.list_changes() if event.action == "schema.set"]
    assert (event.name, event.reason, event.before, event.after) == (
        made.name,
        "to be heard",
        None,
        made,
    )


@pytest.mark.parametrize(
    "fields,named",
    [
        ({"name": "namespaces/x"}, {"schema.name"}),
        ({"json_schema": "{" * 300_000}, {"schema.json_schema"}),
        ({"required": registration_schema_pb2.RequiredFacts(labels=[""] * 65)},
         {"schema.required.labels", "schema.required.labels[0]"}),
        ({"required": registration_schema_pb2.RequiredFacts(files=["x" * 257])},
         {"schema.required.files[0]"}),
        ({"required": registration_schema_pb2.RequiredFacts(pinned_inputs=[9])},  # type: ignore[list-item]
         {"schema.required.pinned_inputs[0]"}),
    ],
    ids=["name", "too large", "labels", "files", "role"],
)  # fmt: skip
def test_a_request_that_is_wrong_names_its_fields(
    client: Client, fields: dict[str, Any], named: set[str]
) -> None:
    name = f"namespaces/{client.namespace}/registrationSchema"
    schema = registration_schema_pb2.RegistrationSchema(**{"name": name, **fields})
    with connected(client.target) as stubs:
        request = pb.SetRegistrationSchemaRequest(schema=schema)
        refusal = refused(stubs.SetRegistrationSchema, request)
    assert refusal.reason == "INVALID_REQUEST"
    assert named <= set(refusal.fields)


def _file(path: Path, **fields: Any) -> Path:  # noqa: ANN401 - JSON
    path.write_text(json.dumps(fields))
    return path


def test_the_command_line_sets_a_schema_after_telling_what_would_fail_it(
    run: Run, client: Client, model: Path, tmp_path: Path
) -> None:
    _push(client, model, labels={})
    file = _file(tmp_path / "schema.json", json_schema=json.loads(_TEXT),
                 required={"labels": ["team"], "pinned_inputs": ["training"]})  # fmt: skip
    called = f"{client.namespace}/fraud/1"

    code, out, _ = run("schema", "check", file)
    assert code == 1
    assert called in out
    assert "labels: 'team' is missing" in out

    code, out, err = run("schema", "set", file, "--yes", "--reason", "monitoring")
    assert code == 0, err
    assert f"{called}  labels: 'team' is missing" in err
    assert "schema 1 of" in out
    assert client.registration_schema().required.labels == ("team",)

    code, out, _ = run("schema", "show")
    assert code == 0
    assert "needs labels" in out
    assert '"auc"' in out

    code, _, err = run("push", "fraud", model)
    assert code == 1
    assert "  labels: 'team' is missing" in err.splitlines()
    assert "modelreg schema show" in err

    client.label_version("fraud/1", {"team": "risk"})
    assert run("schema", "check")[0] == 0


def test_what_the_command_line_shows_as_a_file_says_what_is_wanted_and_no_more(
    run: Run, client: Client, tmp_path: Path
) -> None:
    wanted = RequiredFacts(labels=("team",), pinned_inputs=(DatasetRole.TRAINING,))
    client.set_registration_schema(RegistrationSchema(json_schema="false", required=wanted))
    _, out, _ = run("schema", "show", "--as-file")
    required = {"labels": ["team"], "pinned_inputs": ["training"]}
    assert json.loads(out) == {"json_schema": False, "required": required}
    file = tmp_path / "shown.json"
    file.write_text(out)
    _, out, _ = run("schema", "set", file, "--json")
    assert json.loads(out)["number"] == 1
    run("schema", "set", _file(tmp_path / "none.json"))
    assert run("schema", "show", "--as-file")[1] == "{}\n"


def test_what_the_command_line_shows_as_json_it_takes_again(
    run: Run, client: Client, tmp_path: Path
) -> None:
    client.set_registration_schema(_SCHEMA)
    code, out, _ = run("schema", "show", "--json")
    assert code == 0
    file = tmp_path / "shown.json"
    file.write_text(out)
    code, out, err = run("schema", "set", file, "--json")
    assert code == 0, err
    assert json.loads(out)["number"] == 1
    assert json.loads(out)["failures"] == []
    code, out, _ = run("schema", "set", _file(tmp_path / "none.json"), "--json")
    assert json.loads(out)["number"] == 2
    code, out, _ = run("schema", "history")
    assert [line.split()[0] for line in out.splitlines()] == ["REVISION", "2", "1"]


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"labels": ["x"]}', '{"required": {"labels": "x"}}',
             '{"required": {"pinned_inputs": ["trainng"]}}', '{"check_formats": 1}'],
)  # fmt: skip
def test_a_file_that_is_no_schema_is_wrong_usage(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(text)
    code, out, err = run("schema", "set", file)
    assert (code, out) == (2, "")
    assert str(file) in err
