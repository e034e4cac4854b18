"""Log lines and metrics of the server, without secrets and payloads."""

from registry_grpc.telemetry.log import (
    LOGGER,
    LineLimit,
    configure_logging,
    log,
    log_failure,
)
from registry_grpc.telemetry.metrics import Metrics

__all__ = ["LOGGER", "LineLimit", "Metrics", "configure_logging", "log", "log_failure"]
