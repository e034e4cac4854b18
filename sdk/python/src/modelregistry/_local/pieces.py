"""A file on its way out, piece by piece: read, summed and hashed a little ahead of the wire."""

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
    """Bytes of a file with their crc32c; empty at the end."""

    data: bytes
    crc32c: int


class RunningHash:
    """The SHA-256 of a file whose pieces come from the start on, some of them more than once."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.offset = 0
        """Bytes that are hashed."""

    def add(self, data: bytes, at: int) -> None:
        """Take in what is new of the bytes at offset `at`, which must not leave a gap."""
        seen = self.offset - at
        if seen < len(data):
            self._hash.update(memoryview(data)[seen:])
            self.offset = at + len(data)

    @property
    def digest(self) -> str:
        """`sha256:<hex>` of what came so far."""
        return f"sha256:{self._hash.hexdigest()}"


class PieceReader:
    """Reads a file piece by piece for a stream that may end at any moment, in any thread.

    `read` never raises: what went wrong ends the stream, and `check` raises it afterwards. gRPC
    would turn an error inside a stream of requests into a call cancelled for no stated reason. A
    thread of its own stays a few pieces ahead; it begins with the first `read` and ends with the
    block, after which `read` gives nothing. Everything from the start of the file passes through
    `hashed`, if that is given, also what lies before `offset`.
    """

    def __init__(
        self, file: LocalFile, offset: int, piece_size: int, hashed: RunningHash | None = None
    ) -> None:
        self._file = file
        self._offset = offset
        self._piece_size = piece_size
        self._hashed = hashed
        self._lock = threading.Lock()  # a thread may be reading still when the block is left
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
            # Wait: the next attempt hashes on where this one stops.
            thread.shutdown(cancel_futures=True)
        if self._stream is not None:
            self._stream.close()

    def read(self) -> Piece:
        """Return the next piece; an empty one at the end, after a failure and once closed."""
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
        """Raise what `read` met: OSError, or FileChanged for a file that got shorter."""
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
