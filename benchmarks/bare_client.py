"""The other end of `bare_server`: a file out, a file in, with nothing checked."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import grpc

from benchmarks.bare_server import MAX_MESSAGE_BYTES, PIECE_BYTES, SERVICE

ANSWER, TELL, HEAR = f"/{SERVICE}/Answer", f"/{SERVICE}/Tell", f"/{SERVICE}/Hear"
BEAT = f"/{SERVICE}/Beat"
_TAKE, _GIVE = f"/{SERVICE}/Take", f"/{SERVICE}/Give"
_TIMEOUT_S = 600.0
_OPTIONS = (("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),)


def push(target: str, source: Path) -> None:
    """Send a file; on return the server has it synced to disk."""
    push_each(target, (source,))


def push_each(target: str, sources: Iterable[Path]) -> None:
    """Send files over one channel, each as a stream, one after the other."""
    with grpc.insecure_channel(target, options=_OPTIONS) as channel:
        take: grpc.StreamUnaryMultiCallable[bytes, bytes] = channel.stream_unary(_TAKE)
        for source in sources:
            take(_pieces(source), timeout=_TIMEOUT_S)


def pull(target: str, name: str, destination: Path) -> None:
    """Fetch a file of the server's folder and sync it to disk."""
    with (
        grpc.insecure_channel(target, options=_OPTIONS) as channel,
        destination.open("xb", buffering=0) as file,
    ):
        give: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(_GIVE)
        for piece in give(name.encode(), timeout=_TIMEOUT_S):
            file.write(piece)
        os.fsync(file.fileno())


def _pieces(source: Path) -> Iterator[bytes]:
    with source.open("rb", buffering=0) as file:
        while piece := file.read(PIECE_BYTES):
            yield piece
