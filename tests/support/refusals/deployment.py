"""Bad requests to DeploymentService."""
# ruff: noqa: E501, ANN401 - a table: one row, one line, and whatever a message has for fields

from collections.abc import Iterator
from typing import Any, cast

from google.protobuf.duration_pb2 import Duration

from modelregistry.v1 import deployment_pb2
from modelregistry.v1 import deployment_service_pb2 as pb
from tests.support.content import NAMESPACE
from tests.support.refusals.case import World, case

UNKNOWN = f"{NAMESPACE}/deployments/01890000-0000-8000-8000-000000000000"


def served(version: str, **fields: Any) -> deployment_pb2.Deployment:
    """Return a deployment, right but for what is given."""
    right = {"version": version, "phase": deployment_pb2.DEPLOYMENT_PHASE_SERVING, **fields}
    return deployment_pb2.Deployment(**right)


def report(*deployments: deployment_pb2.Deployment, **fields: Any) -> pb.ReportDeploymentsRequest:
    """Return the first message of a stream, right but for what is given."""
    right: dict[str, Any] = {"parent": NAMESPACE, "target": "eu-prod", "instance": "a"}
    stated = pb.DeploymentReport(deployments=deployments)
    return pb.ReportDeploymentsRequest(**{**right, "report": stated, **fields})


def _of(w: World, *numbers: int, **fields: Any) -> Iterator[pb.ReportDeploymentsRequest]:
    return iter([report(*(served(f"{w.id}/{n}") for n in numbers), **fields)])


def _then(**fields: Any) -> Iterator[pb.ReportDeploymentsRequest]:
    yield report()
    yield pb.ReportDeploymentsRequest(**fields)


def _one(w: World, **fields: Any) -> Iterator[pb.ReportDeploymentsRequest]:
    return iter([report(served(f"{w.id}/1", **fields))])


# fmt: off
DEPLOYMENTS = [
    case("ReportDeployments", lambda _: iter([]), "INVALID_REQUEST", "request"),
    case("ReportDeployments", lambda _: iter([pb.ReportDeploymentsRequest()]), "INVALID_REQUEST", "parent", "target", "instance", "report"),
    case("ReportDeployments", lambda w: _of(w, 1, target="t" * 10_240), "INVALID_REQUEST", "target"),
    case("ReportDeployments", lambda w: _of(w, 1, instance="i" * 10_240), "INVALID_REQUEST", "instance"),
    case("ReportDeployments", lambda w: _of(w, 1, target="a\x1b[31m", instance="a\nb"), "INVALID_REQUEST", "target", "instance"),
    case("ReportDeployments", lambda w: _of(w, 1, ttl=Duration(seconds=4)), "INVALID_REQUEST", "ttl"),
    case("ReportDeployments", lambda w: _of(w, 1, ttl=Duration(seconds=601)), "INVALID_REQUEST", "ttl"),
    case("ReportDeployments", lambda w: _of(w, 1, ttl=Duration(nanos=2**31 - 1)), "INVALID_REQUEST", "ttl"),
    case("ReportDeployments", lambda w: _of(w, 1, parent=f"{NAMESPACE}/models/x"), "INVALID_REQUEST", "parent"),
    case("ReportDeployments", lambda w: _of(w, 1, 1), "INVALID_REQUEST", "report.deployments[1]"),
    case("ReportDeployments", lambda w: iter([report(*(served(f"{w.id}/1", reference=f"{w.id}@a{n}") for n in range(513)))]), "INVALID_REQUEST", "report.deployments"),
    case("ReportDeployments", lambda _: iter([report(served("x"), served("risk/fraud/1"), served("fraud@champion"))]), "INVALID_REQUEST", "report.deployments[0].version", "report.deployments[1].version", "report.deployments[2].version"),
    case("ReportDeployments", lambda w: _one(w, reference="another@champion"), "INVALID_REQUEST", "report.deployments[0].reference"),
    case("ReportDeployments", lambda w: _one(w, reference="???"), "INVALID_REQUEST", "report.deployments[0].reference"),
    case("ReportDeployments", lambda w: _one(w, phase=0, arm="x" * 64, message="m" * 513), "INVALID_REQUEST", "report.deployments[0].message", "report.deployments[0].arm", "report.deployments[0].phase"),
    case("ReportDeployments", lambda w: _one(w, phase=9), "INVALID_REQUEST", "report.deployments[0].phase"),
    case("ReportDeployments", lambda _: _then(target="another", report=pb.DeploymentReport()), "INVALID_REQUEST", "target"),
    case("ReportDeployments", lambda _: _then(parent=NAMESPACE), "INVALID_REQUEST", "parent"),
    case("ReportDeployments", lambda w: _of(w, 99), "VERSION_NOT_FOUND"),
    case("ReportDeployments", lambda _: iter([report(served("nothing/1"))]), "MODEL_NOT_FOUND"),
    case("ReportDeployments", lambda w: _of(w, parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("ReportDeployments", lambda w: iter([report(served(f"{w.id}/1", message="m" * 204_800))]), "LIMIT_EXCEEDED"),
    case("GetDeployment", lambda _: pb.GetDeploymentRequest(name="x"), "INVALID_REQUEST", "name"),
    case("GetDeployment", lambda _: pb.GetDeploymentRequest(name=UNKNOWN), "DEPLOYMENT_NOT_FOUND"),
    case("ListDeployments", lambda _: pb.ListDeploymentsRequest(), "INVALID_REQUEST", "parent"),
    case("ListDeployments", lambda _: pb.ListDeploymentsRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("ListDeployments", lambda w: pb.ListDeploymentsRequest(parent=NAMESPACE, model=w.model, version=f"{w.model}/versions/1"), "INVALID_REQUEST", "model"),
    case("ListDeployments", lambda _: pb.ListDeploymentsRequest(parent=NAMESPACE, model="namespaces/risk/models/fraud"), "INVALID_REQUEST", "model"),
    case("ListDeployments", lambda _: pb.ListDeploymentsRequest(parent=NAMESPACE, model="x", version="y", phase=cast("Any", 9), version_states=cast("Any", [9]), target="t" * 129), "INVALID_REQUEST", "model", "model", "version", "target", "phase", "version_states[0]"),
    case("ListDeployments", lambda w: pb.ListDeploymentsRequest(parent=NAMESPACE, version=f"{w.model}/versions/99"), "VERSION_NOT_FOUND"),
    case("ListDeployments", lambda _: pb.ListDeploymentsRequest(parent=NAMESPACE, model=f"{NAMESPACE}/models/nothing"), "MODEL_NOT_FOUND"),
    case("ListDeployments", lambda _: pb.ListDeploymentsRequest(parent=NAMESPACE, page_token="e30"), "INVALID_REQUEST", "page_token"),
    case("GetRollout", lambda _: pb.GetRolloutRequest(ref="x"), "INVALID_REQUEST", "ref"),
    case("GetRollout", lambda w: pb.GetRolloutRequest(ref=f"{w.id}@nobody"), "ALIAS_NOT_FOUND"),
    case("GetRollout", lambda _: pb.GetRolloutRequest(ref="nothing@champion"), "MODEL_NOT_FOUND"),
    case("GetRollout", lambda w: pb.GetRolloutRequest(ref=f"{w.id}@champion", page_size=-1), "INVALID_REQUEST", "page_size"),
]
