"""The one place that wires, and makes clocks, ids and secrets."""

from registry_grpc.app.opening import (
    NotMigratedError,
    garbage,
    open_facts,
    tokens,
    verification,
)
from registry_grpc.app.serving import serve
from registry_grpc.app.sources import clock

__all__ = ["NotMigratedError", "clock", "garbage", "open_facts", "serve", "tokens", "verification"]
