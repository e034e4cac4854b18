"""LookupService and LineageService: their use cases and their handlers."""

from registry_grpc.app.core import Core
from registry_grpc.app.sources import clock
from registry_grpc.config import Settings
from registry_grpc.services.change import Changes
from registry_grpc.services.closure import Closures
from registry_grpc.services.lineage import Lineages
from registry_grpc.services.lineage_recording import LineageRecords
from registry_grpc.services.lookup import Lookups
from registry_grpc.services.watch import Watches
from registry_grpc.transport.change import ChangeHandlers
from registry_grpc.transport.closure import ClosureHandlers
from registry_grpc.transport.lineage import LineageHandlers
from registry_grpc.transport.lookup import LookupHandlers
from registry_grpc.transport.threads import Threads
from registry_grpc.transport.watch import WatchHandlers


def lookup_handlers(core: Core, settings: Settings, threads: Threads) -> tuple[object, ...]:
    """Return the handlers of LookupService. threads: in which watches read the database."""
    database = core.database
    return (
        LookupHandlers(Lookups(database, clock, core.replies)),
        ClosureHandlers(Closures(database, clock)),
        ChangeHandlers(Changes(database)),
        WatchHandlers(
            Watches(database),
            core.broadcaster,
            threads,
            core.log_age,
            snapshots=max(1, settings.threads // 4),
        ),
    )


def lineage_handlers(core: Core) -> tuple[object, ...]:
    """Return the handlers of LineageService."""
    return (LineageHandlers(Lineages(core.database), LineageRecords(core.mutations)),)
