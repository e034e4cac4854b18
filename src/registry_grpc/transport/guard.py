"""The frame of every call: its ids, its error as a status, its metrics and its log line."""

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from types import TracebackType
from typing import Any, Never, Self

import grpc
from google.protobuf.message import Message
from google.rpc import status_pb2

from registry_grpc.domain.errors import RegistryError, TokenInvalid
from registry_grpc.telemetry import Metrics, log, log_failure
from registry_grpc.transport.errors import (
    DETAIL_BYTES,
    DETAIL_BYTES_KEY,
    code_of,
    incident_status,
    room_from,
    status_of,
)

_MAX_ID = 128
_ID_BYTES = 16
_BEARER = "bearer "
Context = grpc.aio.ServicerContext[Any, Any]
Metadata = Iterable[tuple[str, str | bytes]]
Note = Callable[[str, str, Message | None, RegistryError], None]


def nothing_noted(*_: object) -> None:
    """Keep nothing of a refused call."""


def bearer(metadata: Metadata | None) -> str | None:
    """Return the bearer token, None without one; raises TokenInvalid for another scheme."""
    for key, value in metadata or ():
        if key == "authorization" and isinstance(value, str):
            if value[: len(_BEARER)].lower() != _BEARER:
                raise TokenInvalid
            return value[len(_BEARER) :].strip()
    return None


class Guard:
    """An async context manager for one call. Nothing of an unexpected error reaches the client."""

    __slots__ = (
        "_context",
        "_metrics",
        "_note",
        "_room",
        "_started",
        "_token",
        "_trailers",
        "brief",
        "failed",
        "id",
        "method",
        "peer",
        "principal",
        "request",
    )

    def __init__(
        self,
        method: str,
        context: Context,
        metrics: Metrics,
        note: Note = nothing_noted,
    ) -> None:
        """note: called with a known caller that was refused, the id, request and error of the call.

        The request is None until `request` is set. brief: an error has neither message nor details.
        """
        self.method = method
        self.principal: str | None = None
        self.request: Message | None = None
        self.failed: list[RegistryError] = []
        self.brief = False
        self._note = note
        self.id = ""
        self._room = DETAIL_BYTES
        self._context = context
        self._trailers: tuple[tuple[str, str | bytes], ...] = ()
        # Read now: once the client has gone, gRPC has freed what this reads, and the process ends.
        self.peer = context.peer()
        self._metrics = metrics
        self._started = time.perf_counter()
        self._read_metadata()
        self._token: tuple[str | None] | None = None

    def _read_metadata(self) -> None:
        for key, value in self._context.invocation_metadata() or ():
            if key == "x-request-id" and isinstance(value, str):
                fits = value.isascii() and value.isprintable() and len(value) <= _MAX_ID
                self.id = value if fits else ""
            elif key == DETAIL_BYTES_KEY and isinstance(value, str):
                self._room = room_from(value)
        self.id = self.id or secrets.token_hex(_ID_BYTES)

    def token(self) -> str | None:
        """Do what `bearer` does, for this call."""
        if self._token is None:
            self._token = (bearer(self._context.invocation_metadata()),)
        return self._token[0]

    def tell(self, key: str, value: str) -> None:
        """Add to what is said behind the reply, or with the refusal."""
        self._trailers += ((key, value),)
        self._context.set_trailing_metadata(self._trailers)

    async def __aenter__(self) -> Self:
        """Count the call."""
        self._metrics.started.labels(self.method).inc()
        self._metrics.running.inc()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Turn an error into a status; count and log the end."""
        self._metrics.running.dec()
        if error is None:
            self._end("CANCELLED" if self._context.cancelled() else "OK", **self._of_items())
        elif isinstance(error, RegistryError):
            cause = {"cause": error.cause} if error.cause else {}
            self._end(code_of(error).name, reason=error.reason, **cause)
            if self.principal is not None:
                self._note(self.principal, self.id, self.request, error)
            if self.brief:
                await end_call(self._context, code_of(error), "")
            await abort(
                self._context, status_of(error, self.id, self._room), self.id, self._trailers
            )
        elif isinstance(error, Exception) and not isinstance(error, grpc.aio.AbortError):
            incident = secrets.token_hex(_ID_BYTES)
            log_failure("unexpected error", error, {"incident": incident, **self._who()})
            self._end("INTERNAL", incident=incident)
            await abort(self._context, incident_status(incident, self.id), self.id, self._trailers)
        else:
            self._end("ABORTED" if isinstance(error, grpc.aio.AbortError) else "CANCELLED")

    def _of_items(self) -> dict[str, object]:
        """Return how many items of a batch failed, for which reasons, and the first cause."""
        if not self.failed:
            return {}
        reasons = Counter(error.reason for error in self.failed)
        for reason, count in reasons.items():
            self._metrics.items_failed.labels(self.method, reason).inc(count)
        fields: dict[str, object] = {
            "failed": len(self.failed),
            "reasons": ",".join(f"{reason}:{count}" for reason, count in reasons.most_common()),
        }
        cause = next((error.cause for error in self.failed if error.cause), "")
        return {**fields, "cause": cause} if cause else fields

    def _end(self, code: str, **fields: object) -> None:
        seconds = time.perf_counter() - self._started
        self._metrics.duration.labels(self.method, code).observe(seconds)
        level = logging.WARNING if "cause" in fields else logging.INFO
        level = logging.ERROR if code == "INTERNAL" else level
        if self.principal is None and level == logging.INFO:
            omitted = self._metrics.unauthenticated.next()
            if omitted is None:
                return
            if omitted:
                fields["omitted"] = omitted
        line = {**self._who(), "code": code, "ms": round(seconds * 1e3, 2), **fields}
        log("call", line, level=level)

    def _who(self) -> dict[str, object]:
        return {
            "method": self.method,
            "request_id": self.id,
            "principal": self.principal or "-",
            "peer": self.peer,
        }


async def abort(
    context: Context,
    status: status_pb2.Status,
    call_id: str,
    trailers: tuple[tuple[str, str | bytes], ...] = (),
) -> Never:
    """End a call with a status and its details. Raises grpc.aio.AbortError."""
    code = next(code for code in grpc.StatusCode if code.value[0] == status.code)
    trailers = (
        *trailers,
        ("grpc-status-details-bin", status.SerializeToString()),
        ("x-request-id", call_id),
    )
    await end_call(context, code, status.message, trailers)


async def end_call(
    context: Context,
    code: grpc.StatusCode,
    message: str,
    trailers: tuple[tuple[str, str | bytes], ...] = (),
) -> Never:
    """End a call with a status. Raises grpc.aio.AbortError, or CancelledError if the caller left.

    gRPC keeps the error with the call, and its traceback keeps the call: until the next collection
    of cycles each refused call would hold what came of its message, up to 16 MiB. And it never
    frees a status that it cannot send (grpc/grpc issue 43360): so it first reports, in another turn
    of the event loop, whether the caller left.
    """
    await asyncio.sleep(0)
    if context.cancelled():
        raise asyncio.CancelledError
    try:
        await context.abort(code, message, trailers)
    except grpc.aio.AbortError as error:
        task = asyncio.current_task()
        if task is not None:
            task.add_done_callback(partial(_forget_frames, error))
        raise


def _forget_frames(error: BaseException, _: object) -> None:
    error.__traceback__ = error.__context__ = error.__cause__ = None
