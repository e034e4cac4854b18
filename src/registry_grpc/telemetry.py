"""Log lines and metrics of the server, without secrets and payloads."""

import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from textwrap import indent
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from typing_extensions import override

from registry_grpc.domain.characters import visible, visible_line

LOGGER = logging.getLogger("registry_grpc")
_UNAUTHENTICATED_LINES = 50
_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)


def configure_logging(log_format: str, fields: Mapping[str, object] | None = None) -> None:
    """Write this package's log to stderr, as `json` lines or for the `console`.

    `fields` are in every line.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Adding(fields or {}))
    handler.setFormatter(_JsonFormatter() if log_format == "json" else _ConsoleFormatter())
    LOGGER.handlers[:] = [handler]
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False


def log(
    message: str, fields: Mapping[str, object] | None = None, *, level: int = logging.INFO
) -> None:
    """Write one line: a message and its fields."""
    if LOGGER.isEnabledFor(level):
        LOGGER.log(level, message, extra={"fields": fields or {}})


def log_failure(
    message: str, error: BaseException, fields: Mapping[str, object] | None = None
) -> None:
    """Write one line with the traceback of an error that is not visible to callers."""
    LOGGER.error(message, exc_info=error, extra={"fields": fields or {}})


class LineLimit:
    """Bounds how many lines of one kind are written in a second; those omitted are counted.

    For lines that a peer without credentials can cause: they must not fill a disk.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._second = 0
        self._written = 0
        self._omitted = 0

    def next(self) -> int | None:
        """Return how many were omitted since the last line, None to omit this one too."""
        second = int(self._clock())
        if second != self._second:
            self._second, self._written = second, 0
        if self._written == self._most:
            self._omitted += 1
            return None
        self._written += 1
        omitted, self._omitted = self._omitted, 0
        return omitted


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields = getattr(record, "fields", None)
    return fields if isinstance(fields, dict) else {}


class _Adding(logging.Filter):
    def __init__(self, fields: Mapping[str, object]) -> None:
        super().__init__()
        self._added = fields

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        record.fields = {**self._added, **_fields(record)}
        return True


class _JsonFormatter(logging.Formatter):
    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class _ConsoleFormatter(logging.Formatter):
    @override
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S.%f")[:-3]
        fields = " ".join(f"{key}={_quoted(value)}" for key, value in _fields(record).items())
        message = visible_line(record.getMessage())
        line = f"{moment} {record.levelname.lower():7} {message} {fields}".rstrip()
        if record.exc_info:
            # Indented, so that no line of a message looks like a log line.
            line += "\n" + indent(visible(self.formatException(record.exc_info)), "  ")
        return line


def _quoted(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and " " not in text else json.dumps(text)


class Metrics:
    """Prometheus metrics with the names of gRFC A66, and the registry's own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
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

    def serve(self, host: str, port: int) -> tuple[int, Callable[[], None]]:
        """Serve scrapes on a separate port; return the port and a function that stops it."""
        server, thread = start_http_server(port, host, registry=self.registry)
        return server.server_port, lambda: _stop(server, thread)


def _stop(server: WSGIServer, thread: threading.Thread) -> None:
    server.shutdown()
    server.server_close()
    thread.join()
