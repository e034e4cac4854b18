"""Handlers of the states of monitors."""

from uuid import UUID

from google.protobuf.message import Message

from modelregistry.v1 import monitoring_service_pb2 as pb
from registry_grpc.domain.names import MonitorName, MonitorStateName, NamespaceName, VersionName
from registry_grpc.domain.page import Query
from registry_grpc.domain.violations import Violations, parsed
from registry_grpc.services.monitor_state import MonitorStates
from registry_grpc.services.ports.monitor import StateQuery
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.monitor import NO_SEVERITY, SEVERITIES_BACK
from registry_grpc.transport.convert.monitor_state import (
    NO_PHASE,
    PHASES_BACK,
    monitor_state_message,
)
from registry_grpc.transport.history import seen
from registry_grpc.transport.page import page_reply

_MOST_PHASES = 10


class MonitorStateHandlers:
    """MonitoringService, as far as states go."""

    def __init__(self, states: MonitorStates) -> None:
        self._states = states

    def GetMonitorState(self, call: Call, request: pb.GetMonitorStateRequest) -> Message:
        name = parsed("name", MonitorStateName.parse, request.name)
        return monitor_state_message(self._states.get(name, seen(request)))

    def ListMonitorStates(self, call: Call, request: pb.ListMonitorStatesRequest) -> bytes:
        found = Violations()
        parent = found.argument("parent", NamespaceName.parse, request.parent)
        monitor = version = None
        if request.monitor:
            monitor = found.parse("monitor", MonitorName.parse, request.monitor)
        if request.version:
            version = found.parse("version", VersionName.parse, request.version)
        for field, name in (("monitor", monitor), ("version", version)):
            inside = name is None or str(name).startswith(f"{request.parent}/")
            found.check(field, inside, f"is not in {request.parent[:80]}")
        most = f"at most {_MOST_PHASES}"
        found.check("phases", len(request.phases) <= _MOST_PHASES, most)
        for index, phase in enumerate(request.phases[:_MOST_PHASES]):
            found.check(f"phases[{index}]", phase in PHASES_BACK, NO_PHASE)
        severity = SEVERITIES_BACK.get(request.min_severity)
        if request.min_severity:
            found.check("min_severity", severity is not None, NO_SEVERITY)
        found.raise_if_any()
        phases = frozenset(PHASES_BACK[phase] for phase in request.phases)
        wanted = StateQuery(parent.value.namespace, monitor, None, phases, severity)
        arguments = (
            *(request.parent, request.monitor, request.version),
            *(",".join(sorted(phases)), str(severity)),
        )
        query = Query(call.method, arguments, (str, str))
        page = query.page(request.page_size, request.page_token)
        if page.after is not None:
            parsed("page_token", UUID, str(page.after[1]))
        result = self._states.list(query, page, wanted, version, seen(request))
        return page_reply(
            pb.ListMonitorStatesResponse,
            result,
            map(monitor_state_message, result.items),
            call.history,
        )

    def ListMonitorStateHistory(
        self, call: Call, request: pb.ListMonitorStateHistoryRequest
    ) -> bytes:
        name = parsed("parent", MonitorStateName.parse, request.parent)
        query = Query(call.method, (request.parent,), (int, int))
        page = query.page(request.page_size, request.page_token)
        result = self._states.history(query, page, name, seen(request))
        return page_reply(
            pb.ListMonitorStateHistoryResponse,
            result,
            (monitor_state_message(state) for _, state in result.items),
            call.history,
        )
