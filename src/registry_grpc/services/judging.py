"""Has monitors judge new signals, in the transaction that records them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import LimitExceeded
from registry_grpc.domain.monitor import MOST_STATES, Monitor
from registry_grpc.domain.monitor_state import (
    MonitorState,
    MonitorStateAction,
    Window,
    judged,
    look_after,
    state_id,
)
from registry_grpc.domain.names import MonitorName
from registry_grpc.domain.signal import Signal
from registry_grpc.domain.version import Version
from registry_grpc.domain.work import current_work
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.ports.monitor import StoredState
from registry_grpc.services.reading import require_model

_AT_ONCE = 100
_UNITS_OF_A_MONITOR = 20
# Of descriptions, which are read with their monitors.
_BYTES_OF_A_UNIT = 280
_UNITS_OF_A_SELECTION = 2
_UNITS_OF_A_WINDOW = 60
_UNITS_OF_A_PHASE = 250
_Task = tuple[UUID, Monitor, Version, Signal, float]


def judge(
    tx: Transaction, actor: str, signals: Sequence[tuple[Version, Signal]]
) -> Sequence[MonitorState]:
    """Judge new signals in the order of their windows; return the states with another phase.

    The worst first. actor: who recorded the signals. Raises LimitExceeded.
    """
    tasks = _tasks(tx, signals)
    uids = list(dict.fromkeys(task[0] for task in tasks))
    states = dict(tx.monitor_states.several(uids))
    _require_room(tx, tasks, states)
    epochs = tx.monitor_states.epochs([uid for uid in uids if uid not in states])
    touched: dict[UUID, StoredState] = {}
    changed: dict[UUID, MonitorState] = {}
    changes = list[Change]()
    for uid, monitor, version, signal, number in tasks:
        current_work().take(_UNITS_OF_A_WINDOW)
        before = states.get(uid)
        breach = monitor.draft.condition.breached_by(number, signal.draft.method)
        end = signal.draft.window_end
        window = Window(signal.name, end, number, breach, tx.time, tx.revision)
        name, series = monitor.name.state(uid), signal.draft.series
        after = judged(monitor, name, before, series, window, epochs.get(uid, 0))
        if after is before:
            continue
        states[uid] = after
        touched[uid] = stored_state(monitor, version.uid, after)
        if before is None or after.phase is not before.phase:
            current_work().take(_UNITS_OF_A_PHASE)
            begins = MonitorStateAction.BEGIN
            action = begins if before is None else MonitorStateAction.CHANGE
            tx.monitor_states.append(version.uid, after, len(changes))
            changes.append(Change(action, str(name), actor, before, after))
            changed[uid] = after
    tx.monitor_states.put(list(touched.values()))
    tx.record(changes)
    return sorted(changed.values(), key=lambda state: state.order, reverse=True)


def stored_state(monitor: Monitor, version: UUID, state: MonitorState) -> StoredState:
    """Return a judged state with the time at which to look at it."""
    return StoredState(state, version, state.judge_time + look_after(monitor.draft))


def names_of(tx: Transaction, version: Version) -> Collection[str]:
    """Return the stage, the aliases, and the routes with an arm of a version."""
    model, number = require_model(tx, version.name.parent), version.name.number
    aliases = tx.aliases.naming(model, [number], None).get(number, ())
    routes = (route.name.route for route in tx.routes.naming(model, number))
    return frozenset({version.stage, *aliases, *routes})


def _tasks(tx: Transaction, signals: Sequence[tuple[Version, Signal]]) -> Sequence[_Task]:
    """Return what is judged by which monitors, in the order of the windows."""
    namespaces = {version.name.namespace for version, _ in signals}
    monitors = {namespace: list(_in_force(tx, namespace)) for namespace in namespaces}
    covering: dict[UUID, Mapping[object, Sequence[Monitor]]] = {}
    tasks = list[_Task]()
    in_order = sorted(
        signals, key=lambda pair: (pair[1].draft.window_end, pair[1].draft.window_start)
    )
    for version, signal in in_order:
        if version.uid not in covering:
            covering[version.uid] = _covering(tx, version, monitors[version.name.namespace])
        draft, by_kind = signal.draft, covering[version.uid]
        candidates = [
            *by_kind.get((draft.kind, draft.method, draft.series.subject), ()),
            *by_kind.get((draft.kind, draft.method, ""), ()),
        ]
        current_work().take(_UNITS_OF_A_SELECTION * len(candidates))
        for monitor in candidates:
            number = monitor.draft.condition.number(draft)
            if number is not None and monitor.draft.selection.selects(draft):
                uid = state_id(monitor.name, version.uid, draft.series)
                tasks.append((uid, monitor, version, signal, number))
    return tasks


def _in_force(tx: Transaction, namespace: str) -> Iterable[Monitor]:
    after: str | None = None
    while page := tx.monitors.page(namespace, after, _AT_ONCE):
        read = sum(len(monitor.draft.description) for monitor in page)
        current_work().take(_UNITS_OF_A_MONITOR * len(page) + read / _BYTES_OF_A_UNIT)
        yield from page
        after = page[-1].name.monitor


def _covering(
    tx: Transaction, version: Version, monitors: Sequence[Monitor]
) -> Mapping[object, Sequence[Monitor]]:
    """Return the monitors that cover a version, by the kind, method and subject of signals.

    Under the subject '' those that select by a pattern.
    """
    named = any(monitor.draft.selection.names for monitor in monitors)
    names = names_of(tx, version) if named else ()
    found = defaultdict[object, list[Monitor]](list)
    for monitor in monitors:
        selection = monitor.draft.selection
        if selection.covers(version.name.model, names):
            found[selection.kind, selection.method, selection.subject].append(monitor)
    return found


def _require_room(
    tx: Transaction, tasks: Sequence[_Task], states: Mapping[UUID, MonitorState]
) -> None:
    """Raise LimitExceeded when a monitor would get too many series."""
    new = defaultdict[MonitorName, set[UUID]](set)
    for uid, monitor, *_ in tasks:
        if uid not in states:
            new[monitor.name].add(uid)
    for name, uids in sorted(new.items()):
        count = tx.monitor_states.count(name) + len(uids)
        if count > MOST_STATES:
            limit = f"series of {name}"
            raise LimitExceeded(limit, MOST_STATES, count, "select fewer signals")
