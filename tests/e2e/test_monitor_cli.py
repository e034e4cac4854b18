"""`modelreg signals` and `modelreg monitors`, and watches of states, against a real server."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from modelregistry import (
    Client,
    MonitorPhase,
    MonitorSeverity,
    MonitorState,
    NoFiringMonitor,
    Policy,
    RouteArm,
    Rule,
    Signal,
    SignalKind,
)
from modelregistry.cli import app
from modelregistry.errors import GateRefused, LimitExceeded, MonitorFiring, SignalExists
from tests.support.server import RegistryProcess

Run = Callable[..., str]
START = datetime(2026, 5, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MONITOR = {
    "name": "drift",
    "selection": {
        "models": "fraud*",
        "names": ["production"],
        "method": "psi",
        "kind": "SIGNAL_KIND_DATA",
    },
    "condition": {"threshold": 0.2, "min_count": 100},
    "for_windows": 2,
    "severity": "MONITOR_SEVERITY_CRITICAL",
}


@pytest.fixture
def registry(registry_process: RegistryProcess) -> Iterator[Client]:
    """A client of a namespace with fraud/1 in production, and fraud/2."""
    namespace = f"cli-{uuid4().hex[:12]}"
    with Client(registry_process.target, namespace=namespace, cache=False) as client:
        client.create_namespace(namespace)
        for _ in range(2):
            client.push("fraud", Path(__file__), environment=None, source=None)
        for stage in ("staging", "production"):
            client.set_stage("fraud/1", stage)
        yield client


@pytest.fixture
def run(registry: Client, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command and returns its output; fails unless it exits with `code`."""

    def run(*arguments: str, code: int = 0) -> str:
        server = ("--server", registry.target, "--namespace", registry.namespace)
        assert app.run([*arguments, *server]) == code, capsys.readouterr().err
        said = capsys.readouterr()
        return said.out if code == 0 else said.err

    return run


def signal(hour: int, statistic: float, subject: str = "amount") -> Signal:
    """Return the drift of a feature in an hour."""
    return Signal(
        kind=SignalKind.DATA,
        subject=subject,
        method="psi",
        statistic=statistic,
        window_start=START + (hour - 1) * HOUR,
        window_end=START + hour * HOUR,
        current_count=1_000,
    )


def written(path: Path, document: object) -> str:
    """Write a file of JSON and return its path."""
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def test_drift_is_recorded_fires_and_is_seen(registry: Client, run: Run, tmp_path: Path) -> None:
    file = written(tmp_path / "drift.json", MONITOR)
    assert "drift is in force, revision 1" in run("monitors", "put", file)
    bad = dict(MONITOR, for_windows=2_000)
    assert "for_windows" in run("monitors", "put", written(tmp_path / "bad.json", bad), code=2)
    rows = [
        {
            "kind": "data",
            "subject": "amount",
            "method": "psi",
            "statistic": 0.31,
            "window_start": "2026-05-03T11:00:00Z",
            "window_end": "2026-05-03T12:00:00Z",
            "current_count": 1_000,
        }
    ]
    signals = written(tmp_path / "signals.json", rows)
    said = run("signals", "record", "fraud@production", signals)
    assert "recorded 1 signal" in said
    assert "pending" in said
    assert "1 were recorded before" in run("signals", "record", "fraud@production", signals)
    made = registry.record_signals("fraud@production", [signal(1, 0.4)])

    (state,) = made.changed
    assert (state.phase, state.epoch, state.version_ref.endswith("fraud/1")) == (3, 1, True)
    assert "firing critical" in run("monitors", "states", "--phase", "firing")
    assert json.loads(run("monitors", "states", "--version", "fraud/2", "--json")) == []
    (shown,) = json.loads(run("monitors", "states", "--severity", "critical", "--json"))
    assert (shown["phase"], shown["subject"]) == ("firing", "amount")
    trace = json.loads(run("monitors", "trace", shown["name"], "--json"))
    assert [entry["phase"] for entry in trace] == ["firing", "pending"]
    listed = json.loads(run("signals", "list", "fraud/1", "--json"))
    assert [row["signal"]["statistic"] for row in listed] == [0.4, 0.31]
    again = written(tmp_path / "again.json", listed)
    assert "2 were recorded before" in run("signals", "record", "fraud/1", again)
    assert "psi > 0.2" in run("monitors", "list")
    assert "fraud/1: amount" in run("audit", "--action", "monitor_state.")
    page = run("monitors", "show", "drift")
    assert "psi > 0.2, of 100 examples for 2 windows" in page
    assert "Monitors" in run("versions", "show", "fraud/1")
    copied = tmp_path / "copy.json"
    copied.write_text(run("monitors", "show", "drift", "--as-file"), encoding="utf-8")
    run("monitors", "put", str(copied))
    assert len(list(registry.monitor_revisions("drift"))) == 1
    run("monitors", "delete", "drift", "--yes")
    assert not list(registry.monitor_states())
    assert "deleted" in run("monitors", "history", "drift")


def test_a_watch_of_a_model_hears_of_the_states_of_its_monitors(
    registry: Client, run: Run, tmp_path: Path
) -> None:
    run("monitors", "put", written(tmp_path / "drift.json", MONITOR))
    position = registry.record_signals("fraud@production", [signal(1, 0.3)])

    seen = []
    with registry.watch(models=["fraud"], start_revision=position.revision + 1) as watch:
        registry.record_signals("fraud@production", [signal(2, 0.3), signal(2, 0.1, "income")])
        for changes in watch:
            seen += [event for event in changes.events if event.action.startswith("monitor_state.")]
            if len(seen) == 2:
                break

    assert [event.action for event in seen] == ["monitor_state.change", "monitor_state.begin"]
    (fired, began) = (event.after for event in seen)
    assert isinstance(fired, MonitorState)
    assert isinstance(began, MonitorState)
    assert (fired.phase, began.phase) == (MonitorPhase.FIRING, MonitorPhase.OK)


def test_what_fires_is_not_promoted_and_gets_no_more_traffic(
    registry: Client, run: Run, tmp_path: Path
) -> None:
    anywhere = {**MONITOR, "selection": {**MONITOR["selection"], "names": []}, "for_windows": 1}  # type: ignore[dict-item]
    run("monitors", "put", written(tmp_path / "drift.json", anywhere))
    rule = NoFiringMonitor(min_severity=MonitorSeverity.WARNING, routes="*")
    policy = Policy(
        name="quiet", to_stage="production", models="*", rules=(Rule(id="quiet", check=rule),)
    )
    assert registry.put_policy(policy).rules[0].check == rule
    registry.set_stage("fraud/2", "staging")
    arms = [RouteArm(id=f"v{one}", version=one, weight=5_000) for one in ("1", "2")]
    registry.record_signals("fraud/2", [signal(1, 0.5)])

    with pytest.raises(GateRefused, match="drift fires for amount"):
        registry.promote("fraud/2", to="production")
    with pytest.raises(MonitorFiring):
        registry.set_route("fraud", "checkout", arms, "v1")
    with pytest.raises(SignalExists):
        registry.record_signals("fraud/2", [signal(1, 0.6)])


def test_many_signals_are_recorded_by_several_calls(registry: Client) -> None:
    many = [signal(hour, 0.1, f"feature-{one}") for hour in range(1, 6) for one in range(300)]

    assert registry.record_signals("fraud/1", many).recorded == 1_500
    assert registry.record_signals("fraud/1", many).repeated == 1_500
    assert sum(1 for _ in registry.list_signals("fraud/1", subject="feature-7")) == 5


def test_signals_that_change_many_states_are_recorded_by_smaller_calls(
    registry: Client, run: Run, tmp_path: Path
) -> None:
    everywhere: object = {**MONITOR["selection"], "names": []}  # type: ignore[dict-item]
    for name in ("a", "b", "c"):
        document = {**MONITOR, "name": name, "selection": everywhere}
        run("monitors", "put", written(tmp_path / f"{name}.json", document))
    many = [signal(1, 0.5, f"feature-{one}") for one in range(1_000)]

    with pytest.raises(LimitExceeded):
        registry.record_signals("fraud/1", many, request_id=str(uuid4()))
    done = registry.record_signals("fraud/1", many)

    assert (done.recorded, done.repeated, done.changed_count) == (1_000, 0, 3_000)
