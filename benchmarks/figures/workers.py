"""The benefit of a second worker for lookups."""

from benchmarks import champion, load
from benchmarks.figure import Figure, Measurement, Quantity
from benchmarks.run import Run
from benchmarks.servers import registry

_WORKERS = 2


def _measure(run: Run) -> Measurement:
    calls = run.pick(20_000, 800)
    with (
        registry(run, "workers/several", "--workers", str(_WORKERS)) as several,
        registry(run, "workers/one") as one,
    ):
        for server in (several, one):
            champion.register(run, server)
            load.per_second(server, champion.REF, calls // 4)
        pairs = run.rounds(
            7,
            lambda: {"per_s": load.per_second(several, champion.REF, calls)},
            lambda: {"per_s": load.per_second(one, champion.REF, calls)},
        )
    sizes = {"workers": _WORKERS, "calls": calls, "at_once": load.AT_ONCE}
    return Measurement(pairs, sizes, load.driver())


FIGURE = Figure(
    name="workers",
    title="resolve an alias from two workers (SQLite)",
    reference="one worker",
    quantities=(Quantity("per_s", "lookups (ratio: times as many)", "/s", headline=True),),
    measure=_measure,
    short_name="one",
    prepare=load.prepare,
)
