"""Handlers of signals."""

from uuid import UUID

from modelregistry.v1 import monitoring_service_pb2 as pb
from registry_grpc.domain.page import Query
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.signal import (
    MOST_SIGNALS,
    MOST_SUBJECT_BYTES,
    MOST_VERSIONS,
    SignalDraft,
    check_line,
    check_method,
)
from registry_grpc.domain.violations import Violations, parsed
from registry_grpc.services.ports.monitor import SignalQuery
from registry_grpc.services.signal import Recorded, Signals
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.monitor_state import monitor_state_message
from registry_grpc.transport.convert.signal import KINDS_BACK, NO_KIND, signal_from, signal_message
from registry_grpc.transport.convert.time import moment
from registry_grpc.transport.history import seen
from registry_grpc.transport.page import page_reply

_MOST_STATES = 100
"""In a reply."""


class SignalHandlers:
    """MonitoringService, as far as signals go."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals

    def RecordSignals(self, call: Call, request: pb.RecordSignalsRequest) -> bytes:
        found = Violations()
        count = len(request.signals)
        found.check("signals", 0 < count <= MOST_SIGNALS, f"must be 1 to {MOST_SIGNALS}")
        found.raise_if_any()
        wanted = list[tuple[Reference, SignalDraft]]()
        for index, message in enumerate(request.signals):
            one = signal_from(message, f"signals[{index}]", found)
            if one is not None:
                wanted.append(one)
        versions = len({reference for reference, _ in wanted})
        found.check("signals", versions <= MOST_VERSIONS, f"name at most {MOST_VERSIONS} versions")
        found.raise_if_any()
        return self._signals.record(call.mutation(request, _recorded), wanted).reply

    def ListSignals(self, call: Call, request: pb.ListSignalsRequest) -> bytes:
        found = Violations()
        parent = found.argument("parent", Reference.parse, request.parent)
        if request.kind:
            found.check("kind", request.kind in KINDS_BACK, NO_KIND)
        check_line(found, "subject", request.subject, MOST_SUBJECT_BYTES)
        if request.method:
            check_method(found, "method", request.method)
        start = end = None
        if request.HasField("start_time"):
            start = found.parse("start_time", lambda _: moment(request.start_time), "")
        if request.HasField("end_time"):
            end = found.parse("end_time", lambda _: moment(request.end_time), "")
        found.raise_if_any()
        wanted = SignalQuery(
            KINDS_BACK.get(request.kind), request.subject, request.method, start, end
        )
        arguments = (
            *(request.parent, str(request.kind), request.subject, request.method),
            *(str(start), str(end)),
        )
        query = Query(call.method, arguments, (int, int, str))
        page = query.page(request.page_size, request.page_token)
        if page.after is not None:
            parsed("page_token", UUID, str(page.after[2]))
        result = self._signals.list(query, page, parent.value, wanted, seen(request))
        return page_reply(
            pb.ListSignalsResponse, result, map(signal_message, result.items), call.history
        )


def _recorded(result: Recorded) -> pb.RecordSignalsResponse:
    return pb.RecordSignalsResponse(
        recorded=result.recorded,
        repeated_count=result.repeated,
        changed_count=len(result.changed),
        changed=map(monitor_state_message, result.changed[:_MOST_STATES]),
        revision=result.revision,
    )
