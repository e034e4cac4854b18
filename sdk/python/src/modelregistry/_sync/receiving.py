# Generated from _async/receiving.py by scripts/generate_sync.py: never edit this.
"""The download of one large blob: in parallel blocks where the registry has a plan, or in order."""

from contextlib import closing
from pathlib import Path
from typing import Final

import google_crc32c

from modelregistry._convert.blobs import plan_from_message
from modelregistry._local.blocks import Block, BlockFile, BlockPlan
from modelregistry._local.incoming import CheckedFile, IncomingFile, mismatch
from modelregistry._local.transfer import ProgressCounter, keep_buffers
from modelregistry._sync.concurrency import Scope, run_blocking
from modelregistry._sync.connection import Connection
from modelregistry._sync.downloads import pieces
from modelregistry._wire import direct
from modelregistry._wire.retry_policy import TRANSIENT
from modelregistry.errors import (
    ContentMismatch,
    InternalError,
    NotImplementedYet,
    RegistryError,
    Unavailable,
)
from modelregistry.types import FileEntry
from modelregistry.v1 import artifact_service_pb2 as pb

_PARALLEL_FROM: Final = 192 * 1024 * 1024
"""A smaller blob has too few blocks for parallel streams to be worth a plan."""
_BLOCKS_AT_ONCE: Final = 3
_WITHOUT_PLAN: Final[tuple[type[RegistryError], ...]] = (*TRANSIENT, InternalError)


class Receiver:
    """Receives the large blobs of one namespace."""

    def __init__(self, connection: Connection, parent: str, scope: Scope) -> None:
        self._connection = connection
        self._parent = parent
        self._scope = scope
        self._plans = True
        self._direct = True

    def receive(self, entry: FileEntry, path: Path, counter: ProgressCounter) -> CheckedFile:
        """Download the bytes of a blob into a file, after those that the file has already.

        Raises ContentMismatch when the bytes do not match, and empties the file. Raises the error
        of a stream that keeps breaking, and keeps the bytes that arrived.
        """
        keep_buffers()
        resumed = run_blocking(_has_bytes, path)
        try:
            return self._receive(entry, path, counter)
        except ContentMismatch:
            run_blocking(_empty, path)
            if not resumed:
                raise
            try:
                return self._receive(entry, path, counter)
            except ContentMismatch:
                run_blocking(_empty, path)
                raise

    def _receive(self, entry: FileEntry, path: Path, counter: ProgressCounter) -> CheckedFile:
        plan = self._plan(entry)
        if plan is not None:
            return self._by_blocks(entry, path, plan, counter)
        return self._in_order(entry, path, counter)

    def _plan(self, entry: FileEntry) -> BlockPlan | None:
        if not self._plans or entry.size_bytes < _PARALLEL_FROM:
            return None
        request = pb.GetDownloadPlanRequest(parent=self._parent, digest=entry.digest)
        method = self._connection.stubs.artifacts.GetDownloadPlan
        try:
            reply = self._connection.unary(method, request)
        except NotImplementedYet:
            self._plans = False  # an older registry: do not call it again
            return None
        except _WITHOUT_PLAN:
            return None  # the stream has a longer retry policy
        plan = plan_from_message(reply, entry.digest, entry.size_bytes)
        # Parallel ranges help where a bucket serves them. From one registry they do not: its stream
        # fills the connection, and bytes in order are hashed as they arrive (1 GiB on one machine:
        # 1.3 s in order, 2.6 s as three ranges at a time).
        loopback = self._connection.settings.loopback
        return (
            plan
            if plan is not None and direct.is_usable(plan.url.reveal(), loopback=loopback)
            else None
        )

    def _in_order(self, entry: FileEntry, path: Path, counter: ProgressCounter) -> CheckedFile:
        with IncomingFile(path, entry) as incoming:
            at = run_blocking(incoming.open)
            counter.advance_to(at)
            if at < entry.size_bytes:
                request = self._request(entry, at, entry.size_bytes)
                source = pieces(self._connection, request, self._scope, entry.size_bytes)
                with closing(source) as stream:
                    for data in stream:
                        run_blocking(incoming.add, data)
                        at += len(data)
                        counter.advance_to(at)
            return run_blocking(incoming.finish)

    def _by_blocks(
        self, entry: FileEntry, path: Path, plan: BlockPlan, counter: ProgressCounter
    ) -> CheckedFile:
        with BlockFile(path, entry, plan) as file:
            missing = run_blocking(file.open)
            counter.advance_to(file.complete_bytes)

            def fetch(block: Block) -> None:
                if not self._fetch_directly(plan, file, block):
                    self._fetch_by_stream(entry, file, block)
                run_blocking(file.complete, block)
                counter.advance_to(file.complete_bytes)

            self._scope.beside(_BLOCKS_AT_ONCE).map(fetch, missing)
            return run_blocking(file.finish)

    def _fetch_directly(self, plan: BlockPlan, file: BlockFile, block: Block) -> bool:
        """Fetch a block from the address in the plan; return whether it arrived intact."""
        if not plan.url or not self._direct:
            return False
        try:
            run_blocking(direct.fetch, plan.url.reveal(), block, file.write)
        except Unavailable:
            self._direct = False  # a rejected address stays rejected
            return False
        return run_blocking(file.is_intact, block)

    def _fetch_by_stream(self, entry: FileEntry, file: BlockFile, block: Block) -> None:
        request, at, checksum = self._request(entry, block.start, block.end), block.start, 0
        source = pieces(self._connection, request, self._scope, entry.size_bytes)
        with closing(source) as stream:
            for data in stream:
                run_blocking(file.write, data, at)
                at += len(data)
                checksum = google_crc32c.extend(checksum, data)
        if checksum != block.crc32c:
            problem = f"bytes {block.start} to {block.end} do not match their checksum"
            raise mismatch(entry, problem)

    def _request(self, entry: FileEntry, start: int, end: int) -> pb.ReadBlobRequest:
        return pb.ReadBlobRequest(
            parent=self._parent, digest=entry.digest, offset=start, length=end - start
        )


def _has_bytes(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _empty(path: Path) -> None:
    if path.exists():  # it does not when no bytes arrived
        with path.open("rb+") as stream:
            stream.truncate(0)
