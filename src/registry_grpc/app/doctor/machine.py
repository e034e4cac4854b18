"""Checks of this machine: permissions of files and folders, and ports."""

import os
import socket
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from registry_grpc.app.doctor.finding import Check, Finding, failed, passed, warned
from registry_grpc.config import Settings, join_listen, split_listen
from registry_grpc.storage.open import blob_folder
from registry_grpc.storage.private import database_files

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_ANSWER_S: Final = 5.0
_WRITES: Final = os.R_OK | os.W_OK
_PORT = "choose another port, or stop the program that uses it"
_OWN = "chown it to the user of the server, and chmod it to 600, folders to 700"


def machine_checks(settings: Settings) -> list[Check]:
    """Return the checks."""
    return [
        Check("permissions", lambda: _permissions(settings), _OWN),
        Check("port", lambda: _port(settings), _PORT),
        Check("metrics port", lambda: _metrics_port(settings), _PORT),
    ]


def _permissions(settings: Settings) -> Iterator[Finding]:
    problems = [(path, text) for path in _paths(settings) if (text := _problem(path))]
    for path, text in problems:
        yield (warned if "other users" in text else failed)("permissions", f"{path}: {text}", _OWN)
    if not problems:
        yield passed("permissions", "this user can write, and other users have no access")


def _paths(settings: Settings) -> Iterator[Path]:
    """Yield what has to be private, as far as it exists."""
    folder, file = blob_folder(settings.blobs_url), settings.database_file
    found = [] if file is None else [file.parent, *database_files(file)]
    found += [] if folder is None else [folder, *(folder / name for name in ("blobs", "uploads"))]
    found += [] if settings.tls_key is None else [settings.tls_key]
    yield from (path for path in dict.fromkeys(found) if path.exists())


def _problem(path: Path) -> str:
    state = path.stat()
    if not os.access(path, _WRITES | (os.X_OK if path.is_dir() else 0)):
        return "this user cannot read and write it"
    if state.st_mode & _OTHERS and not stat.S_ISLNK(state.st_mode):
        return f"other users have access (mode {stat.S_IMODE(state.st_mode):o})"
    return ""


def _port(settings: Settings) -> Iterator[Finding]:
    host, port = split_listen("listen", settings.listen)
    where = join_listen(host, port)
    if reason := _taken(host, port):
        yield _server_at(settings, where, reason)
    else:
        yield passed("port", f"{where} is free")


def _server_at(settings: Settings, where: str, reason: str) -> Finding:
    """Find out whether a registry answers there."""
    if settings.tls_cert is not None:
        return warned("port", f"{where}: {reason}; over TLS it is not asked", _PORT)
    try:
        with grpc.insecure_channel(where) as channel:
            stub: Any = health_pb2_grpc.HealthStub(channel)
            status = stub.Check(health_pb2.HealthCheckRequest(), timeout=_ANSWER_S).status
    except grpc.RpcError:
        return failed("port", f"{where}: {reason}, and no registry answers", _PORT)
    if status == health_pb2.HealthCheckResponse.SERVING:
        return passed("port", f"{where}: a registry answers, SERVING")
    advice = "read its log, and /readyz of its metrics port"
    return failed("port", f"{where}: a registry answers, NOT_SERVING", advice)


def _metrics_port(settings: Settings) -> Iterator[Finding]:
    if not settings.metrics_listen:
        advice = "set --metrics-listen for metrics, alerts and probes"
        yield warned("metrics port", "none", advice)
        return
    host, port = split_listen("metrics-listen", settings.metrics_listen)
    for number in range(settings.workers):
        each = port and port + number
        where = join_listen(host, each)
        reason = _taken(host, each)
        yield _endpoint_at(where, reason) if reason else passed("metrics port", f"{where} is free")


def _endpoint_at(where: str, reason: str) -> Finding:
    try:
        with urllib.request.urlopen(f"http://{where}/readyz", timeout=_ANSWER_S):
            return passed("metrics port", f"{where}: a registry answers, every part is ready")
    except urllib.error.HTTPError as error:
        with error:
            lines = error.read(4_096).decode(errors="replace").splitlines()
        bad = "; ".join(line for line in lines if "failed: " in line)
        if bad:
            return failed("metrics port", f"{where}: a registry answers: {bad}", "read its log")
        return failed("metrics port", f"{where}: another program answers", _PORT)
    except (OSError, ValueError):
        return failed("metrics port", f"{where}: {reason}, and no registry answers", _PORT)


def _taken(host: str, port: int) -> str:
    """Return why a server cannot listen there; "" if it can."""
    kind = socket.SOCK_STREAM
    family, *_, address = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            return error.strerror or str(error)
    return ""
