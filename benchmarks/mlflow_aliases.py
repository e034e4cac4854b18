"""MLflow's model registry over its REST API, by a client that does nothing but ask."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

from benchmarks.run import NotMeasurableError
from benchmarks.servers import ServerProcess

_API = "/api/2.0/mlflow"
_MODEL, _ALIAS = "fraud", "champion"
_LOOKUP = f"{_API}/registered-models/alias?{urlencode({'name': _MODEL, 'alias': _ALIAS})}"
_TIMEOUT_S = 60.0
_OK = 200


def register(server: ServerProcess) -> None:
    """Have a model with a version and an alias on it."""
    tags = [{"key": "team", "value": "risk"}, {"key": "ticket", "value": "RISK-7"}]
    version = {"name": _MODEL, "source": "s3://models/fraud", "tags": tags}
    with _connected(server) as connection:
        _post(connection, "registered-models/create", {"name": _MODEL})
        made = _post(connection, "model-versions/create", version)
        number = made["model_version"]["version"]
        alias = {"name": _MODEL, "alias": _ALIAS, "version": number}
        _post(connection, "registered-models/alias", alias)


def per_second(server: ServerProcess, calls: int, at_once: int) -> float:
    """Look the alias up so many times, over connections that stay; return how many per second."""
    share = calls // at_once
    with ThreadPoolExecutor(at_once) as pool:
        started = time.perf_counter()
        list(pool.map(lambda _: _look_up(server, share), range(at_once)))
        return share * at_once / (time.perf_counter() - started)


def _look_up(server: ServerProcess, calls: int) -> None:
    with _connected(server) as connection:
        for _ in range(calls):
            _answer(connection, "GET", _LOOKUP)


@contextmanager
def _connected(server: ServerProcess) -> Iterator[HTTPConnection]:
    connection = HTTPConnection(server.target, timeout=_TIMEOUT_S)
    try:
        yield connection
    finally:
        connection.close()


def _post(connection: HTTPConnection, path: str, body: object) -> Any:  # noqa: ANN401 - JSON
    return json.loads(_answer(connection, "POST", f"{_API}/{path}", json.dumps(body)))


def _answer(connection: HTTPConnection, method: str, path: str, body: str | None = None) -> bytes:
    headers = {} if body is None else {"Content-Type": "application/json"}
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    read = response.read()
    if response.status != _OK or response.will_close:
        message = (
            f"MLflow answered {response.status}, or did not keep the connection: {read[:200]!r}"
        )
        raise NotMeasurableError(message)
    return read
