"""Requests to Google Cloud Storage, and how long they are repeated.

Two kinds of failure: a `GcsTrouble` may pass, so the request is repeated until `Patience` ends;
any other answer is returned to the caller, who knows what it means.

An upload session's address is a secret that lets anybody write, and the texts of the HTTP
library's errors quote addresses. None of them is kept, shown or chained here.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom

from google.auth.exceptions import GoogleAuthError
from requests import RequestException, Response, Session
from urllib3.exceptions import HTTPError

from registry_grpc.domain.errors import StorageUnavailable

OK = 200
CREATED = 201
NO_CONTENT = 204
PARTIAL_CONTENT = 206
RESUME_INCOMPLETE = 308
BAD_REQUEST = 400
NOT_FOUND = 404
GONE = 410
PRECONDITION_FAILED = 412
RANGE_NOT_SATISFIABLE = 416
CLIENT_CLOSED_REQUEST = 499

CONNECTION_TROUBLE = (RequestException, HTTPError, OSError)
_MAY_PASS = frozenset({408, 429, 500, 502, 503, 504})
_TIMEOUT = (10.0, 60.0)  # seconds to connect, seconds of silence
_JITTER = SystemRandom()


class GcsTrouble(Exception):
    """A failure that may pass: a dropped connection, a server that is busy."""


class GcsRefusal(Exception):
    """An answer that repeating does not change. Only ever the cause of a StorageUnavailable."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long trouble is borne while nothing moves forward, and how long each pause may be."""

    deadline: timedelta = timedelta(seconds=120)
    first_pause: timedelta = timedelta(milliseconds=200)
    longest_pause: timedelta = timedelta(seconds=16)


class Backoff:
    """Pauses of random length ("full jitter") that grow until something moves forward."""

    def __init__(self, patience: Patience) -> None:
        """Start counting towards the deadline now."""
        self._patience = patience
        self.restart()

    def restart(self) -> None:
        """Something moved forward: start again with short pauses and the whole deadline."""
        self._pause = self._patience.first_pause.total_seconds()
        self._end = time.monotonic() + self._patience.deadline.total_seconds()

    def wait(self, trouble: GcsTrouble) -> None:
        """Pause, or raise StorageUnavailable when the deadline has passed."""
        pause = _JITTER.uniform(0, self._pause)
        if time.monotonic() + pause > self._end:
            raise StorageUnavailable from trouble
        time.sleep(pause)
        self._pause = min(self._pause * 2, self._patience.longest_pause.total_seconds())


class GcsHttp:
    """One authorized HTTP session, shared by all threads."""

    def __init__(self, session: Session, patience: Patience) -> None:
        """Send over `session`, which adds credentials by itself."""
        self._session = session
        self._patience = patience

    def backoff(self, patience: Patience | None = None) -> Backoff:
        """Return a fresh backoff for one piece of work."""
        return Backoff(patience or self._patience)

    def once(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | memoryview = b"",
        stream: bool = False,
    ) -> Response:
        """Send once; raise GcsTrouble for what may pass, StorageUnavailable for no credentials."""
        try:
            response = self._session.request(
                method,
                url,
                data=body,
                headers=dict(headers or {}),
                timeout=_TIMEOUT,
                stream=stream,
                allow_redirects=False,
            )
        except CONNECTION_TROUBLE as error:
            raise trouble(error) from None
        except GoogleAuthError as error:
            if error.retryable:
                raise trouble(error) from None
            raise StorageUnavailable from error
        if response.status_code in _MAY_PASS:
            response.close()
            message = f"status {response.status_code}"
            raise GcsTrouble(message)
        return response

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | memoryview = b"",
        backoff: Backoff | None = None,
    ) -> Response:
        """Send until there is an answer; raise StorageUnavailable when patience ends."""
        backoff = backoff or self.backoff()
        while True:
            try:
                return self.once(method, url, headers=headers, body=body)
            except GcsTrouble as problem:
                backoff.wait(problem)


def trouble(error: Exception) -> GcsTrouble:
    """Return the trouble with the error's class for its text: its own text may hold a secret."""
    return GcsTrouble(type(error).__name__)


def unexpected(response: Response) -> StorageUnavailable:
    """Return the error for an answer that makes no sense here, with the answer as its cause."""
    error = StorageUnavailable()
    error.__cause__ = GcsRefusal(f"status {response.status_code}: {response.text[:200]}")
    return error
