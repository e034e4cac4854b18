"""An inference server that follows an alias or a route: change it, and it swaps models by itself.

    python examples/serving.py fraud@champion --registry 127.0.0.1:50051 --listen 127.0.0.1:8080
    curl http://127.0.0.1:8080/predict -d '{"rows": [[0.5, 1.5]]}'
    curl http://127.0.0.1:8080/healthz

    python examples/serving.py fraud@checkout --route --listen 127.0.0.1:8080
    curl http://127.0.0.1:8080/predict -d '{"unit": "user-17", "rows": [[0.5, 1.5]]}'

It serves versions with a `model.joblib` of scikit-learn, such as examples/quickstart.py pushes.
While the registry is unavailable it keeps serving what is loaded. If it is started then, the last
versions must be in the `--folder` of its previous run. A version that does not load is reported,
and the previous one, or the default arm, keeps serving. SIGTERM ends it after the pending requests.
"""

import argparse
import contextlib
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeAlias

from serving_alias import AliasFollower
from serving_models import NotLoadedError
from serving_route import RouteFollower

from modelregistry import Client, RegistryError
from modelregistry.errors import InvalidRequest

Follower: TypeAlias = AliasFollower | RouteFollower

log = logging.getLogger("serving")


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
        follower, said = self.server.follower, {}
        try:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            unit = request.get("unit", "") if isinstance(request, dict) else ""
            choice = follower.choose(unit)
            said = {"version": choice.loaded.ref, **choice.facts}
            rows = request["rows"]
            predictions = choice.loaded.model.predict(rows).tolist()
        except (KeyError, TypeError, ValueError, InvalidRequest) as error:
            self._answer(400, {"error": str(error), **said})
        except (RegistryError, NotLoadedError) as error:  # that of the route, for this unit
            self._answer(503, {"error": str(error)})
        else:
            self._answer(200, {"predictions": predictions, **said})
            follower.copy(choice, rows, predictions)

    def _answer(self, status: int, document: Mapping[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response_only(status)  # without a log line for each request
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def follow(registry: Client, options: argparse.Namespace) -> Follower:
    """Open the resolver of an alias, or the router of a route, and load what it leads to.

    With a target they report to the registry what this process serves.
    """
    kind = RouteFollower if options.route else AliasFollower
    return kind(registry, options.ref, options.folder, options.target)


def main() -> None:
    """Serve the version of a reference until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description="Serve the version that a reference resolves to.")
    parser.add_argument("ref", help="such as fraud@champion, or with --route fraud@checkout")
    parser.add_argument("--route", action="store_true", help="serve each `unit` by a route")
    parser.add_argument("--target", default="", help="report what is served, as of eu-prod")
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
        contextlib.closing(follow(registry, options)) as follower,
        Server((host, int(port)), follower) as server,
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
