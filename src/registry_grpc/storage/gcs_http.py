"""Requests to Google Cloud Storage, with retries.

Two kinds of failure: after a `TransientGcsError` the request is repeated until the deadline of the
`RetryPolicy`; any other reply is returned to the caller, which interprets it.

An upload session's URL is a secret that grants write access, and the texts of the HTTP
library's errors quote URLs. None of them is kept, shown or chained here: see `gcs_causes`.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom

from google.auth.exceptions import GoogleAuthError
from requests import RequestException, Response, Session
from urllib3.exceptions import HTTPError

from registry_grpc.domain.errors import StorageUnavailable
from registry_grpc.services.ports.blobstore import ObserveRequest
from registry_grpc.storage.gcs_causes import place_of, reason_of, reply_of

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

CONNECTION_ERRORS = (RequestException, HTTPError, OSError)
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
_TIMEOUT = (10.0, 60.0)  # seconds to connect, seconds without data
_JITTER = SystemRandom()
_log = logging.getLogger(__name__)


class TransientGcsError(Exception):
    """A transient failure: a dropped connection, a busy server."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The deadline for retries without progress, and the bounds of the pauses."""

    deadline: timedelta = timedelta(seconds=120)
    first_pause: timedelta = timedelta(milliseconds=200)
    longest_pause: timedelta = timedelta(seconds=16)


class Backoff:
    """Pauses of random length ("full jitter") that grow until there is progress."""

    def __init__(self, retry_policy: RetryPolicy) -> None:
        """Start the deadline now."""
        self._retry_policy = retry_policy
        self.restart()

    def restart(self) -> None:
        """Record progress: restart with short pauses and the whole deadline."""
        self._pause = self._retry_policy.first_pause.total_seconds()
        self._end = time.monotonic() + self._retry_policy.deadline.total_seconds()

    def wait(self, error: TransientGcsError) -> None:
        """Pause, or raise StorageUnavailable when the deadline has passed."""
        pause = _JITTER.uniform(0, self._pause)
        if time.monotonic() + pause > self._end:
            raise StorageUnavailable(str(error)) from error
        _log.debug("the bucket is asked again after %.1f s: %s", pause, error)
        time.sleep(pause)
        self._pause = min(self._pause * 2, self._retry_policy.longest_pause.total_seconds())


class GcsHttp:
    """One authorized HTTP session, shared by all threads."""

    def __init__(
        self, session: Session, retry_policy: RetryPolicy, observe: ObserveRequest | None = None
    ) -> None:
        """Send over `session`, which adds credentials."""
        self._session = session
        self._retry_policy = retry_policy
        self._observe = observe or _unobserved

    def backoff(self, retry_policy: RetryPolicy | None = None) -> Backoff:
        """Return a new backoff for one operation."""
        return Backoff(retry_policy or self._retry_policy)

    def once(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | memoryview = b"",
        stream: bool = False,
    ) -> Response:
        """Send once; raises TransientGcsError, or StorageUnavailable without credentials."""
        began, status = time.monotonic(), "error"
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
            status = str(response.status_code)
        except CONNECTION_ERRORS as error:
            raise transient_error(error, url) from None
        except GoogleAuthError as error:
            if error.retryable:
                raise transient_error(error, url) from None
            raise StorageUnavailable(_cause(error, url)) from None
        finally:
            self._observe(method, status, time.monotonic() - began)
        if response.status_code in _TRANSIENT:
            message = reply_of(response)
            response.close()
            raise TransientGcsError(message)
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
        """Send until there is a reply; raise StorageUnavailable at the deadline."""
        backoff = backoff or self.backoff()
        while True:
            try:
                return self.once(method, url, headers=headers, body=body)
            except TransientGcsError as problem:
                backoff.wait(problem)


def _unobserved(_method: str, _status: str, _seconds: float) -> None:
    """Observe nothing."""


def transient_error(error: Exception, url: str) -> TransientGcsError:
    """Return the error with a reason without secrets, which the original text may contain."""
    return TransientGcsError(_cause(error, url))


def unexpected(response: Response) -> StorageUnavailable:
    """Return the error for an unexpected reply, with what the reply says as its cause."""
    return StorageUnavailable(reply_of(response))


def _cause(error: Exception, url: str) -> str:
    return f"{place_of(url)}: {reason_of(error)}"
