"""The server as the real grpcurl meets it: it describes itself, and its errors say why."""

import json
import subprocess
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from tests.support.content import a_file, a_model, a_version
from tests.support.grpcurl import VERSION, Grpcurl, Outcome, install, readme_lines
from tests.support.server import RegistryProcess
from tests.support.stubs import connected

# Go may have to build grpcurl first, within the time of the test that asks for it.
pytestmark = pytest.mark.timeout(600)

SERVICES = {
    f"modelregistry.v1.{name}Service"
    for name in (
        *("Artifact", "Catalog", "Deployment", "Governance", "Lineage", "Lookup", "Monitoring"),
        "Route",
    )
}
RESOLVE = "modelregistry.v1.LookupService/ResolveVersion"
REGISTER = "modelregistry.v1.CatalogService/RegisterVersion"
GOVERNANCE = "modelregistry.v1.GovernanceService"
# grpcurl exits with 64 more than the status code; NOT_FOUND is 5.
NOT_FOUND = 64 + 5


@pytest.fixture(scope="module")
def binary() -> Path:
    # Only PyPI is promised to the tests: without Go, or without its modules, they are skipped.
    try:
        return install()
    except FileNotFoundError as error:
        pytest.skip(f"no grpcurl: {error}")
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"grpcurl {VERSION} could not be built: {error}")


@pytest.fixture
def grpcurl(binary: Path, registry_process: RegistryProcess) -> Grpcurl:
    return Grpcurl(binary, registry_process.target)


def answer(outcome: Outcome) -> Any:  # noqa: ANN401 - whatever the reply holds
    assert (outcome.code, outcome.stderr) == (0, "")
    return json.loads(outcome.stdout)


def status(outcome: Outcome) -> tuple[Any, dict[str, Any]]:
    """The status that -format-error prints, and its details by their type."""
    found = json.loads(outcome.stderr)
    details = {detail["@type"].rpartition("/")[2]: detail for detail in found["details"]}
    return found, details


def test_list_names_the_services(grpcurl: Grpcurl) -> None:
    found = grpcurl("list")

    assert found.code == 0
    assert set(found.stdout.split()) >= SERVICES | {"grpc.health.v1.Health"}


def test_list_names_every_method_of_a_service(grpcurl: Grpcurl) -> None:
    found = grpcurl("list", "modelregistry.v1.CatalogService")

    service = catalog.DESCRIPTOR.services_by_name["CatalogService"]
    assert sorted(found.stdout.split()) == sorted(method.full_name for method in service.methods)


def test_describe_shows_the_methods_of_a_service_and_their_permissions(grpcurl: Grpcurl) -> None:
    found = grpcurl("describe", "modelregistry.v1.LookupService")

    assert found.code == 0
    assert "rpc ResolveVersion ( .modelregistry.v1.ResolveVersionRequest )" in found.stdout
    access = '(.modelregistry.v1.access) = { permission: PERMISSION_READ, reference: "ref" };'
    assert f"option {access}" in found.stdout


def test_describe_shows_a_method_by_its_name(grpcurl: Grpcurl) -> None:
    found = grpcurl("describe", "modelregistry.v1.LookupService.ResolveVersion")
    assert "rpc ResolveVersion ( .modelregistry.v1.ResolveVersionRequest )" in found.stdout


def test_describe_shows_the_fields_of_a_message(grpcurl: Grpcurl) -> None:
    found = grpcurl("describe", "modelregistry.v1.ResolveVersionRequest")

    assert found.code == 0
    fields = lookup.ResolveVersionRequest.DESCRIPTOR.fields
    shown = found.stdout.splitlines()
    for field in fields:
        assert any(f" {field.name} = {field.number}" in line for line in shown)


def test_a_registration_and_a_lookup_agree(
    grpcurl: Grpcurl, registry_process: RegistryProcess
) -> None:
    with connected(registry_process.target) as stubs:
        model = a_model(stubs)
        file = a_file(stubs, data=b"weights")
    request = {
        "parent": model,
        "alias": "champion",
        "files": [{"path": file.path, "digest": file.digest, "size_bytes": 7}],
        "version": {
            "metrics": {"auc": 0.91},
            "slices": [
                {
                    "dimension": "age",
                    "value": "60-69",
                    "count": 40,
                    "metric": "auc",
                    "result": 0.88,
                    "interval": {"low": 0.8, "high": 0.93, "level": 0.95},
                }
            ],
        },
    }

    registered = answer(grpcurl(REGISTER, data=json.dumps(request)))
    reference = f"{model.rpartition('/')[2]}@champion"
    resolved = answer(
        grpcurl(RESOLVE, data=json.dumps({"ref": reference, "view": "VERSION_VIEW_FULL"}))
    )

    assert registered["name"] == f"{model}/versions/1"
    assert resolved["version"]["root_digest"] == registered["root_digest"]
    assert resolved["version"]["metrics"] == {"auc": 0.91}
    assert resolved["version"]["slices"][0]["interval"] == {"low": 0.8, "high": 0.93, "level": 0.95}


def test_an_error_comes_with_its_details_decoded(
    grpcurl: Grpcurl, registry_process: RegistryProcess
) -> None:
    with connected(registry_process.target) as stubs:
        model = a_model(stubs)
        a_version(stubs, model)
    reference = f"{model.rpartition('/')[2]}@nobody"

    found = grpcurl.run(
        *("-plaintext", "-format-error", "-d", json.dumps({"ref": reference})),
        *(grpcurl.target, RESOLVE),
    )

    assert (found.code, found.stdout) == (NOT_FOUND, "")
    said, details = status(found)
    assert said["code"] == grpc.StatusCode.NOT_FOUND.value[0]
    assert details["google.rpc.ErrorInfo"]["domain"] == "modelregistry"
    assert details["google.rpc.ErrorInfo"]["reason"] == "ALIAS_NOT_FOUND"
    assert details["google.rpc.ErrorInfo"]["metadata"] == {"resource": f"{model}/aliases/nobody"}
    assert details["google.rpc.RequestInfo"]["request_id"]


def test_a_bad_request_names_every_field_that_is_wrong(grpcurl: Grpcurl) -> None:
    bad = {"parent": "namespaces/default/models/x", "version": {"metrics": {"auc": "NaN"}}}

    found = grpcurl.run(
        *("-plaintext", "-format-error", "-d", json.dumps(bad), grpcurl.target, REGISTER)
    )

    _, details = status(found)
    assert details["google.rpc.ErrorInfo"]["reason"] == "INVALID_REQUEST"
    violations = details["google.rpc.BadRequest"]["field_violations"]
    assert {violation["field"] for violation in violations} >= {"files", "version.metrics['auc']"}


def test_a_gate_says_what_it_found_and_opens_for_new_evidence(
    grpcurl: Grpcurl, registry_process: RegistryProcess
) -> None:
    with connected(registry_process.target) as stubs:
        model = a_model(stubs)
        version = a_version(stubs, model).name
    rule = {"id": "auc", "bound": {"metric": "auc", "minimum": 0.9}}
    policy = {
        "name": f"namespaces/default/policies/for-{model.rpartition('/')[2]}",
        "to_stage": "staging",
        "models": model.rpartition("/")[2],
        "rules": [rule],
    }
    answer(grpcurl(f"{GOVERNANCE}/PutPolicy", data=json.dumps({"policy": policy})))
    wanted = json.dumps({"moves": [{"version": version, "to_stage": "staging"}]})

    refused = grpcurl.run(
        *("-plaintext", "-format-error", "-d", wanted),
        *(grpcurl.target, f"{GOVERNANCE}/RequestTransition"),
    )
    said, details = status(refused)
    assert said["code"] == grpc.StatusCode.FAILED_PRECONDITION.value[0]
    (finding,) = details["modelregistry.v1.GateReport"]["findings"]
    assert (finding["version"], finding["rule"], finding["actual"]) == (version, "auc", "missing")

    evidence = {"parent": version, "evaluation": {"metrics": {"auc": 0.95}}}
    answer(grpcurl(f"{GOVERNANCE}/SubmitEvaluation", data=json.dumps(evidence)))
    applied = answer(grpcurl(f"{GOVERNANCE}/RequestTransition", data=wanted))
    assert applied["state"] == "TRANSITION_STATE_APPLIED"


@pytest.mark.parametrize("service", ["", *sorted(SERVICES)], ids=lambda name: name or "all")
def test_the_health_check_says_serving(grpcurl: Grpcurl, service: str) -> None:
    found = grpcurl("grpc.health.v1.Health/Check", data=json.dumps({"service": service}))

    assert answer(found) == {"status": "SERVING"}


def test_the_health_check_of_an_unknown_service_is_not_found(grpcurl: Grpcurl) -> None:
    found = grpcurl("grpc.health.v1.Health/Check", data='{"service": "nobody"}')

    assert found.code == NOT_FOUND


def test_the_lines_of_the_readme_run_as_they_stand(
    binary: Path, own_registry: RegistryProcess
) -> None:
    # A registry that has nothing in it, as the newcomer's has.
    newcomer = Grpcurl(binary, own_registry.start().target)
    *succeeding, failing = readme_lines()

    for line in succeeding:
        done = newcomer.line(line)
        assert (done.code, done.stderr) == (0, ""), line
    refused = newcomer.line(failing)

    assert len(succeeding) > 1
    assert refused.code == NOT_FOUND
    assert '"reason": "ALIAS_NOT_FOUND"' in refused.stderr


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_reflection_answers_under_both_names(
    registry_process: RegistryProcess, version: str
) -> None:
    asked = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(
            file_containing_symbol="modelregistry.v1.LookupService"
        ),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="modelregistry.v1.Nobody"),
    ]
    with grpc.insecure_channel(registry_process.target) as channel:
        # The messages of v1 are those of v1alpha; only the name of the method differs.
        call = channel.stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            reflection_pb2.ServerReflectionRequest.SerializeToString,
            reflection_pb2.ServerReflectionResponse.FromString,
        )
        listed, file, unknown = call(iter(asked), timeout=10)

    names = {service.name for service in listed.list_services_response.service}
    assert names >= SERVICES
    # The file comes with what it imports, so that a client can understand it.
    files = list(file.file_descriptor_response.file_descriptor_proto)
    assert lookup.DESCRIPTOR.serialized_pb in files
    assert unknown.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


def test_a_client_can_rebuild_the_contract_from_reflection(
    registry_process: RegistryProcess,
) -> None:
    with grpc.insecure_channel(registry_process.target) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        served = {name for name in database.get_services() if name.startswith("modelregistry.")}
        rebuilt = database.FindFileContainingSymbol("modelregistry.v1.CatalogService")

    assert served == SERVICES
    assert rebuilt.SerializeToString() == catalog.DESCRIPTOR.serialized_pb
