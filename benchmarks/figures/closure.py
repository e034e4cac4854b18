"""The server cost of a warm closure, against a lookup with a reply of as many bytes."""

from benchmarks import calls, content, registry_client
from benchmarks.figure import Figure, Measurement, Quantity
from benchmarks.run import Run
from benchmarks.servers import registry
from modelregistry import Client, Ensemble, EnsembleMember, Quiet
from modelregistry.v1 import lookup_service_pb2 as pb

CLOSURE = "/modelregistry.v1.LookupService/ResolveClosure"
_MEMBERS = 100
_MOST_TEXT = 64 * 1024


def _measure(run: Run) -> Measurement:
    closure = pb.ResolveClosureRequest(ref="both@latest").SerializeToString()
    version = calls.lookup("part@latest")
    count = run.pick(500, 100)
    with (
        registry(run, "closure/registry") as server,
        registry_client.fresh(server.target, server.client_dir) as client,
        calls.asking(server, CLOSURE) as ask,
        calls.asking(server, calls.RESOLVE) as resolve,
    ):
        _register(run, client)
        missing = len(ask(closure)) - len(resolve(version))
        client.update_version("part/1", description="x" * min(missing, _MOST_TEXT))
        size, other = len(ask(closure)), len(resolve(version))
        calls.warm_up(ask, [closure] * count)
        calls.warm_up(resolve, [version] * count)
        pairs = run.rounds(
            60,
            lambda: calls.one_by_one(server, ask, [closure] * count),
            lambda: calls.one_by_one(server, resolve, [version] * count),
        )
    settings = {"members": _MEMBERS, "calls_a_round": count, "reply_bytes": size}
    return Measurement(pairs, {**settings, "lookup_bytes": other})


def _register(run: Run, client: Client) -> None:
    with run.folder("closure-part") as folder:
        content.write_file(folder / "part.bin", 4_096)
        client.push("part", folder, progress=Quiet())
    members = (EnsembleMember(role=f"m{place}", version="part/1") for place in range(_MEMBERS))
    client.push("both", ensemble=Ensemble(members=tuple(members)), progress=Quiet())


FIGURE = Figure(
    name="closure",
    title=f"resolve an ensemble of {_MEMBERS} members from memory",
    reference="ResolveVersion from memory, with a reply of as many bytes",
    quantities=(
        Quantity("cpu_us", "server CPU per call", "µs", headline=True),
        Quantity("p50_ms", "latency p50", "ms"),
        Quantity("p99_ms", "latency p99", "ms"),
    ),
    measure=_measure,
    short_name="lookup",
)
