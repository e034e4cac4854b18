"""The reference: gRPC with nothing around it. A program; `servers.bare` starts it.

Method paths and behaviour, all on plain bytes: `Answer` returns the same bytes to every call,
`Take` writes a stream into a new file, syncs it and answers, `Give` sends a file of its folder.
`Hear` sends an empty message at once, then those same bytes after each call of `Tell`. `Beat`
sends those bytes after the first message of a stream, and reads the others.
"""

import argparse
import asyncio
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import grpc
import uvloop

SERVICE = "benchmarks.Bare"
PIECE_BYTES = 1024 * 1024
MAX_MESSAGE_BYTES = 4 * PIECE_BYTES
_GRACE_S = 5.0
_Context = grpc.aio.ServicerContext[Any, Any]


def _handlers(folder: Path, reply: bytes) -> grpc.GenericRpcHandler:
    async def answer(_request: bytes, _context: _Context) -> bytes:
        return reply

    async def take(pieces: AsyncIterator[bytes], _context: _Context) -> bytes:
        with (folder / uuid.uuid4().hex).open("xb", buffering=0) as file:
            async for piece in pieces:
                file.write(piece)
            os.fsync(file.fileno())
        return b""

    async def give(name: bytes, _context: _Context) -> AsyncIterator[bytes]:
        with (folder / name.decode()).open("rb", buffering=0) as file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    async def beat(_messages: AsyncIterator[bytes], context: _Context) -> None:
        await context.read()
        await context.write(reply)
        while await context.read() is not grpc.aio.EOF:
            pass

    return grpc.method_handlers_generic_handler(
        SERVICE,
        {
            "Answer": grpc.unary_unary_rpc_method_handler(answer),
            "Take": grpc.stream_unary_rpc_method_handler(take),
            "Give": grpc.unary_stream_rpc_method_handler(give),
            "Beat": grpc.stream_stream_rpc_method_handler(beat),
            **_fan(reply),
        },
    )


def _fan(reply: bytes) -> Mapping[str, "grpc.RpcMethodHandler[bytes, bytes]"]:
    hearing: set[asyncio.Queue[bytes]] = set()

    async def tell(_request: bytes, _context: _Context) -> bytes:
        for queue in hearing:
            queue.put_nowait(reply)
        return b""

    async def hear(_request: bytes, _context: _Context) -> AsyncIterator[bytes]:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        hearing.add(queue)
        try:
            yield b""
            while True:
                yield await queue.get()
        finally:
            hearing.discard(queue)

    return {
        "Tell": grpc.unary_unary_rpc_method_handler(tell),
        "Hear": grpc.unary_stream_rpc_method_handler(hear),
    }


async def serve(folder: Path, reply: bytes) -> None:
    """Serve until SIGTERM; write `listening on HOST:PORT` to stderr."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    options = (
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    )
    server = grpc.aio.server(options=options)
    server.add_generic_rpc_handlers((_handlers(folder, reply),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"listening on 127.0.0.1:{port}", file=sys.stderr, flush=True)
    await stop.wait()
    await server.stop(_GRACE_S)


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reply", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--uvloop", action="store_true", help="on the loop that ours has")
    given = parser.parse_args()
    run = uvloop.run if given.uvloop else asyncio.run
    run(serve(given.data_dir, given.reply.read_bytes()))


if __name__ == "__main__":
    main()
