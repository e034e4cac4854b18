"""Handlers of deployments."""

from collections.abc import Callable

from google.protobuf.message import Message

from modelregistry.v1 import deployment_service_pb2 as pb
from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.names import DeploymentName, ModelName, NamespaceName, VersionName
from registry_grpc.domain.page import Query
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.version import VersionState
from registry_grpc.domain.violations import Violations, parsed
from registry_grpc.services.deployment import Deployments
from registry_grpc.services.deployment_sessions import DeploymentSessions
from registry_grpc.services.ports.deployment import DeploymentQuery
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.deployment import (
    check_target,
    deployment_message,
    phase_from,
    rollout_message,
)
from registry_grpc.transport.convert.version import STATES
from registry_grpc.transport.deployment_stream import DeploymentStream
from registry_grpc.transport.history import seen
from registry_grpc.transport.page import page_reply
from registry_grpc.transport.report_queue import ReportQueue

End = Callable[[RegistryError], None]


class DeploymentHandlers:
    """DeploymentService."""

    def __init__(
        self,
        deployments: Deployments,
        sessions: DeploymentSessions,
        queue: ReportQueue,
        new_id: Callable[[], str],
    ) -> None:
        self._deployments = deployments
        self._sessions = sessions
        self._queue = queue
        self._new_id = new_id

    def ReportDeployments(self, call: Call, end: End) -> DeploymentStream:
        principal, stream = call.principal.name, self._new_id()
        return DeploymentStream(principal, stream, self._sessions, self._queue, end)

    def GetDeployment(self, call: Call, request: pb.GetDeploymentRequest) -> Message:
        name = parsed("name", DeploymentName.parse, request.name)
        return deployment_message(self._deployments.get(name, seen(request)))

    def ListDeployments(self, call: Call, request: pb.ListDeploymentsRequest) -> bytes:
        wanted, model = _query(request)
        arguments = (
            *(request.parent, request.model, request.version, request.target),
            *(str(request.phase), ",".join(sorted(wanted.states))),
        )
        query = Query(call.method, arguments, (str, str, str))
        page = query.page(request.page_size, request.page_token)
        result = self._deployments.list(query, page, wanted, model, seen(request))
        return page_reply(
            pb.ListDeploymentsResponse,
            result,
            map(deployment_message, result.items),
            call.history,
        )

    def GetRollout(self, call: Call, request: pb.GetRolloutRequest) -> bytes:
        reference = parsed("ref", Reference.parse, request.ref)
        query = Query(call.method, (str(reference),), (str, str, str))
        page = query.page(request.page_size, request.page_token)
        rollout, result = self._deployments.rollout(query, page, reference, seen(request))
        return page_reply(
            pb.GetRolloutResponse,
            result,
            map(deployment_message, result.items),
            call.history,
            rollout=rollout_message(rollout),
        )


def _query(request: pb.ListDeploymentsRequest) -> tuple[DeploymentQuery, ModelName | None]:
    found = Violations()
    parent = found.argument("parent", NamespaceName.parse, request.parent)
    model = found.parse("model", ModelName.parse, request.model) if request.model else None
    number = None
    if request.version:
        found.check("model", not request.model, "cannot go with version")
        version = found.parse("version", VersionName.parse, request.version)
        if version is not None:
            model, number = version.parent, version.number
    if model is not None and not found:
        inside = model.namespace == parent.value.namespace
        found.check("version" if request.version else "model", inside, "is not in the parent")
    check_target(found, "target", request.target, required=False)
    phase = phase_from(found, "phase", request.phase)
    states = set[VersionState]()
    for index, value in enumerate(request.version_states):
        state = next((one for one, message in STATES.items() if message == value), None)
        found.check(f"version_states[{index}]", state is not None, "is not a state")
        if state is not None:
            states.add(state)
    found.raise_if_any()
    wanted = DeploymentQuery(
        parent.value.namespace,
        number=number,
        target=request.target,
        phase=phase,
        states=frozenset(states),
    )
    return wanted, model
