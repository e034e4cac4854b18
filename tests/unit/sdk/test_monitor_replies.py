"""Replies with states of monitors: what was not requested is refused."""

from typing import Any

import pytest

from modelregistry._convert.monitor_state import states_of_query
from modelregistry.errors import MalformedReply
from modelregistry.v1 import monitor_pb2 as pb
from modelregistry.v1 import monitoring_service_pb2 as service

_VERSION = "namespaces/default/models/fraud/versions/7"
_STATE = "namespaces/default/monitors/drift/states/00000000-0000-8000-8000-000000000001"
_REQUEST = service.ListMonitorStatesRequest(
    parent="namespaces/default",
    version=_VERSION,
    phases=[pb.MONITOR_PHASE_FIRING],
    min_severity=pb.MONITOR_SEVERITY_WARNING,
)


def _reply(**fields: Any) -> service.ListMonitorStatesResponse:  # noqa: ANN401 - of the message
    stated: dict[str, Any] = {
        "name": _STATE,
        "version": _VERSION,
        "phase": pb.MONITOR_PHASE_FIRING,
        "severity": pb.MONITOR_SEVERITY_CRITICAL,
        **fields,
    }
    return service.ListMonitorStatesResponse(monitor_states=[pb.MonitorState(**stated)])


@pytest.mark.parametrize(
    "fields",
    [
        {"version": "namespaces/default/models/fraud/versions/8"},
        {"phase": pb.MONITOR_PHASE_OK},
        {"severity": pb.MONITOR_SEVERITY_INFO},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_state_that_was_not_requested_is_refused(fields: dict[str, Any]) -> None:
    assert [state.name for state in states_of_query(_REQUEST, _reply())] == [_STATE]
    with pytest.raises(MalformedReply, match=next(iter(fields))):
        list(states_of_query(_REQUEST, _reply(**fields)))
