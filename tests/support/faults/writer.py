"""A client that changes one model repeatedly, and continues when servers are killed."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

import grpc
from google.protobuf.message import Message

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import version_pb2
from tests.support.content import NAMESPACE, a_file
from tests.support.faults.crew import Crew, own_connection
from tests.support.stubs import Stubs, refusal

_SECONDS = 180
_ROUND = 10


def patient(call: Callable[..., Any], request: Message) -> Any:  # noqa: ANN401 - what it answers
    """Call until it is answered: again when there is no server, or when it cannot know the outcome.

    A request that changes something has a `request_id`, which makes repeating it safe.
    """
    end = time.monotonic() + _SECONDS
    while True:
        try:
            return call(request, wait_for_ready=True, timeout=_SECONDS)
        except grpc.RpcError as error:
            if not _may_be_repeated(error) or time.monotonic() > end:
                raise


def _may_be_repeated(error: grpc.RpcError) -> bool:
    if error.code() is grpc.StatusCode.UNKNOWN:
        return refusal(error).reason == "COMMIT_UNKNOWN"
    return error.code() is grpc.StatusCode.UNAVAILABLE


@dataclass
class Acknowledged:
    """The newest acknowledged revision, by server (and in all: None)."""

    _newest: dict[int | None, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, server: int, revision: int) -> None:
        """Note what a server has acknowledged."""
        with self._lock:
            for key in (server, None):
                self._newest[key] = max(revision, self._newest.get(key, 0))

    def newest(self, server: int | None = None) -> int:
        """Return it."""
        with self._lock:
            return self._newest.get(server, 0)


@dataclass
class Writer:
    """Moves aliases of a model, stages and promotes, registers and deletes versions.

    at: which server it talks to. after: called behind each change with its connection and the
    revision of it. done: how many changes were acknowledged.
    """

    crew: Crew
    model: str
    random: Random
    acknowledged: Acknowledged
    at: int = 0
    after: Callable[[Stubs, int], None] = lambda _stubs, _revision: None
    done: int = 0
    _fresh: int = 0
    _turns: int = 0
    _files: list[version_pb2.FileEntry] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The model's resource name."""
        return f"{NAMESPACE}/models/{self.model}"

    def prepare(self) -> None:
        """Make the model and two versions."""
        with own_connection(self.crew.servers[self.at].target) as stubs:
            for _ in range(2):
                self._register(stubs, "")

    def run(self, count: int) -> None:
        """Make so many changes."""
        with own_connection(self.crew.servers[self.at].target) as stubs:
            while self.done < count:
                revision = self._step(stubs, self.done % _ROUND)
                self.done += 1
                self.acknowledged.add(self.at, revision)
                self.after(stubs, revision)

    def _step(self, stubs: Stubs, place: int) -> int:
        match place:
            case 6:
                return self._stage(stubs, "staging")
            case 7:
                self._turns += 1
                return self._promote(stubs)
            case 8:
                return self._register(stubs, "fresh")
            case 9:
                return self._delete(stubs)
            case _:
                return self._move(stubs, 1 + place % 2)

    def _move(self, stubs: Stubs, number: int) -> int:
        name, version = f"{self.name}/aliases/champion", f"{self.model}/{number}"
        request = catalog.SetAliasRequest(name=name, version=version, request_id=str(uuid4()))
        return int(patient(stubs.SetAlias, request).revision)

    def _promote(self, stubs: Stubs) -> int:
        version = f"{self.model}/{1 + (self._turns - 1) % 2}"
        request = governance.RequestTransitionRequest(
            moves=[governance.RequestedMove(version=version, to_stage="production")],
            request_id=str(uuid4()),
        )
        return int(patient(stubs.RequestTransition, request).revision)

    def _stage(self, stubs: Stubs, stage: str) -> int:
        name = f"{self.model}/{1 + self._turns % 2}"
        request = catalog.SetStageRequest(name=name, stage=stage, request_id=str(uuid4()))
        return int(patient(stubs.SetStage, request).revision)

    def _register(self, stubs: Stubs, alias: str) -> int:
        self._files = self._files or [a_file(stubs)]
        request = catalog.RegisterVersionRequest(
            parent=self.name,
            files=self._files,
            alias=alias,
            create_model=True,
            request_id=str(uuid4()),
        )
        version = patient(stubs.RegisterVersion, request)
        self._fresh = version.number
        return int(version.revision)

    def _delete(self, stubs: Stubs) -> int:
        request = catalog.DeleteVersionRequest(
            name=f"{self.model}/{self._fresh}", force=True, request_id=str(uuid4())
        )
        return int(patient(stubs.DeleteVersion, request).revision)
