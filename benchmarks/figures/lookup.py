"""The server cost of a warm lookup, against a call that only answers the same bytes."""

import grpc

from benchmarks import bare_client, calls, champion
from benchmarks.calls import Ask
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.run import NotMeasurableError, Run
from benchmarks.servers import ServerProcess, bare, registry, token

_SAME_LOOP = "cpu_us_uvloop"


def _measure(run: Run) -> Measurement:
    request = calls.lookup(champion.REF)
    block = [request] * run.pick(500, 100)
    with registry(run, "lookup/registry", "--metrics-listen", "127.0.0.1:0") as ours:
        champion.register(run, ours, token(ours, "writer"))
        reader = token(ours, "reader")
        _require_token(ours, request)
        with (
            calls.asking(ours, calls.RESOLVE, reader) as resolve,
            bare(run, "lookup/bare", reply := resolve(request)) as plain,
            bare(run, "lookup/uvloop", reply, "--uvloop") as same,
            calls.asking(plain, bare_client.ANSWER, reader) as answer,
            calls.asking(same, bare_client.ANSWER, reader) as answer_alike,
        ):
            for ask in (resolve, answer, answer_alike):
                calls.warm_up(ask, block)
            pairs = run.rounds(
                60,
                lambda: _twice(_block(ours, resolve, block)),
                lambda: {
                    **_block(plain, answer, block),
                    _SAME_LOOP: calls.one_by_one(same, answer_alike, block)["cpu_us"],
                },
            )
    sizes = {"calls_a_round": len(block), "at_once": calls.AT_ONCE, "reply_bytes": len(reply)}
    return Measurement(pairs, sizes)


def _twice(sample: Sample) -> Sample:
    return {**sample, _SAME_LOOP: sample["cpu_us"]}


def _require_token(server: ServerProcess, request: bytes) -> None:
    """Check that the server rejects a call without a token."""
    with calls.asking(server, calls.RESOLVE) as ask:
        try:
            ask(request)
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNAUTHENTICATED:
                return
            raise
    message = "the registry answered a call without a token"
    raise NotMeasurableError(message)


def _block(server: ServerProcess, ask: Ask, requests: list[bytes]) -> Sample:
    alone = calls.one_by_one(server, ask, requests)
    return {**alone, **calls.at_once(server, ask, requests)}


FIGURE = Figure(
    name="lookup",
    title="resolve an alias from memory, a token checked (SQLite)",
    reference="a bare grpc.aio method that answers the same bytes",
    quantities=(
        Quantity("cpu_us", "server CPU per call", "µs", headline=True),
        Quantity(_SAME_LOOP, "the same, bare on uvloop too", "µs", headline=True),
        Quantity("p50_ms", "latency p50", "ms"),
        Quantity("p99_ms", "latency p99", "ms"),
        Quantity("crowded_cpu_us", f"CPU per call, {calls.AT_ONCE} at once", "µs"),
        Quantity("crowded_per_s", f"calls per second, {calls.AT_ONCE} at once", "/s"),
    ),
    measure=_measure,
)
