"""Versions by reference: a record without bytes, which the registry says and rules can refuse."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from modelregistry import Client, errors
from modelregistry.types import (
    CelExpression,
    Environment,
    Policy,
    RegistrationSchema,
    RequiredFacts,
    Rule,
    Source,
    VersionRecord,
)
from tests.support.server import RegistryProcess

URI = "s3://models/fraud/7"


@pytest.fixture(scope="module")
def client(registry_process: RegistryProcess) -> Iterator[Client]:
    with Client(registry_process.target, cache=False) as made:
        yield made


def test_a_version_by_reference_says_so_and_cannot_be_pulled(
    client: Client, tmp_path: Path
) -> None:
    source = Source(run_id="0a1b", run_link="https://mlflow.example/#/runs/0a1b")
    made = client.register_reference("far", URI, alias="champion", source=source, environment=None)
    assert made.by_reference
    assert made.source == Source(uri=URI, run_id="0a1b", run_link=source.run_link)
    found = client.resolve("far@champion")
    assert (found.by_reference, found.file_count, found.size_bytes) == (True, 0, 0)
    target = tmp_path / "serving"
    for read in (
        lambda: client.pull("far@champion", target),
        lambda: list(client.list_files("far/1")),
    ):
        with pytest.raises(errors.BytesNotStored, match=URI) as refused:
            read()
        assert refused.value.metadata["uri"] == URI
    assert not target.exists()
    assert client.report("far/1").files == ()
    assert not client.diff_versions("far/1", "far/1").files_compared
    listed = [
        version.ref
        for text in ("by_reference = true", f'source.uri = "{URI}"', 'run_id = "0a1b"')
        for version in client.list_versions("-", filter=f'({text}) AND run_id = "0a1b"')
    ]
    assert listed == ["far/1"] * 3


@pytest.mark.parametrize(
    "source, problem",
    [
        (None, "source.uri"),
        (Source(), "source.uri"),
        (Source(uri="https://ann:secret@example.org/m"), "password"),
        (Source(uri="x" * 2_049), "at most 2048"),
        (Source(uri="a\x1b[31m"), "control characters"),
        (Source(uri=URI, run_link="https://t@example.org/"), "password"),
    ],
)
def test_a_reference_needs_an_address_that_can_be_shown(
    client: Client, source: Source | None, problem: str
) -> None:
    record = VersionRecord(by_reference=True, source=source)
    with pytest.raises(errors.InvalidRequest, match=problem):
        client.register("wrong", (), record)
    with pytest.raises(errors.ModelNotFound):
        client.get_model("wrong")


def test_files_and_a_reference_exclude_each_other(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"weights")
    pushed = client.push("both", file)
    record = VersionRecord(by_reference=True, source=Source(uri=URI))
    with pytest.raises(errors.InvalidRequest, match="by reference has no files"):
        client.register("both", list(client.list_files(pushed)), record)
    with pytest.raises(errors.InvalidRequest, match="at least one file"):
        client.register("both", (), VersionRecord(source=Source(uri=URI)))
    # A pushed version may say where its bytes came from.
    again = client.push("both", file, source=Source(uri=URI))
    assert not again.by_reference
    assert client.pull(again, tmp_path / "target").joinpath("model.bin").read_bytes() == b"weights"


def test_a_rule_keeps_references_out_of_a_stage(client: Client) -> None:
    rule = Rule(id="bytes", check=CelExpression(expression="!version.by_reference"))
    client.put_policy(Policy(name="bytes", to_stage="staging", models="gated", rules=(rule,)))
    client.register_reference("gated", URI, environment=Environment(), source=None)
    with pytest.raises(errors.GateRefused, match="by_reference"):
        client.set_stage("gated/1", "staging")


def test_a_registration_schema_can_demand_bytes(client: Client) -> None:
    client.create_namespace("strict")
    required = RequiredFacts(stored_bytes=True)
    client.set_registration_schema(RegistrationSchema(required=required), namespace="strict")
    with pytest.raises(errors.SchemaViolated, match="by_reference"):
        client.register_reference("strict/fraud", URI)
    schema = '{"not": {"required": ["by_reference"]}, "properties": {"source": {"type": "object"}}}'
    client.set_registration_schema(RegistrationSchema(json_schema=schema), namespace="strict")
    with pytest.raises(errors.SchemaViolated):
        client.register_reference("strict/fraud", URI)
