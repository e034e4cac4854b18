"""A client of the bare contract that resumes at the durable offset, and counts sent bytes."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from uuid import uuid4

import google_crc32c
import grpc

from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import version_pb2
from tests.support.content import MIB, NAMESPACE, digest_of
from tests.support.faults.site import Site
from tests.support.stubs import Stubs

SENT_AGAIN = 8 * MIB  # at most, per kill, of what the server had acknowledged as received
_SECONDS = 180


@dataclass
class Sender:
    """Sends one blob, whatever becomes of the server meanwhile.

    durable: what the server said need never be sent again. received: what it said it has. reached:
    the end of what was ever sent. sent_again: bytes sent although the server had received them.
    restarts: how often the server had lost all. flushed: which part of the messages asks for that.
    """

    data: bytes
    random: Random
    flushed: float = 0.3
    name: str = ""
    durable: int = 0
    received: int = 0
    reached: int = 0
    sent_again: int = 0
    restarts: int = 0
    request_id: str = ""

    def go_on(self, stubs: Stubs, passing: Callable[[int], None] = lambda _: None) -> None:
        """Send from what is durable to the end, and commit; tell `passing` each offset."""
        upload = self.standing(stubs)
        if upload.state == artifact.UPLOAD_STATE_COMMITTED:
            return
        self.sent_again += max(0, self.received - upload.committed_offset)
        self.received = upload.committed_offset
        messages = self._messages(upload.committed_offset, passing)
        for answer in stubs.WriteUpload(messages, timeout=_SECONDS):
            self.durable = max(self.durable, answer.committed_offset)
            self.received = max(self.received, answer.received_offset)
        passing(len(self.data))
        commit = artifact.CommitUploadRequest(name=self.name)
        done = stubs.CommitUpload(commit, timeout=_SECONDS)
        assert done.state == artifact.UPLOAD_STATE_COMMITTED

    def standing(self, stubs: Stubs) -> artifact.Upload:
        """Return where it stands, having begun it if need be; it is never behind what was said."""
        if not self.name:
            self.request_id = self.request_id or str(uuid4())
            blob = artifact.BlobRef(digest=digest_of(self.data), size_bytes=len(self.data))
            request = artifact.BeginUploadRequest(
                parent=NAMESPACE, blob=blob, request_id=self.request_id
            )
            self.name = stubs.BeginUpload(request, timeout=_SECONDS).name
        upload: artifact.Upload = stubs.GetUpload(
            artifact.GetUploadRequest(name=self.name), timeout=_SECONDS
        )
        restarted = upload.session_number - 1 > self.restarts
        if restarted:
            self.restarts = upload.session_number - 1
            self.durable = self.received = 0
        if upload.state == artifact.UPLOAD_STATE_OPEN:
            assert self.durable <= upload.committed_offset <= self.reached
        return upload

    def _messages(
        self, offset: int, passing: Callable[[int], None]
    ) -> Iterator[artifact.WriteUploadRequest]:
        first = True
        while offset < len(self.data) or first:
            part = self.data[offset : offset + self.random.randint(1, MIB)]
            self.reached = max(self.reached, offset + len(part))
            passing(offset)
            yield artifact.WriteUploadRequest(
                name=self.name if first else "",
                offset=offset,
                data=part,
                crc32c=google_crc32c.value(part),
                flush=self.random.random() < self.flushed,
            )
            first, offset = False, offset + len(part)


def interrupted(site: Site, sender: Sender) -> None:
    """Let a sender go on, and kill the server at some byte, or while it commits."""
    at = sender.random.randint(0, len(sender.data))
    delay = sender.random.choice((0.0, 0.0, sender.random.uniform(0, 0.03)))
    passed, ended = threading.Event(), threading.Event()

    def kill() -> None:
        passed.wait(_SECONDS)
        time.sleep(delay)  # chooses the moment; nothing is waited for
        site.server.kill()

    def passing(offset: int) -> None:
        if offset >= at:
            passed.set()
            if not delay and offset < len(sender.data):
                ended.wait(_SECONDS)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        with site.stubs() as stubs:
            sender.go_on(stubs, passing)
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.UNAVAILABLE:
            raise
    finally:
        passed.set()
        thread.join()
        ended.set()
    site.server.restart()


def register(stubs: Stubs, data: bytes, model: str) -> None:
    """Register a version of one file, in a model that is made if need be."""
    file = version_pb2.FileEntry(path="model.bin", digest=digest_of(data), size_bytes=len(data))
    request = catalog.RegisterVersionRequest(
        parent=f"{NAMESPACE}/models/{model}", files=[file], create_model=True
    )
    stubs.RegisterVersion(request)
