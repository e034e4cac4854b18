"""One stream of ReportDeployments: the reports of an instance, and its heartbeats."""

import time
from collections.abc import Callable
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
from registry_grpc.domain.names import NamespaceName
from registry_grpc.domain.violations import Violations
from registry_grpc.services.deployment_report import Report, Session
from registry_grpc.services.deployment_sessions import DeploymentSessions
from registry_grpc.transport.convert.deployment import check_instance, check_target, reported_from
from registry_grpc.transport.convert.time import duration
from registry_grpc.transport.report_queue import ReportQueue

_CHANGED: Final = 1.25
"""The factor by which the interval of heartbeats changes before the instance is told."""


class DeploymentStream:
    """Applies the reports of one stream, and keeps its instance alive between them."""

    def __init__(
        self,
        principal: str,
        stream: str,
        sessions: DeploymentSessions,
        queue: ReportQueue,
        end: Callable[[RegistryError], None],
    ) -> None:
        """stream: its id. end: ends it with an error."""
        self._principal = principal
        self._stream = stream
        self._opened = time.monotonic()
        self._sessions = sessions
        self._queue = queue
        self._end = end
        self._stated: _Stated | None = None
        self._session: Session | None = None
        self._position = Position()
        self._count = 0
        self._ended = False
        self._told = 0.0

    async def report(self, message: pb.ReportDeploymentsRequest) -> Message | None:
        """Apply a message: the first one states the instance."""
        stated, session = self._stated, self._session
        if stated is None:
            stated = self._stated = _Stated.read(message)
            report: tuple[Reported, ...] | None = stated.deployments
        else:
            report = stated.next(message)
        if report is None:
            return self.heartbeat()
        applied = await self._queue.apply(
            Report(
                self._stream if session is None else session.id,
                stated.key,
                self._principal,
                stated.ttl,
                report,
                begins=session is None,
                ended=self._ended,
                since=self._since,
            )
        )
        if session is None:
            key, ttl, end = stated.key, stated.ttl, self._end
            session = self._session = Session(applied.session, key, self._principal, ttl, end)
        self._ended, self._count, self._position = not report, self._count + 1, applied.position
        (self._sessions.close if self._ended else self._sessions.open)(session)
        return self._reply(self._sessions.interval(session))

    def _since(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self._opened)

    def heartbeat(self) -> Message | None:
        """Let the instance live on; return a reply if it is to send heartbeats at another rate."""
        session = self._session
        if session is None:
            return None
        self._sessions.beat(session)
        interval = self._sessions.interval(session)
        if self._told / _CHANGED <= interval <= self._told * _CHANGED:
            return None
        return self._reply(interval)

    def close(self) -> None:
        """Keep the instance alive no longer: the stream is over."""
        if self._session is not None:
            self._sessions.close(self._session)

    def _reply(self, interval: float) -> Message:
        self._told = interval
        reply = pb.ReportDeploymentsResponse(
            revision=self._position.revision,
            history_id=self._position.history,
            reports=self._count,
        )
        reply.heartbeat_interval.FromTimedelta(timedelta(seconds=interval))
        return reply


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
        """Read a later message: its deployments, None for a heartbeat with unknown fields."""
        found = Violations()
        for field, _ in request.ListFields():
            only = "goes only into the first message of a stream"
            found.check(field.name, field.name == "report", only)
        deployments = reported_from(found, self.key.namespace, request.report.deployments)
        found.raise_if_any()
        return tuple(deployments) if request.HasField("report") else None
