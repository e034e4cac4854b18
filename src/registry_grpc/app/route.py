"""RouteService: its use cases and their handlers."""

from registry_grpc.app.core import Core
from registry_grpc.app.sources import clock, salt
from registry_grpc.services.route import Routes
from registry_grpc.transport.route import RouteHandlers


def route_handlers(core: Core) -> tuple[object, ...]:
    """Return the handlers of RouteService."""
    return (RouteHandlers(Routes(core.database, core.mutations, clock, salt)),)
