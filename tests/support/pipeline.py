"""The environment of a pipeline: one call, and a database that a test can make unavailable."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from typing_extensions import override

from registry_grpc.domain.errors import DatabaseUnavailable
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.persistence.transaction import SqlTransaction
from registry_grpc.transport.cached_calls import AGE_TRAILER

Trailers = Sequence[tuple[str, str | bytes]]


class Switched(SqlDatabase):
    """A database that a test can make unavailable."""

    away = False
    reads = 0

    @override
    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        self.reads += 1
        if self.away:
            raise DatabaseUnavailable
        with super().read() as transaction:
            yield transaction

    @override
    @contextmanager
    def write(self, *, frees: bool = False) -> Iterator[SqlTransaction]:
        if self.away:
            raise DatabaseUnavailable
        with super().write(frees=frees) as transaction:
            yield transaction


class OneCall:
    """The context of grpc.aio, as far as handlers use it."""

    def __init__(
        self,
        secret: str | None,
        scheme: str = "Bearer",
        messages: Sequence[bytes] = (),
        *,
        lasts: bool = False,
    ) -> None:
        """lasts: whether the stream of its messages goes on without one for ever."""
        self._secret = secret
        self._messages = list(messages)
        self._lasts = lasts
        self._scheme = scheme
        self.trailers: Trailers = ()
        self.code = grpc.StatusCode.OK
        self.taken: list[Message | bytes] = []
        self._callbacks: list[Callable[[object], None]] = []
        self.takes = asyncio.Event()
        self.takes.set()

    async def read(self) -> object:
        await asyncio.sleep(0)
        if self._messages:
            return self._messages.pop(0)
        if self._lasts:
            await asyncio.Event().wait()
        return grpc.aio.EOF

    def invocation_metadata(self) -> Trailers:
        return (
            () if self._secret is None else (("authorization", f"{self._scheme} {self._secret}"),)
        )

    def cancelled(self) -> bool:
        return False

    def add_done_callback(self, callback: Callable[[object], None]) -> None:
        """Keep it for `end`."""
        self._callbacks.append(callback)

    def end(self) -> None:
        """End as a call does whose reply was taken, or whose caller is gone."""
        while self._callbacks:
            self._callbacks.pop()(self)

    def peer(self) -> str:
        return "ipv4:127.0.0.1:1234"

    async def send_initial_metadata(self, metadata: Trailers) -> None:
        assert not metadata
        await asyncio.sleep(0)

    async def write(self, reply: Message | bytes) -> None:
        """Take a reply, once `takes` is set."""
        await asyncio.sleep(0)
        await self.takes.wait()
        self.taken.append(reply)

    def set_trailing_metadata(self, trailers: Trailers) -> None:
        self.trailers = trailers

    async def abort(self, code: grpc.StatusCode, details: str, trailers: Trailers) -> None:
        self.code, self.trailers = code, trailers
        raise grpc.aio.AbortError(details)

    @property
    def reason(self) -> str:
        """Why it was refused; '' when it was not."""
        if self.code is grpc.StatusCode.OK:
            return ""
        raw = dict(self.trailers)["grpc-status-details-bin"]
        assert isinstance(raw, bytes)
        info = error_details_pb2.ErrorInfo()
        assert status_pb2.Status.FromString(raw).details[0].Unpack(info)
        return info.reason

    @property
    def age(self) -> float | None:
        """The age that the reply states, seconds."""
        stated_age = dict(self.trailers).get(AGE_TRAILER)
        return None if stated_age is None else int(stated_age) / 1e3
