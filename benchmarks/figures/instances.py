"""What instances cost that report and change nothing, against streams of a bare server."""

import time
from datetime import timedelta

import grpc

from benchmarks import bare_client, champion
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.reporters import PROCESSES, reporting
from benchmarks.run import Run
from benchmarks.servers import ServerProcess, bare, registry
from modelregistry.v1 import deployment_pb2, lookup_service_pb2
from modelregistry.v1 import deployment_service_pb2 as pb

_REPORT = "/modelregistry.v1.DeploymentService/ReportDeployments"
_CHANGES = "/modelregistry.v1.LookupService/ListChanges"
_TTL = timedelta(seconds=30)


def _measure(run: Run) -> Measurement:
    count, settle, seconds = run.pick((10_000, 45.0, 30.0), (200, 1.0, 2.0))
    # What the registry asks of so many instances with this time to live.
    interval = min(max(timedelta(seconds=count / 400), _TTL / 3), _TTL * 2 / 3)
    reply = pb.ReportDeploymentsResponse()
    reply.heartbeat_interval.FromTimedelta(interval)
    with (
        registry(run, "instances/registry") as server,
        bare(run, "instances/bare", reply.SerializeToString(), "--uvloop") as plain,
    ):
        champion.register(run, server)
        first = _first()
        pairs = run.rounds(
            1,
            lambda: _sample(server, _REPORT, first, count, settle, seconds, logged=True),
            lambda: _sample(plain, bare_client.BEAT, first, count, settle, seconds),
        )
    sizes = {"instances": count, "ttl_s": _TTL.total_seconds(), "clients": PROCESSES}
    return Measurement(pairs, {**sizes, "interval_s": interval.total_seconds()})


def _first() -> pb.ReportDeploymentsRequest:
    served = deployment_pb2.Deployment(
        version=f"{champion.NAME}/versions/1",
        reference=champion.REF,
        phase=deployment_pb2.DEPLOYMENT_PHASE_SERVING,
    )
    request = pb.ReportDeploymentsRequest(
        parent="namespaces/default",
        target="eu-prod",
        report=pb.DeploymentReport(deployments=[served]),
    )
    request.ttl.FromTimedelta(_TTL)
    return request


def _sample(
    server: ServerProcess,
    method: str,
    first: pb.ReportDeploymentsRequest,
    count: int,
    settle: float,
    seconds: float,
    *,
    logged: bool = False,
) -> Sample:
    resident = server.resident_bytes()
    with reporting(server, method, first, count):
        time.sleep(settle)  # until each has heard of the interval that so many have
        growth = server.resident_bytes() - resident
        revision = _revision(server) if logged else 0
        began, before = time.monotonic(), server.cpu_seconds()
        time.sleep(seconds)
        used, passed = server.cpu_seconds() - before, time.monotonic() - began
        grown = _revision(server) - revision if logged else 0
    return {
        "core_percent": used / passed * 100,
        "kib_each": growth / count / 1024,
        "changes": grown,
    }


def _revision(server: ServerProcess) -> int:
    request = lookup_service_pb2.ListChangesRequest(parent="namespaces/default", page_size=1)
    with grpc.insecure_channel(server.target) as channel:
        ask: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(_CHANGES)
        reply = lookup_service_pb2.ListChangesResponse.FromString(ask(request.SerializeToString()))
    return reply.revision


FIGURE = Figure(
    name="instances",
    title="instances report, and nothing changes",
    reference="bare streams on which as many empty messages arrive",
    quantities=(
        Quantity("core_percent", "server CPU", "% of a core", headline=True),
        Quantity("kib_each", "server memory for each", "KiB"),
        Quantity("changes", "changes in the log", ""),
    ),
    measure=_measure,
    budget_s=400.0,
)
