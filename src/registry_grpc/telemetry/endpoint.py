"""The HTTP endpoint of operators: /metrics, /healthz and /readyz.

`/readyz` answers 200 when every part is ready and 503 otherwise, with a line for each;
`/readyz/reads` is about one part, and `/readyz?exclude=storage` leaves parts out, as the health
endpoints of Kubernetes do. `/healthz` answers 200 while the event loop runs.
"""

import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from socketserver import ThreadingMixIn
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from typing_extensions import override

from registry_grpc.telemetry.readiness import PARTS, Readiness

_TEXT = ("Content-Type", "text/plain; charset=utf-8")
_SILENT_S = 10.0  # a client that sends nothing
_Environ = dict[str, object]
_Start = Callable[..., object]


class Endpoint:
    """Serves scrapes and probes in threads of its own, whatever the event loop does."""

    def __init__(
        self, host: str, port: int, registry: CollectorRegistry, readiness: Readiness
    ) -> None:
        """Listen and serve. port: 0 for any free one. Raises OSError."""
        self._metrics = make_wsgi_app(registry)
        self._readiness = readiness
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        kind = _Server6 if family == socket.AF_INET6 else _Server
        self._server: WSGIServer = make_server(host, port, self._answer, kind, _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics")
        self._thread.daemon = True
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_port)

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, environ: _Environ, start: _Start) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", "")).rstrip("/")
        if path in {"", "/metrics"}:
            return self._metrics(environ, start)  # type: ignore[no-any-return]
        if path == "/healthz":
            return self._lines({"event loop": "" if self._readiness.alive else "hangs"}, start)
        if path == "/readyz":
            excluded = parse_qs(str(environ.get("QUERY_STRING", ""))).get("exclude", [])
            problems = self._readiness.problems()
            return self._lines(
                {part: text for part, text in problems.items() if part not in excluded}, start
            )
        part = path.removeprefix("/readyz/")
        if part in PARTS:
            return self._lines({part: self._readiness.problem(part)}, start)
        start(_status(HTTPStatus.NOT_FOUND), [_TEXT])
        return [b"there are /metrics, /healthz, /readyz and /readyz/PART\n"]

    def _lines(self, problems: Mapping[str, str], start: _Start) -> Iterable[bytes]:
        failed = any(problems.values())
        start(_status(HTTPStatus.SERVICE_UNAVAILABLE if failed else HTTPStatus.OK), [_TEXT])
        return [
            f"{part}: {f'failed: {problem}' if problem else 'ok'}\n".encode()
            for part, problem in problems.items()
        ]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = _SILENT_S

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: probes come every few seconds."""


def _status(status: HTTPStatus) -> str:
    return f"{status.value} {status.phrase}"
