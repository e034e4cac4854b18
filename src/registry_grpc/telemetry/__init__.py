"""Log lines, metrics and readiness of the server, without secrets and payloads."""

from registry_grpc.telemetry.endpoint import Endpoint
from registry_grpc.telemetry.log import (
    LOGGER,
    LineLimit,
    configure_logging,
    log,
    log_failure,
)
from registry_grpc.telemetry.metrics import Metrics
from registry_grpc.telemetry.readiness import Readiness

__all__ = [
    "LOGGER",
    "Endpoint",
    "LineLimit",
    "Metrics",
    "Readiness",
    "configure_logging",
    "log",
    "log_failure",
]
