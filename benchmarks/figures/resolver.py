"""The cost of a read of a resolver, against an attribute of a plain object."""

import timeit

from benchmarks import champion, registry_client
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.run import Run
from benchmarks.servers import registry
from modelregistry import Version


class _Plain:
    """An object that holds a version."""

    def __init__(self, version: Version) -> None:
        self.version = version


def _measure(run: Run) -> Measurement:
    reads = run.pick(1_000_000, 10_000)
    with registry(run, "resolver/registry") as server:
        champion.register(run, server)
        with (
            registry_client.fresh(server.target, server.client_dir) as client,
            client.resolver(champion.REF) as resolver,
        ):
            plain = _Plain(resolver.version)
            pairs = run.rounds(20, lambda: _sample(resolver, reads), lambda: _sample(plain, reads))
    return Measurement(pairs, {"reads": reads})


def _sample(champion: object, reads: int) -> Sample:
    names = {"champion": champion}
    return {"us": timeit.timeit("champion.version", globals=names, number=reads) / reads * 1e6}


FIGURE = Figure(
    name="resolver",
    title="read what an alias names from a resolver of the SDK",
    reference="an attribute of a plain object",
    quantities=(Quantity("us", "time per read", "µs", headline=True),),
    measure=_measure,
    short_name="attribute",
)
