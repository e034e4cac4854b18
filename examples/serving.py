"""An inference server that follows an alias: move the alias, and it swaps models by itself.

    python examples/serving.py fraud@champion --registry 127.0.0.1:50051 --listen 127.0.0.1:8080
    curl http://127.0.0.1:8080/predict -d '{"rows": [[0.5, 1.5]]}'
    curl http://127.0.0.1:8080/healthz

It serves versions with a `model.joblib` of scikit-learn, such as examples/quickstart.py pushes.
While the registry is away it goes on with what it has. Started then, it needs the version that was
named last to be in the `--folder` of its last run. A version that does not load is reported, and
the one before goes on serving. SIGTERM ends it, once what was asked is answered.
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
    """Keeps ready what a reference names: in `loaded`, which is only ever replaced whole."""

    def __init__(self, registry: Client, ref: str, folder: Path) -> None:
        """Load the version that is named now; raises what keeps it from that."""
        self.problem = ""
        self._registry = registry
        self._folder = folder
        self._one_at_a_time = threading.Lock()
        with self._one_at_a_time:
            self.champion = registry.resolver(ref, on_change=self._catch_up).open()
            version = self.champion.version
            self._fetch(version)
            self.loaded = self._load(version)

    def _catch_up(self, _now: Version | None, _before: Version | None) -> None:
        # The resolver calls this in a thread of its own, so that no request waits while a model is
        # fetched and loaded. What changes meanwhile is told in the next call.
        with self._one_at_a_time:
            while not self._is_done():
                time.sleep(RETRY_S)

    def _is_done(self) -> bool:
        """Serve the version that is named now; False when that may work in a moment."""
        try:
            version = self.champion.version
            self._fetch(version)
        except (RegistryError, OSError) as error:  # it names nothing, or is away, or a disk is full
            self._report(f"{self.champion.ref} cannot be followed: {error}")
            return False
        try:
            self.loaded = self._load(version)
            self._report("")
        except Exception as error:
            # A version never changes, so this one never loads: wait until another is named.
            self.problem = f"{version.ref} does not load: {error!r}"
            log.exception("%s does not load; %s goes on", version.ref, self.loaded.version.ref)
        return True

    def _fetch(self, version: Version) -> None:
        # A folder with the digest of the version has its bytes, be the registry there or not.
        if root_digest(self._folder) != version.root_digest:
            self._registry.pull(version, self._folder)

    def _load(self, version: Version) -> Loaded:
        # Unpickling runs whatever code is in the file. That is acceptable for what was pushed to
        # one's own registry, whose tokens say who may push, and whose bytes were just checked
        # against the digests of the version. For strangers' models it is not.
        model = joblib.load(self._folder / "model.joblib")
        model.predict([[0.0] * model.n_features_in_])  # the first one is slow, or fails
        log.info("%s is loaded", version.ref)
        return Loaded(version, model)

    def _report(self, problem: str) -> None:
        if problem and problem != self.problem:
            log.warning("%s; %s goes on", problem, self.loaded.version.ref)
        self.problem = problem

    def health(self) -> Mapping[str, object]:
        """Return what serves, and for how long nobody confirmed that it should."""
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
    """Answers every request in a thread; `with` waits at its end for those that are running."""

    daemon_threads = False
    request_queue_size = 128  # with the default of 5, a crowd waits for retransmissions

    def __init__(self, address: tuple[str, int], follower: Follower) -> None:
        super().__init__(address, Handler)
        self.follower = follower


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    timeout = 10  # seconds, for a client that falls silent

    def do_GET(self) -> None:
        """Answer /healthz: 200 also when stale, for starting it again would not cure that."""
        if self.path == "/healthz":
            self._answer(200, self.server.follower.health())
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        """Answer /predict."""
        if self.path != "/predict":
            self.send_error(404)
            return
        loaded = self.server.follower.loaded  # read once: an answer is of one version
        try:
            rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["rows"]
            answer = {"predictions": loaded.model.predict(rows).tolist()}
        except (KeyError, TypeError, ValueError) as error:
            self._answer(400, {"error": str(error), "version": loaded.version.ref})
        else:
            self._answer(200, answer | {"version": loaded.version.ref})

    def _answer(self, status: int, document: Mapping[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response_only(status)  # a line in the log for each would bury the rest
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve what a reference names until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description="Serve what a reference to a version names.")
    parser.add_argument("ref", help="such as fraud@champion")
    parser.add_argument("--registry", help="HOST:PORT, by default MODELREG_SERVER")
    parser.add_argument("--listen", default="127.0.0.1:8080", help="HOST:PORT")
    parser.add_argument("--folder", type=Path, default="serving-model", help="this process's own")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    end_on_signal(sys.exit)
    host, _, port = options.listen.rpartition(":")
    with (
        Client(options.registry) as registry,
        Server((host, int(port)), Follower(registry, options.ref, options.folder)) as server,
    ):
        # An exception could come between the arrival of a request and its answer. This cannot; it
        # has a thread, because it waits for the loop that the signal interrupts.
        end_on_signal(lambda: threading.Thread(target=server.shutdown).start())
        log.info("listening on %s:%d", *server.server_address[:2])
        server.serve_forever()
        server.timeout = 0
        for _ in range(server.request_queue_size):
            server.handle_request()  # of those who wait in the queue


def end_on_signal(end: Callable[[], object]) -> None:
    """Have this called at SIGTERM and Ctrl-C."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end())


if __name__ == "__main__":
    main()
