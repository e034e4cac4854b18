"""Handlers of deployments."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from google.protobuf.message import Message

from modelregistry.v1 import deployment_service_pb2 as pb
from registry_grpc.domain.deployment import (
    DEFAULT_TTL,
    LONGEST_TTL,
    SHORTEST_TTL,
    InstanceKey,
    Reported,
)
from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.history import Position
from registry_grpc.domain.names import DeploymentName, ModelName, NamespaceName, VersionName
from registry_grpc.domain.page import Query
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.version import VersionState
from registry_grpc.domain.violations import Violations, invalid, parsed
from registry_grpc.services.deployment import Deployments
from registry_grpc.services.deployment_report import Report
from registry_grpc.services.deployment_sessions import DeploymentSessions, Session
from registry_grpc.services.ports.deployment import DeploymentQuery
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.deployment import (
    check_instance,
    check_target,
    deployment_message,
    phase_from,
    reported_from,
    rollout_message,
)
from registry_grpc.transport.convert.time import duration, duration_message
from registry_grpc.transport.convert.version import STATES
from registry_grpc.transport.history import seen
from registry_grpc.transport.page import page_reply
from registry_grpc.transport.report_queue import ReportQueue

_BURST: Final = 10
"""The messages of a stream that are read at once; after that one is read each second."""
_CHANGED: Final = 1.25
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

    async def ReportDeployments(
        self, call: Call, requests: AsyncIterator[pb.ReportDeploymentsRequest | None], end: End
    ) -> AsyncGenerator[Message, None]:
        first = await anext(requests, None)
        if first is None:
            raise invalid("parent", "is required in the first message")
        stated = _Stated.read(first)
        session = Session(self._new_id(), stated.key, call.principal.name, stated.ttl, end)
        position, told, ended, count = Position(), timedelta(), False, 0
        report: tuple[Reported, ...] | None = stated.deployments
        pace = _Pace()
        try:
            while True:
                if report is not None:
                    position = await self._queue.apply(
                        Report(
                            session.id,
                            stated.key,
                            call.principal.name,
                            stated.ttl,
                            report,
                            begins=not count,
                            ended=ended,
                        )
                    )
                    ended, count = not report, count + 1
                    (self._sessions.close if ended else self._sessions.open)(session)
                else:
                    self._sessions.beat(session)
                interval = self._sessions.interval(stated.ttl)
                if report is not None or not told / _CHANGED <= interval <= told * _CHANGED:
                    told = interval
                    yield _reply(interval, position, count)
                await pace.wait()
                try:
                    request = await anext(requests)
                except StopAsyncIteration:
                    return
                report = None if request is None else stated.next(request)
        finally:
            self._sessions.close(session)

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


@dataclass(frozen=True, slots=True)
class _Stated:
    """The first message of a stream: the instance, and its first deployments."""

    key: InstanceKey
    ttl: timedelta
    deployments: tuple[Reported, ...]

    @classmethod
    def read(cls, request: pb.ReportDeploymentsRequest) -> "_Stated":
        """Read the first message; raise InvalidRequest with every violation."""
        found = Violations()
        parent = found.parse("parent", NamespaceName.parse, request.parent)
        check_target(found, "target", request.target)
        check_instance(found, "instance", request.instance)
        ttl = DEFAULT_TTL
        if request.HasField("ttl"):
            try:
                ttl = duration(request.ttl)
            except ValueError as error:
                found.add("ttl", str(error))
            found.check("ttl", SHORTEST_TTL <= ttl <= LONGEST_TTL, "is 5 seconds to 10 minutes")
        found.check("report", request.HasField("report"), "is required in the first message")
        namespace = "" if parent is None else parent.namespace
        deployments = reported_from(found, namespace, request.report.deployments)
        found.raise_if_any()
        return cls(
            InstanceKey(namespace, request.target, request.instance), ttl, tuple(deployments)
        )

    def next(self, request: pb.ReportDeploymentsRequest) -> tuple[Reported, ...] | None:
        """Read a later message: its deployments, None for a heartbeat."""
        found = Violations()
        for field, _ in request.ListFields():
            only = "goes only into the first message of a stream"
            found.check(field.name, field.name == "report", only)
        deployments = reported_from(found, self.key.namespace, request.report.deployments)
        found.raise_if_any()
        return tuple(deployments) if request.HasField("report") else None


class _Pace:
    """Limits the rate at which the messages of one stream are read."""

    def __init__(self) -> None:
        self._due = 0.0

    async def wait(self) -> None:
        """Return once the next message may be read."""
        now = time.monotonic()
        self._due = max(self._due, now) + 1.0
        ahead = self._due - now - _BURST
        if ahead > 0:
            await asyncio.sleep(ahead)


def _reply(interval: timedelta, position: Position, count: int) -> pb.ReportDeploymentsResponse:
    return pb.ReportDeploymentsResponse(
        heartbeat_interval=duration_message(interval),
        revision=position.revision,
        history_id=position.history,
        reports=count,
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
