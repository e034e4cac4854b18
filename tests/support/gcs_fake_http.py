"""Serves a `GcsFake` on a loopback port."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, unquote, urlsplit

from typing_extensions import override

from tests.support.gcs_fake import GcsFake, Reply, Request, error
from tests.support.gcs_fake_faults import Step
from tests.support.gcs_fake_signed import Refused, object_name

BUCKET = "bucket"
_UPLOAD = re.compile(rf"/upload/storage/v1/b/{BUCKET}/o")
_SESSION = re.compile(r"/session/([\w-]+)")
_LIST = re.compile(rf"/storage/v1/b/{BUCKET}/o")
_REWRITE = re.compile(
    rf"/storage/v1/b/{BUCKET}/o/(?P<source>[^/]+)/rewriteTo/b/{BUCKET}/o/(?P<destination>[^/]+)"
)
_OBJECT = re.compile(rf"/storage/v1/b/{BUCKET}/o/([^/]+)")


@contextmanager
def serving(fake: GcsFake) -> Iterator[str]:
    """Serve until the block ends; give the endpoint, `http://127.0.0.1:port`."""

    class Handler(_Handler):
        bucket = fake

    server = _Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # many clients begin at once

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet about clients that were killed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    bucket: GcsFake
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: tests look at `GcsFake.seen`."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        name = object_name(BUCKET, self.path)
        if name is not None:
            self._signed(name)
        elif _LIST.fullmatch(parts.path):
            self._answer(Step.LIST, "")
        else:
            media = dict(parse_qsl(parts.query)).get("alt") == "media"
            self._object(Step.MEDIA if media else Step.STAT)

    def do_DELETE(self) -> None:
        session = _SESSION.fullmatch(urlsplit(self.path).path)
        if session:
            self._answer(Step.CANCEL, session[1])
        else:
            self._object(Step.DELETE)

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        if _UPLOAD.fullmatch(parts.path) and query.get("uploadType") == "resumable":
            self._answer(Step.START, query["name"])
        elif found := _REWRITE.fullmatch(parts.path):
            destination = unquote(found["destination"])
            self._answer(Step.REWRITE, unquote(found["source"]), destination=destination)
        else:
            self._unknown()

    def do_PUT(self) -> None:
        session = _SESSION.fullmatch(urlsplit(self.path).path)
        span = self.headers.get("Content-Range", "")
        if session is None:
            self._unknown()
        elif span == "bytes */*":
            self._answer(Step.QUERY, session[1])
        else:
            self._answer(Step.PUT if span.endswith("/*") else Step.FINISH, session[1])

    def _object(self, step: Step) -> None:
        found = _OBJECT.fullmatch(urlsplit(self.path).path)
        if found:
            self._answer(step, unquote(found[1]))
        else:
            self._unknown()

    def _signed(self, name: str) -> None:
        headers = {key.lower(): value for key, value in self.headers.items()}
        account = self.bucket.account
        if account is None or "authorization" in headers:
            self._send(error(403, "no caller is known here, or a signature is not needed"))
            return
        try:
            account.check("GET", self.path, headers, datetime.now(UTC))
        except Refused as refused:
            self._send(error(403, str(refused)))
        else:
            self._answer(Step.MEDIA, unquote(name))

    def _unknown(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._send(error(501, f"the fake has no {self.command} {self.path}"))

    def _answer(self, step: Step, name: str, **more: str) -> None:
        query = {**dict(parse_qsl(urlsplit(self.path).query)), **more}
        headers = {key.lower(): value for key, value in self.headers.items()}
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        reply = self.bucket.handle(Request(step, name, query, headers, body))
        if reply is None:
            self.close_connection = True
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for key, value in reply.headers.items():
            local = key == "Location"
            address = f"http://{self.headers['Host']}/session/{value}"
            self.send_header(key, address if local else value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[: reply.cut])
        self.close_connection = self.close_connection or reply.cut is not None
