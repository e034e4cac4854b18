"""A file that is uploaded in pieces, which are read and hashed ahead of the stream."""

import hashlib
import threading
from collections import deque
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from io import FileIO
from types import TracebackType
from typing import Final, NamedTuple, Self

import google_crc32c

from modelregistry._local.files import LocalFile
from modelregistry.errors import FileChanged

_AHEAD: Final = 3


class Piece(NamedTuple):
    """Bytes of a file and their crc32c; empty at the end of the file."""

    data: bytes
    crc32c: int


class RunningHash:
    """The SHA-256 of a file whose pieces arrive from the start on, some of them more than once."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.offset = 0
        """The number of bytes hashed so far."""

    def add(self, data: bytes, at: int) -> None:
        """Hash the new part of bytes at offset `at`, which must not leave a gap."""
        seen = self.offset - at
        if seen < len(data):
            self._hash.update(memoryview(data)[seen:])
            self.offset = at + len(data)

    @property
    def digest(self) -> str:
        """`sha256:<hex>` of the bytes so far."""
        return f"sha256:{self._hash.hexdigest()}"


class PieceReader:
    """Reads a file in pieces for a stream that may end at any moment, in any thread.

    `read` never raises: an error ends the pieces, and `check` raises it afterwards, because gRPC
    turns an error inside a stream of requests into a cancelled call without a reason. A separate
    thread reads a few pieces ahead, from the first `read` to the end of the `with` block; after
    that `read` returns empty pieces. If `hashed` is given, it receives all bytes from the start of
    the file, also those before `offset`.
    """

    def __init__(
        self, file: LocalFile, offset: int, piece_size: int, hashed: RunningHash | None = None
    ) -> None:
        self._file = file
        self._offset = offset
        self._piece_size = piece_size
        self._hashed = hashed
        self._lock = threading.Lock()  # a thread may still call `read` when the block ends
        self._ahead: deque[Future[Piece]] = deque()
        self._thread: ThreadPoolExecutor | None = None
        self._stream: FileIO | None = None
        self._failure: OSError | FileChanged | None = None
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            # Wait, because the next attempt continues the hash where this one stops.
            thread.shutdown(cancel_futures=True)
        if self._stream is not None:
            self._stream.close()

    def read(self) -> Piece:
        """Return the next piece; an empty one at the end, after an error and once closed."""
        with self._lock:
            if self._closed:
                return _END
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, "modelregistry-read")
            while len(self._ahead) < _AHEAD:
                self._ahead.append(self._thread.submit(self._next))
            piece = self._ahead.popleft()
        try:
            return piece.result()
        except CancelledError:
            return _END

    def check(self) -> None:
        """Raise the error of `read`: OSError, or FileChanged for a file that became shorter."""
        if self._failure is not None:
            raise self._failure

    def _next(self) -> Piece:
        if self._closed or self._failure is not None:
            return _END
        try:
            stream = self._opened()
            data = self._read(stream, self._offset, self._file.size)
        except (OSError, FileChanged) as error:
            self._failure = error
            return _END
        self._offset += len(data)
        return Piece(data, google_crc32c.value(data))

    def _opened(self) -> FileIO:
        if self._stream is None:
            self._stream = self._file.path.open("rb", buffering=0)
            at = min(self._hashed.offset, self._offset) if self._hashed else self._offset
            self._stream.seek(at)
            while at < self._offset and not self._closed:
                at += len(self._read(self._stream, at, self._offset))
        return self._stream

    def _read(self, stream: FileIO, at: int, end: int) -> bytes:
        wanted = min(self._piece_size, end - at)
        data = stream.read(wanted) if wanted > 0 else b""
        if wanted > 0 and not data:
            raise self._file.changed()
        if self._hashed is not None:
            self._hashed.add(data, at)
        return data


_END: Final = Piece(b"", 0)
