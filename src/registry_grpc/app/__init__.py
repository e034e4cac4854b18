"""The one place that wires, and makes clocks, ids and secrets.

The parts that commands need are here; `app.serving`, which loads gRPC and all handlers, is for
servers alone.
"""

from registry_grpc.app.opening import (
    NoRegistryError,
    NotMigratedError,
    clock_doubts,
    create_facts,
    garbage,
    histories,
    keep_trail,
    migrate_facts,
    namespaces,
    open_facts,
    operator_call,
    require_registry,
    settle_clock,
    tokens,
    verification,
)
from registry_grpc.app.sources import clock
from registry_grpc.persistence.database_url import DatabaseUrlError

__all__ = [
    "DatabaseUrlError",
    "NoRegistryError",
    "NotMigratedError",
    "clock",
    "clock_doubts",
    "create_facts",
    "garbage",
    "histories",
    "keep_trail",
    "migrate_facts",
    "namespaces",
    "open_facts",
    "operator_call",
    "require_registry",
    "settle_clock",
    "tokens",
    "verification",
]
