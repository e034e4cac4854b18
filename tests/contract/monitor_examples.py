"""Signals, monitors and states to store in contract tests of databases."""

from datetime import timedelta

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.monitor import (
    BreachCondition,
    Monitor,
    MonitorDraft,
    MonitorSeverity,
    SignalSelection,
    monitor_digest,
)
from registry_grpc.domain.monitor_state import MonitorPhase, MonitorState, state_id
from registry_grpc.domain.names import MonitorName
from registry_grpc.domain.signal import Series, Signal, SignalDraft, SignalKind
from registry_grpc.domain.version import Version
from registry_grpc.services.ports.monitor import StoredState
from tests.contract.database_examples import START, a_digest, a_uid, at

SELECTION = SignalSelection("fraud", SignalKind.DATA, "psi")


def a_signal(version: Version, number: int = 1, subject: str = "amount") -> Signal:
    """Return the signal of a window."""
    end = at(number)
    draft = SignalDraft(
        SignalKind.DATA, Series(subject), "psi", 0.3, end - timedelta(minutes=1), end
    )
    return Signal(version.name.signal(a_uid()), version.uid, draft, "ann", START)


def a_monitor(name: str = "drift", number: int = 1, description: str = "") -> Monitor:
    """Return a revision of a monitor."""
    draft = MonitorDraft(
        SELECTION, BreachCondition(0.2), MonitorSeverity.WARNING, description=description
    )
    digest = monitor_digest(draft)
    return Monitor(MonitorName("default", name), number, draft, digest, "ann", START, number)


def a_state(version: Version, number: int = 1, revision: int = 1) -> StoredState:
    """Return the firing state of a series."""
    name, series = MonitorName("default", "drift"), Series(f"{number:0>128}")
    state = MonitorState(
        name=name.state(state_id(name, version.uid, series)),
        version=version.name,
        series=series,
        phase=MonitorPhase.FIRING,
        severity=MonitorSeverity.WARNING,
        number=1,
        fires=True,
        epoch=1,
        breaches=1,
        clears=0,
        window_end=START,
        last=0.3,
        phase_time=START,
        judge_time=START,
        revision=revision,
        signals=tuple(version.name.signal(a_uid()) for _ in range(20)),
    )
    return StoredState(state, version.uid, at(1))


def an_identity() -> Digest:
    """Return the identity of no signal."""
    return a_digest("signal")
