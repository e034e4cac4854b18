"""One connection of which a test chooses every frame."""

import base64
import contextlib
import socket
import struct
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import unquote

import hpack
from google.rpc import error_details_pb2, status_pb2
from hyperframe import frame as frames

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DEFAULT_WINDOW = 65_535
_DEFAULT_FRAME = 16_384
_FRAME_HEAD = 9
_RECEIVE_BYTES = 256 * 1_024
Headers = Sequence[tuple[str, str]]


@dataclass
class Answer:
    """The data received on a stream. reset: the code of RST_STREAM, None without one."""

    headers: dict[str, str] = field(default_factory=dict)
    data: bytes = b""
    ended: bool = False
    reset: int | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more comes."""
        return self.ended or self.reset is not None

    @property
    def code(self) -> int | None:
        """The gRPC status code, None before it came."""
        text = self.headers.get("grpc-status")
        return None if text is None else int(text)

    @property
    def message(self) -> str:
        """The text of the status."""
        return unquote(self.headers.get("grpc-message", ""))

    @property
    def reason(self) -> str:
        """The registry's reason, '' without one."""
        raw = self.headers.get("grpc-status-details-bin")
        if raw is None:
            return ""
        status = status_pb2.Status.FromString(_from_base64(raw))
        info = error_details_pb2.ErrorInfo()
        return info.reason if any(each.Unpack(info) for each in status.details) else ""


class ConnectionGoneError(Exception):
    """The server closed the connection. code: of its GOAWAY, None without one."""

    def __init__(self, code: int | None, text: str) -> None:
        super().__init__(f"connection closed: {code} {text}")
        self.code = code


class Http2Connection:
    """A client's end of a connection. Sends the given frames, stores the received ones.

    preface: the bytes sent first. settings: ours. grants: whether it updates windows as data
    arrives (a client that reads), or never. Used by one thread.
    """

    def __init__(
        self,
        target: str,
        *,
        preface: bytes = PREFACE,
        settings: dict[int, int] | None = None,
        grants: bool = True,
    ) -> None:
        host, _, port = target.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.grants = grants
        self.answers: dict[int, Answer] = {}
        self.window = DEFAULT_WINDOW
        self.stream_window = DEFAULT_WINDOW  # of a new stream, as the server says
        self.frame_bytes = _DEFAULT_FRAME
        self.settings: dict[int, int] = {}  # the server's
        self.goaway: int | None = None
        self._goaway_text = ""
        self._windows: dict[int, int] = {}
        self._encoder, self._decoder = hpack.Encoder(), hpack.Decoder()
        self._next, self._received = 1, b""
        if preface:
            self.send_bytes(preface + frames.SettingsFrame(settings=settings or {}).serialize())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up, whatever is under way."""
        self.socket.close()

    # Actions of a client.

    def open(
        self,
        path: str,
        *,
        token: str | None = None,
        metadata: Headers = (),
        end: bool = False,
        encoding: str = "",
    ) -> int:
        """Begin a call and return its stream. encoding: the compression of its messages."""
        return self.open_raw(call_headers(path, token, metadata, encoding), end=end)

    def open_raw(self, headers: Headers, *, end: bool = False) -> int:
        """Begin a stream with any headers and return it."""
        stream, self._next = self._next, self._next + 2
        self.answers[stream] = Answer()
        self._windows[stream] = self.stream_window
        flags = ["END_HEADERS", *(["END_STREAM"] if end else [])]
        self.send_frame(frames.HeadersFrame(stream, self._encoder.encode(headers), flags=flags))
        return stream

    def encoded(self, headers: Headers) -> bytes:
        """Return headers as HPACK, for a frame of one's own."""
        return self._encoder.encode(headers)

    def room(self, stream: int) -> int:
        """Return how many bytes the windows leave for a stream now."""
        return max(0, min(self.window, self._windows.get(stream, 0)))

    def send(self, stream: int, data: bytes, *, end: bool = False) -> int:
        """Send so much of the data as the windows allow and return how much that was."""
        most = min(len(data), self.room(stream))
        view, sent = memoryview(data), 0
        while sent < most or (end and most == len(data) == 0):
            piece = bytes(view[sent : min(sent + self.frame_bytes, most)])
            sent += len(piece)
            last = end and sent == len(data)
            self.send_data(stream, piece, end=last)
            if last:
                break
        return sent

    def send_all(self, stream: int, data: bytes, *, end: bool = False, seconds: float = 20) -> int:
        """Send the data as the windows open; return how much went before the stream was over."""
        view, sent, until = memoryview(data), 0, time.monotonic() + seconds
        while sent < len(data) and not self.answers[stream].over and time.monotonic() < until:
            piece = bytes(view[sent : sent + max(self.room(stream), 1)])
            went = self.send(stream, piece, end=end and sent + len(piece) == len(data))
            sent += went
            self.pump(0 if went else 0.05)
        return sent

    def send_data(self, stream: int, data: bytes, *, end: bool = False) -> None:
        """Send one DATA frame, whatever the windows say."""
        self.window -= len(data)
        self._windows[stream] = self._windows.get(stream, 0) - len(data)
        flags = ["END_STREAM"] if end else []
        self.send_frame(frames.DataFrame(stream, data, flags=flags))

    def grant(self, stream: int, size: int) -> None:
        """Send WINDOW_UPDATE; stream 0 is the connection."""
        self.send_frame(frames.WindowUpdateFrame(stream, window_increment=size))

    def reset(self, stream: int, code: int = 8) -> None:
        """Send RST_STREAM (8: cancelled)."""
        self.send_frame(frames.RstStreamFrame(stream, error_code=code))
        self.answers[stream].reset = code

    def send_frame(self, frame: frames.Frame) -> None:
        """Send any frame."""
        self.send_bytes(frame.serialize())

    def send_bytes(self, data: bytes) -> None:
        """Send any bytes. Raises ConnectionGoneError."""
        try:
            self.socket.sendall(data)
        except OSError as error:
            with contextlib.suppress(ConnectionGoneError):
                self.pump(0.5)
            raise ConnectionGoneError(self.goaway, self._goaway_text) from error

    # Received frames.

    def pump(self, seconds: float = 0) -> bool:
        """Take what came, waiting so long for something. Raises ConnectionGoneError at the end."""
        self.socket.settimeout(max(seconds, 0.000_1))
        try:
            data = self.socket.recv(_RECEIVE_BYTES)
        except (TimeoutError, BlockingIOError):
            return False
        except OSError as error:
            raise ConnectionGoneError(self.goaway, self._goaway_text) from error
        finally:
            with contextlib.suppress(OSError):
                self.socket.settimeout(20)
        if not data:
            raise ConnectionGoneError(self.goaway, self._goaway_text)
        self._received += data
        while self._take_frame():
            pass
        return True

    def wait(self, streams: Iterable[int], seconds: float = 20) -> bool:
        """Wait until all streams are over; False when that took too long."""
        until, left = time.monotonic() + seconds, set(streams)
        while left := {stream for stream in left if not self.answers[stream].over}:
            if time.monotonic() > until:
                return False
            self.pump(0.1)
        return True

    def answer(self, stream: int, seconds: float = 20) -> Answer:
        """Return what came on a stream once it is over. Raises TimeoutError."""
        if not self.wait([stream], seconds):
            message = f"stream {stream} did not end within {seconds} s"
            raise TimeoutError(message)
        return self.answers[stream]

    def _take_frame(self) -> bool:
        if len(self._received) < _FRAME_HEAD:
            return False
        frame, length = frames.Frame.parse_frame_header(memoryview(self._received[:_FRAME_HEAD]))
        if len(self._received) < _FRAME_HEAD + length:
            return False
        frame.parse_body(memoryview(self._received[_FRAME_HEAD : _FRAME_HEAD + length]))
        self._received = self._received[_FRAME_HEAD + length :]
        self._took(frame)
        return True

    def _took(self, frame: frames.Frame) -> None:
        answer = self.answers.get(frame.stream_id)
        match frame:
            case frames.SettingsFrame() if "ACK" not in frame.flags:
                self._took_settings(frame.settings)
            case frames.WindowUpdateFrame():
                self._took_window(frame.stream_id, frame.window_increment)
            case frames.PingFrame() if "ACK" not in frame.flags:
                self.send_frame(frames.PingFrame(0, frame.opaque_data, flags=["ACK"]))
            case frames.GoAwayFrame():
                self.goaway = frame.error_code
                self._goaway_text = frame.additional_data.decode(errors="replace")
            case frames.HeadersFrame() if answer is not None:
                decoded = self._decoder.decode(frame.data)
                answer.headers.update((str(key), str(value)) for key, value, *_ in decoded)
                answer.ended |= "END_STREAM" in frame.flags
            case frames.DataFrame() if answer is not None:
                answer.data += frame.data
                answer.ended |= "END_STREAM" in frame.flags
                self._took_data(frame.stream_id, frame.flow_controlled_length)
            case frames.RstStreamFrame() if answer is not None:
                answer.reset = frame.error_code
            case _:
                pass

    def _took_settings(self, settings: dict[int, int]) -> None:
        self.settings.update(settings)
        window = settings.get(frames.SettingsFrame.INITIAL_WINDOW_SIZE)
        if window is not None:
            for stream in self._windows:
                self._windows[stream] += window - self.stream_window
            self.stream_window = window
        self.frame_bytes = settings.get(frames.SettingsFrame.MAX_FRAME_SIZE, self.frame_bytes)
        self.send_frame(frames.SettingsFrame(flags=["ACK"]))

    def _took_window(self, stream: int, size: int) -> None:
        if stream:
            self._windows[stream] = self._windows.get(stream, 0) + size
        else:
            self.window += size

    def _took_data(self, stream: int, size: int) -> None:
        if self.grants and size:
            self.grant(0, size)
            if not self.answers[stream].over:
                self.grant(stream, size)


def call_headers(
    path: str, token: str | None = None, metadata: Headers = (), encoding: str = ""
) -> list[tuple[str, str]]:
    """Return the headers of a gRPC call. path: `package.Service/Method`."""
    return [
        *((":method", "POST"), (":scheme", "http"), (":path", f"/{path.lstrip('/')}")),
        *((":authority", "registry"), ("te", "trailers"), ("content-type", "application/grpc")),
        *([] if token is None else [("authorization", f"Bearer {token}")]),
        *([("grpc-encoding", encoding)] if encoding else []),
        *metadata,
    ]


def message(content: bytes, declared: int | None = None, *, compressed: bool = False) -> bytes:
    """Return a gRPC message, or one that declares another length than it has."""
    length = len(content) if declared is None else declared
    return struct.pack(">BI", compressed, length) + content


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
