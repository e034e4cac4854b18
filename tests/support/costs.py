"""What a call costs the server, and how it ends."""

import grpc
import psutil
from google.protobuf.message import Message

from modelregistry.v1 import catalog_service_pb2 as catalog
from registry_grpc.domain.work import LIMIT
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, refusal

DONE, TOO_MUCH = "OK", "LIMIT_EXCEEDED"
_MOST_CPU_S = 1.0
_SECONDS = 30.0


def ended(server: RegistryProcess, stubs: Stubs, method: str, request: Message, model: str) -> str:
    """Return how a call ends: OK or its reason. Others are answered meanwhile.

    Fails when it takes a second of the server's CPU.
    """
    before = _cpu(server)
    coming = getattr(stubs, method).future(request, timeout=_SECONDS)
    stubs.GetModel(catalog.GetModelRequest(name=model), timeout=_SECONDS)
    try:
        coming.result()
        reason = DONE
    except grpc.RpcError as error:
        refused = refusal(error)
        reason = refused.reason
        assert reason != TOO_MUCH or refused.metadata["limit"] == LIMIT
    assert _cpu(server) - before < _MOST_CPU_S
    return reason


def _cpu(server: RegistryProcess) -> float:
    assert server.process is not None
    times = psutil.Process(server.process.pid).cpu_times()
    return float(times.user + times.system)
