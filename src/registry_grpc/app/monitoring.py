"""MonitoringService: its use cases and their handlers."""

from dataclasses import dataclass

from registry_grpc.app.core import Core
from registry_grpc.app.sources import clock, uuid7
from registry_grpc.services.monitor import Monitors
from registry_grpc.services.monitor_state import MissingData, MonitorStates
from registry_grpc.services.signal import Signals
from registry_grpc.transport.monitor import MonitorHandlers
from registry_grpc.transport.monitor_state import MonitorStateHandlers
from registry_grpc.transport.signal import SignalHandlers


@dataclass(frozen=True, slots=True)
class MonitoringParts:
    """The handlers, and what a background task drives."""

    handlers: tuple[object, ...]
    missing_data: MissingData

    @classmethod
    def open(cls, core: Core) -> "MonitoringParts":
        """Compose them."""
        database, mutations = core.database, core.mutations
        handlers = (
            SignalHandlers(Signals(database, mutations, uuid7)),
            MonitorHandlers(Monitors(database, mutations)),
            MonitorStateHandlers(MonitorStates(database)),
        )
        return cls(handlers, MissingData(database, mutations, clock))
