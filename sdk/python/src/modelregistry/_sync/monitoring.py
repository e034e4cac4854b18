# Generated from _async/monitoring.py by scripts/generate_sync.py: never edit this.
"""Signals of live versions, and the monitors that judge them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from modelregistry import names
from modelregistry._convert import checked, times
from modelregistry._convert import monitor as convert
from modelregistry._convert import signal as signals
from modelregistry._convert.monitor_state import (
    severity_number,
    state_from_message,
    states_of_query,
)
from modelregistry._convert.ordering import by_name, newest_number_first
from modelregistry._convert.page import page_of_named, page_of_one
from modelregistry._convert.version import known_of_ref
from modelregistry._convert.writing import build, enum_number, invalid
from modelregistry._sync.methods import Methods
from modelregistry._sync.pager import Pager
from modelregistry._wire.call import new_id
from modelregistry.errors import LimitExceeded
from modelregistry.types import (
    Monitor,
    MonitorPhase,
    MonitorSeverity,
    MonitorState,
    Page,
    RecordedSignal,
    Signal,
    SignalKind,
    SignalsRecorded,
    Version,
)
from modelregistry.v1 import monitor_pb2, signal_pb2
from modelregistry.v1 import monitoring_service_pb2 as pb

_AT_ONCE: Final = 1_000


class MonitoringMethods(Methods):
    """Signals and monitors. A monitor is a Monitor or text: `drift`, `risk/drift`, a full name."""

    def record_signals(
        self, version: str | Version, signals_: Iterable[Signal], *, request_id: str = ""
    ) -> SignalsRecorded:
        """Record what was measured on a version, and have monitors judge it.

        A signal that was recorded before is not recorded again, so a job that failed can be run
        again. More than 1,000 signals, and those that change more states than one call may, are
        sent by several calls, each of which records all or none; with a `request_id` by one call
        only. Raises InvalidRequest with every violation, SignalExists when a recorded window has
        other numbers, LimitExceeded, VersionDeleted, and the errors of `get_version`.
        """
        ref = self._ref(version)
        messages = signals.signals_to_messages(ref, signals_)
        if request_id and len(messages) > _AT_ONCE:
            raise invalid("request_id", f"needs at most {_AT_ONCE} signals")
        done = list[SignalsRecorded]()
        waiting = [messages] if len(messages) <= _AT_ONCE else list(_parts(messages))
        while waiting:
            part = waiting.pop(0)
            request = build(
                pb.RecordSignalsRequest, signals=part, request_id=request_id or new_id()
            )
            stubs = self._connection.stubs
            try:
                reply = self._connection.unary(stubs.monitoring.RecordSignals, request)
            except LimitExceeded as error:
                if request_id or len(part) == 1 or not signals.needs_fewer(error):
                    raise
                waiting[:0] = [part[: len(part) // 2], part[len(part) // 2 :]]
            else:
                done.append(signals.recorded_from_message(reply, ref, len(part)))
        return signals.together(done)

    def list_signals(  # noqa: PLR0913 - options that people set by name
        self,
        version: str | Version,
        *,
        kind: SignalKind | None = None,
        subject: str = "",
        method: str = "",
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[RecordedSignal]:
        """List the signals of a version, latest window first.

        Only windows that end after `start_time`, and not after `end_time`.
        """

        def fetch(token: str) -> Page[RecordedSignal]:
            request = build(
                pb.ListSignalsRequest,
                parent=self._ref(version),
                page_size=page_size,
                page_token=token,
                kind=signals.kind_number(kind),
                subject=subject,
                method=method,
                start_time=times.to_message(start_time, "start_time"),
                end_time=times.to_message(end_time, "end_time"),
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.monitoring.ListSignals, request)
            found = [signals.signal_from_message(one, request.parent) for one in reply.signals]
            return page_of_named(reply, found, known_of_ref(request.parent))

        return Pager(fetch)

    def put_monitor(self, monitor: Monitor, *, reason: str = "", request_id: str = "") -> Monitor:
        """Create a monitor, or its next revision, which judges what is recorded from then on.

        With an `etag` in it the call succeeds only if the revision in force has not changed since
        it was read, with `none` only if there is none: otherwise it raises EtagMismatch. The same
        content changes nothing; another selection begins with new states. Raises InvalidRequest
        with every violation, NamespaceNotFound or LimitExceeded.
        """
        name = self._monitor(monitor.name)
        request = build(
            pb.PutMonitorRequest,
            monitor=convert.monitor_to_message(monitor, name),
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.monitoring.PutMonitor, request)
        return checked.named(convert.monitor_from_message(reply), name)

    def get_monitor(
        self,
        monitor: str | Monitor,
        *,
        number: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Monitor:
        """Read the monitor in force, or revision `number`; raise MonitorNotFound."""
        request = build(
            pb.GetMonitorRequest,
            name=self._monitor(monitor),
            number=number,
            min_revision=min_revision,
            history_id=history_id,
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.monitoring.GetMonitor, request)
        found = checked.named(convert.monitor_from_message(reply), request.name)
        checked.same(found.number, number or found.number, "number")
        return found

    def monitors(
        self,
        namespace: str | None = None,
        *,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[Monitor]:
        """List the monitors in force of a namespace, by id."""

        def fetch(token: str) -> Page[Monitor]:
            request = build(
                pb.ListMonitorsRequest,
                parent=self._parent(namespace),
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.monitoring.ListMonitors, request)
            found = map(convert.monitor_from_message, reply.monitors)
            return page_of_named(reply, found, f"{request.parent}/monitors")

        return Pager(fetch, by_name)

    def monitor_revisions(
        self,
        monitor: str | Monitor,
        *,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[Monitor]:
        """List the revisions of a monitor, newest first, also of a deleted one."""

        def fetch(token: str) -> Page[Monitor]:
            request = build(
                pb.ListMonitorRevisionsRequest,
                parent=self._monitor(monitor),
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.monitoring.ListMonitorRevisions, request)
            found = map(convert.monitor_from_message, reply.monitors)
            return page_of_one(reply, found, request.parent)

        return Pager(fetch, newest_number_first)

    def delete_monitor(
        self, monitor: str | Monitor, *, etag: str = "", reason: str = "", request_id: str = ""
    ) -> int:
        """Delete a monitor and its states, and return the revision of the deletion.

        Its revisions and the history of its states stay readable. Raises NamespaceNotFound,
        MonitorNotFound or EtagMismatch.
        """
        request = build(
            pb.DeleteMonitorRequest,
            name=self._monitor(monitor),
            etag=etag,
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.monitoring.DeleteMonitor, request)
        return checked.revision(reply.revision)

    def get_monitor_state(
        self, state: str | MonitorState, *, min_revision: int = 0, history_id: str = ""
    ) -> MonitorState:
        """Read the state of a series by its full name; raise MonitorStateNotFound."""
        request = build(
            pb.GetMonitorStateRequest,
            name=_state_name(state),
            min_revision=min_revision,
            history_id=history_id,
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.monitoring.GetMonitorState, request)
        return checked.named(state_from_message(reply), request.name)

    def monitor_states(
        self,
        namespace: str | None = None,
        *,
        monitor: str | Monitor | None = None,
        version: str | Version | None = None,
        phases: Iterable[MonitorPhase] = (),
        min_severity: MonitorSeverity | None = None,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[MonitorState]:
        """List the states of series, by monitor and id.

        `version` is such as `fraud/7`. `phases=[MonitorPhase.FIRING]` finds those that fire. Raises
        NamespaceNotFound, MonitorNotFound, ModelNotFound or VersionNotFound.
        """
        full_monitor = "" if monitor is None else self._monitor(monitor)
        full_version = "" if version is None else self._version_name(version)
        of = full_monitor or full_version
        parent = self._parent(names.segment(of, "namespaces") if of else namespace)
        numbers = [
            monitor_pb2.MonitorPhase.ValueType(enum_number("phases", phase)) for phase in phases
        ]

        def fetch(token: str) -> Page[MonitorState]:
            request = build(
                pb.ListMonitorStatesRequest,
                parent=parent,
                page_size=page_size,
                page_token=token,
                version=full_version,
                monitor=full_monitor,
                phases=numbers,
                min_severity=severity_number(min_severity, "min_severity"),
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.monitoring.ListMonitorStates, request)
            found = states_of_query(request, reply)
            return page_of_named(reply, found, full_monitor or f"{parent}/monitors")

        return Pager(fetch, by_name)

    def monitor_state_history(
        self,
        state: str | MonitorState,
        *,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[MonitorState]:
        """List the phases that a series entered, newest first, also after it ended."""

        def fetch(token: str) -> Page[MonitorState]:
            request = build(
                pb.ListMonitorStateHistoryRequest,
                parent=_state_name(state),
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.monitoring.ListMonitorStateHistory, request)
            found = map(state_from_message, reply.monitor_states)
            return page_of_one(reply, found, request.parent)

        return Pager(fetch)

    def _monitor(self, monitor: str | Monitor) -> str:
        if isinstance(monitor, Monitor):
            monitor = monitor.name
        if not isinstance(monitor, str):
            raise invalid("monitor", f"must be text (str), not {type(monitor).__name__}")
        return names.monitor_name(monitor, self._namespace)


def _state_name(state: str | MonitorState) -> str:
    return state.name if isinstance(state, MonitorState) else state


def _parts(
    messages: Sequence[signal_pb2.Signal],
) -> Iterator[list[signal_pb2.Signal]]:
    left = iter(messages)
    while part := list(islice(left, _AT_ONCE)):
        yield part
