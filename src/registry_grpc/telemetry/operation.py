"""Metrics of the state that operators watch: storage use, collections, pools, bucket, release."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from registry_grpc.domain.namespace import NamespaceUse

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class OperationMetrics:
    """Metrics that background tasks, the blob store and the thread pools update."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register them."""

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"registry_{name}", text, labels, registry=registry)

        self._bucket = Histogram(
            "registry_bucket_request_duration_seconds",
            "Duration of requests to the bucket in seconds; status `error` is no reply.",
            ["method", "status"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._collections = Counter(
            "registry_collections",
            "Garbage collections of this process, by result: ok, held or failed.",
            ["result"],
            registry=registry,
        )
        self._freed = Counter(
            "registry_collected_bytes",
            "Bytes that garbage collections of this process have freed.",
            registry=registry,
        )
        self._collected_at = gauge(
            "collection_last_success_timestamp_seconds",
            "Unix time at which this process last finished a garbage collection; 0 before.",
        )
        self._used = gauge(
            "namespace_used_bytes", "Bytes that count towards the quota.", "namespace"
        )
        self._quota = gauge("namespace_quota_bytes", "The quota; 0 for none.", "namespace")
        self._uploads = gauge("namespace_open_uploads", "Open uploads.", "namespace")
        self._pool_calls = gauge(
            "pool_calls", "Running and waiting calls of a thread pool.", "pool"
        )
        self._pool_threads = gauge("pool_threads", "Threads of a thread pool.", "pool")
        self._connections = gauge(
            "database_connections", "Connections to the database by state: used, most.", "state"
        )
        self._ready = gauge("ready", "1 while this part can be used, as /readyz has it.", "part")
        self._build = gauge("build_info", "1; the labels have the release.", "version", "python")
        self._schema = gauge(
            "schema_info", "1; the labels have the schema of the database.", "schema", "served"
        )

    def bucket_answered(self, method: str, status: str, seconds: float) -> None:
        """Count a request to the bucket. status: of HTTP, or `error` without a reply."""
        self._bucket.labels(method, status).observe(seconds)

    def collected(self, result: str, at: float, freed: int = 0) -> None:
        """Count a collection. result: ok, held or failed. at: its end, Unix time."""
        self._collections.labels(result).inc()
        if result == "ok":
            self._freed.inc(freed)
            self._collected_at.set(at)

    def use(self, found: Iterable[NamespaceUse]) -> None:
        """Export the use of these namespaces, and of no others."""
        for metric in (self._used, self._quota, self._uploads):
            metric.clear()
        for each in found:
            self._used.labels(each.namespace).set(each.used)
            self._quota.labels(each.namespace).set(each.quota)
            self._uploads.labels(each.namespace).set(each.open_uploads)

    def pool(self, name: str, threads: int, calls: Callable[[], float]) -> None:
        """Export a thread pool. calls: the running and waiting ones at each scrape."""
        self._pool_threads.labels(name).set(threads)
        self._pool_calls.labels(name).set_function(calls)

    def connections(self, most: int, used: Callable[[], float]) -> None:
        """Export the connections to the database. used: those in use at each scrape."""
        self._connections.labels("most").set(most)
        self._connections.labels("used").set_function(used)

    def ready(self, part: str, usable: Callable[[], float]) -> None:
        """Export whether a part can be used: 1 or 0 at each scrape."""
        self._ready.labels(part).set_function(usable)

    def release(self, version: str, python: str) -> None:
        """Export the running release."""
        self._build.labels(version, python).set(1)

    def schema(self, schema: str, served: str) -> None:
        """Export the schema of the database, and the range that this release serves."""
        self._schema.clear()
        self._schema.labels(schema, served).set(1)
