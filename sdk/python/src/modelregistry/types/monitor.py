"""Monitors: conditions over signals, and the states that they lead to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from modelregistry.names import segment, short_ref
from modelregistry.types.signal import Signal, SignalKind


class MonitorSeverity(IntEnum):
    """How bad a firing monitor is, in rising order."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3


class MonitorPhase(IntEnum):
    """The phase of a series: OK → PENDING → FIRING → RECOVERING → OK."""

    OK = 1
    PENDING = 2
    """The last window was a breach, and it does not fire yet."""
    FIRING = 3
    RECOVERING = 4
    """It still fires, and the last window was no breach."""
    NO_DATA = 5
    """Nothing was judged for `no_data_after`."""


class SignalField(IntEnum):
    """A number of a signal."""

    STATISTIC = 1
    P_VALUE = 2


class BreachDirection(IntEnum):
    """The side of a threshold that is a breach."""

    ABOVE = 1
    BELOW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSelection:
    """The signals that a monitor judges."""

    models: str
    """A pattern of model ids, such as `fraud-*`, or `*` for all."""
    kind: SignalKind | int
    method: str
    """`psi`, `ks`, `js`, `chi2`, `wasserstein`, or the name of a metric."""
    names: tuple[str, ...] = ()
    """Only versions with one of these names: a stage, an alias, or a route with such an arm."""
    subjects: str = "*"
    """A pattern of subjects, such as `age` or `customer_*`."""
    dimension: str = ""
    """Only slices of this dimension; empty for signals about all of the traffic."""
    target: str = ""
    """Only this target; empty for each as a series of its own."""
    arm: str = ""
    """Only this arm; empty for each as a series of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachCondition:
    """The condition that a window breaches; a number equal to the threshold is no breach."""

    threshold: float
    field: SignalField | int = SignalField.STATISTIC
    direction: BreachDirection | int | None = None
    """None for the direction of a drift method; required for metrics."""
    min_count: int = 0
    """Windows with fewer examples are not judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """One revision of a monitor."""

    name: str
    """`namespaces/{namespace}/monitors/{monitor}`; `put_monitor` also accepts `risk/drift`."""
    selection: SignalSelection
    condition: BreachCondition
    severity: MonitorSeverity | int
    for_windows: int = 1
    """It fires after so many breaches in a row."""
    clear_windows: int = 1
    """It ends to fire after so many windows in a row without a breach."""
    cooldown: timedelta = timedelta(0)
    """How long after it ended to fire it may not fire again, by the ends of windows."""
    no_data_after: timedelta | None = None
    """How long after the last judged window a series has no data; None for never."""
    reopen: bool = False
    """Whether windows that come late are judged."""
    description: str = ""
    number: int = 0
    """The revision of this monitor: 1, 2, 3 …"""
    digest: str = ""
    """`sha256:<hex>` over its content."""
    deleted: bool = False
    """Whether this revision deleted the monitor."""
    etag: str = ""
    """Changes with every revision. If set, `put_monitor` fails unless it is the current one."""
    updater: str = ""
    update_time: datetime | None = None
    revision: int = 0
    """The registry's revision of the change."""
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""

    @property
    def id(self) -> str:
        """`drift`: the id within the namespace."""
        return segment(self.name, "monitors")

    @property
    def ref(self) -> str:
        """`drift`, with the namespace in front if it is not `default`."""
        return short_ref(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorState:
    """The state of one series of a monitor: a version's signals of one subject, slice and place."""

    name: str
    """`namespaces/{namespace}/monitors/{monitor}/states/{uuid}`."""
    version: str
    """The full name of the version."""
    subject: str
    phase: MonitorPhase | int
    """A plain int is a phase that this release does not know."""
    severity: MonitorSeverity | int
    dimension: str = ""
    value: str = ""
    arm: str = ""
    target: str = ""
    epoch: int = 0
    """How often the series began to fire."""
    breaches: int = 0
    """Breaches in a row, up to `for_windows`."""
    clears: int = 0
    """While it fires: windows in a row without a breach, up to `clear_windows`."""
    window_end: datetime | None = None
    """The end of the latest window that was judged."""
    last: float = 0.0
    """The number that was judged last."""
    monitor_number: int = 0
    """The revision of the monitor that judged last."""
    signals: tuple[str, ...] = ()
    """The signals that led to the phase, newest first; at most 20."""
    phase_time: datetime | None = None
    """When it entered its phase."""
    judge_time: datetime | None = None
    """When a signal was judged last."""
    revision: int = 0
    history_id: str = ""

    @property
    def monitor_id(self) -> str:
        """`drift`: the id of its monitor."""
        return segment(self.name, "monitors")

    @property
    def version_ref(self) -> str:
        """`fraud/7`: the version as a short reference."""
        return short_ref(self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSignal:
    """A signal as the registry keeps it."""

    name: str
    """`namespaces/{namespace}/models/{model}/versions/{number}/signals/{uuid}`."""
    version: str
    """The full name of the version."""
    signal: Signal
    creator: str = ""
    create_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalsRecorded:
    """What a recording did."""

    recorded: int
    """Signals that are new."""
    repeated: int
    """Signals that repeat recorded ones."""
    changed_count: int
    """Series of monitors that began or entered another phase."""
    changed: tuple[MonitorState, ...]
    """Their states, the worst first of each call; at most 100 of each."""
    revision: int = 0
    history_id: str = ""
