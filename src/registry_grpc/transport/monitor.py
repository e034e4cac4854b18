"""Handlers of monitors."""

from google.protobuf.message import Message

from modelregistry.v1 import monitoring_service_pb2 as pb
from registry_grpc.domain.names import MonitorName, NamespaceName
from registry_grpc.domain.page import Query
from registry_grpc.domain.violations import Violations, invalid, parsed
from registry_grpc.services.monitor import Monitors
from registry_grpc.services.mutation import Mutation
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.monitor import monitor_from, monitor_message
from registry_grpc.transport.history import seen
from registry_grpc.transport.page import page_reply


class MonitorHandlers:
    """MonitoringService, as far as monitors go."""

    def __init__(self, monitors: Monitors) -> None:
        self._monitors = monitors

    def PutMonitor(self, call: Call, request: pb.PutMonitorRequest) -> bytes:
        name = parsed("monitor.name", MonitorName.parse, request.monitor.name)
        found = Violations()
        draft = monitor_from(request.monitor, found)
        mutation = call.mutation(request, monitor_message)
        etag, reason = request.monitor.etag, request.reason
        return self._monitors.put(mutation, name, draft, etag, reason, found).reply

    def GetMonitor(self, call: Call, request: pb.GetMonitorRequest) -> Message:
        name = parsed("name", MonitorName.parse, request.name)
        if request.number < 0:
            raise invalid("number", "may not be negative")
        return monitor_message(self._monitors.get(name, request.number, seen(request)))

    def ListMonitors(self, call: Call, request: pb.ListMonitorsRequest) -> bytes:
        parent = parsed("parent", NamespaceName.parse, request.parent)
        query = Query(call.method, (request.parent,), (str,))
        page = query.page(request.page_size, request.page_token)
        result = self._monitors.list(query, page, parent.namespace, seen(request))
        return page_reply(
            pb.ListMonitorsResponse, result, map(monitor_message, result.items), call.history
        )

    def ListMonitorRevisions(self, call: Call, request: pb.ListMonitorRevisionsRequest) -> bytes:
        name = parsed("parent", MonitorName.parse, request.parent)
        query = Query(call.method, (request.parent,), (int,))
        page = query.page(request.page_size, request.page_token)
        result = self._monitors.history(query, page, name, seen(request))
        return page_reply(
            pb.ListMonitorRevisionsResponse,
            result,
            map(monitor_message, result.items),
            call.history,
        )

    def DeleteMonitor(self, call: Call, request: pb.DeleteMonitorRequest) -> bytes:
        name = parsed("name", MonitorName.parse, request.name)
        mutation: Mutation[int] = call.mutation(
            request, lambda revision: pb.DeleteMonitorResponse(revision=revision)
        )
        return self._monitors.delete(mutation, name, request.etag, request.reason).reply
