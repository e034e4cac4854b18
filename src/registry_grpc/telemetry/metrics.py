"""Metrics of the server."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from registry_grpc.telemetry.log import LineLimit
from registry_grpc.telemetry.operation import OperationMetrics

_UNAUTHENTICATED_LINES = 50
_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)


class Metrics:
    """Prometheus metrics with the names of gRFC A66, and the registry's own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.operation = OperationMetrics(self.registry)
        self.unauthenticated = LineLimit(_UNAUTHENTICATED_LINES)
        """Of calls whose caller is not known: the metrics count all of them, the log has some."""
        self.started = Counter(
            "grpc_server_call_started",
            "Started calls.",
            ["grpc_method"],
            registry=self.registry,
        )
        self.duration = Histogram(
            "grpc_server_call_duration_seconds",
            "Duration of calls in seconds.",
            ["grpc_method", "grpc_status"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.running = Gauge("registry_calls_running", "Running calls.", registry=self.registry)
        self.items_failed = Counter(
            "registry_batch_items_failed",
            "Items of batches that failed while their call ended well.",
            ["grpc_method", "reason"],
            registry=self.registry,
        )
        self.database_up = Gauge(
            "registry_database_up", "1 while the database answers.", registry=self.registry
        )
        self.collection_held = Gauge(
            "registry_collection_held",
            "1 while garbage collection is suspended after a restore from a backup.",
            registry=self.registry,
        )
        self.compacted_revision = Gauge(
            "registry_compacted_revision",
            "The newest revision from which a watch can no longer start.",
            registry=self.registry,
        )
        self.trimmed_revision = Gauge(
            "registry_trimmed_revision",
            "The newest revision that was removed from the audit trail.",
            registry=self.registry,
        )
        self.denied_requests_omitted = Counter(
            "registry_denied_requests_omitted",
            "Denied requests that are missing in the audit trail.",
            registry=self.registry,
        )
        self.bytes_in = Counter(
            "registry_artifact_received_bytes",
            "Artifact bytes received from clients.",
            registry=self.registry,
        )
        self.bytes_out = Counter(
            "registry_artifact_sent_bytes",
            "Artifact bytes sent to clients.",
            registry=self.registry,
        )

    def observe(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Export a value that is computed at each scrape."""
        Gauge(name, text, registry=self.registry).set_function(value)

    def answered(self, method: str) -> Callable[[float], None]:
        """Return a function that counts a successful call of this method by its seconds."""
        started, duration = self.started.labels(method), self.duration.labels(method, "OK")

        def count(seconds: float) -> None:
            started.inc()
            duration.observe(seconds)

        return count
