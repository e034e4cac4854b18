"""An inference server that follows an alias: move the alias, and it swaps models by itself.

    python examples/serving.py fraud@champion --registry 127.0.0.1:50051 --listen 127.0.0.1:8080
    curl http://127.0.0.1:8080/predict -d '{"rows": [[0.5, 1.5]]}'
    curl http://127.0.0.1:8080/healthz

It serves versions with a `model.joblib` of scikit-learn, such as examples/quickstart.py pushes.
While the registry is unavailable it keeps serving the loaded version. If it is started then, the
last version must be in the `--folder` of its previous run. A version that does not load is
reported, and the previous one keeps serving. SIGTERM ends it after the pending requests.
"""

import argparse
import hashlib
import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import joblib

from modelregistry import Client, RegistryError, Version

RETRY_S = 2.0

log = logging.getLogger("serving")


@dataclass(frozen=True)
class Loaded:
    """A version, ready to predict."""

    version: Version
    model: Any


class Follower:
    """Keeps the version that a reference resolves to in `loaded`, which is replaced atomically."""

    def __init__(self, registry: Client, ref: str, folder: Path) -> None:
        """Load the present version; raises the error if that fails."""
        self.problem = ""
        self._registry = registry
        self._folder = folder
        self._update_lock = threading.Lock()
        with self._update_lock:
            self.champion = registry.resolver(ref, on_change=self._update).open()
            version = self.champion.version
            self._fetch(version)
            self.loaded = self._load(version)

    def _update(self, _now: Version | None, _before: Version | None) -> None:
        # The resolver calls this in its own thread, so that no request waits while a model is
        # fetched # and loaded. Changes meanwhile are reported in the next call.
        with self._update_lock:
            while not self._is_updated():
                time.sleep(RETRY_S)

    def _is_updated(self) -> bool:
        """Serve the present version; False when another attempt may succeed."""
        try:
            version = self.champion.version
            self._fetch(version)
        except (RegistryError, OSError) as error:  # not found, unavailable, disk full
            self._report(f"{self.champion.ref} cannot be followed: {error}")
            return False
        try:
            self.loaded = self._load(version)
            self._report("")
        except Exception as error:
            # A version is immutable, so this one never loads: wait for another one.
            self.problem = f"{version.ref} does not load: {error!r}"
            log.exception(
                "%s does not load; still serving %s", version.ref, self.loaded.version.ref
            )
        return True

    def _fetch(self, version: Version) -> None:
        # A folder with the digest of the version has its bytes; the registry is not needed then.
        if root_digest(self._folder) != version.root_digest:
            self._registry.pull(version, self._folder)

    def _load(self, version: Version) -> Loaded:
        # Unpickling runs the code in the file. That is acceptable for a model from a trusted #
        # registry, whose tokens control pushes, and whose bytes were just verified against the
        # digests # of the version. For models from untrusted sources it is not.
        model = joblib.load(self._folder / "model.joblib")
        model.predict([[0.0] * model.n_features_in_])  # the first one is slow, or fails
        log.info("%s is loaded", version.ref)
        return Loaded(version, model)

    def _report(self, problem: str) -> None:
        if problem and problem != self.problem:
            log.warning("%s; still serving %s", problem, self.loaded.version.ref)
        self.problem = problem

    def health(self) -> Mapping[str, object]:
        """Return the served version, and the seconds since the registry last confirmed it."""
        return {
            "version": self.loaded.version.ref,
            "age_s": round(self.champion.age, 3),
            "stale": self.champion.stale,
            "problem": self.problem,
        }


def root_digest(folder: Path) -> str:
    """Return the `root_digest` that a version with the files of a folder has."""
    lines = hashlib.sha256()
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    for name in sorted((name for name in files if files[name].is_file()), key=str.encode):
        with files[name].open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            lines.update(f"{digest} {file.tell()} {name}\n".encode())
    return f"sha256:{lines.hexdigest()}"


class Server(ThreadingHTTPServer):
    """Answers every request in a thread; the end of `with` waits for running requests."""

    daemon_threads = False
    request_queue_size = 128  # with the default of 5, bursts wait for retransmissions

    def __init__(self, address: tuple[str, int], follower: Follower) -> None:
        super().__init__(address, Handler)
        self.follower = follower


class Handler(BaseHTTPRequestHandler):
    """Handles one request."""

    server: Server
    timeout = 10  # seconds, for a client that stops sending

    def do_GET(self) -> None:
        """Answer /healthz: 200 also when stale, since a restart would not help."""
        if self.path == "/healthz":
            self._answer(200, self.server.follower.health())
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        """Answer /predict."""
        if self.path != "/predict":
            self.send_error(404)
            return
        loaded = self.server.follower.loaded  # read once: one version for the whole answer
        try:
            rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["rows"]
            answer = {"predictions": loaded.model.predict(rows).tolist()}
        except (KeyError, TypeError, ValueError) as error:
            self._answer(400, {"error": str(error), "version": loaded.version.ref})
        else:
            self._answer(200, answer | {"version": loaded.version.ref})

    def _answer(self, status: int, document: Mapping[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response_only(status)  # without a log line for each request
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve the version of a reference until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description="Serve the version that a reference resolves to.")
    parser.add_argument("ref", help="such as fraud@champion")
    parser.add_argument("--registry", help="HOST:PORT, by default MODELREG_SERVER")
    parser.add_argument("--listen", default="127.0.0.1:8080", help="HOST:PORT")
    parser.add_argument(
        "--folder", type=Path, default="serving-model", help="folder of this process alone"
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    end_on_signal(sys.exit)
    host, _, port = options.listen.rpartition(":")
    with (
        Client(options.registry) as registry,
        Server((host, int(port)), Follower(registry, options.ref, options.folder)) as server,
    ):
        # An exception could interrupt a request; this cannot. It needs a thread, because it waits
        # for the loop that the signal interrupts.
        end_on_signal(lambda: threading.Thread(target=server.shutdown).start())
        log.info("listening on %s:%d", *server.server_address[:2])
        server.serve_forever()
        server.timeout = 0
        for _ in range(server.request_queue_size):
            server.handle_request()  # the queued ones


def end_on_signal(end: Callable[[], object]) -> None:
    """Call `end` at SIGTERM and Ctrl-C."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end())


if __name__ == "__main__":
    main()
