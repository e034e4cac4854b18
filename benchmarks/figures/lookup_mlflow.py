"""Lookups per second, beside MLflow's."""

from benchmarks import champion, load, mlflow_aliases, mlflow_server
from benchmarks.figure import Figure, Measurement, Quantity
from benchmarks.run import Run
from benchmarks.servers import registry


def _measure(run: Run) -> Measurement:
    ours, theirs = run.pick((20_000, 1_000), (800, 80))
    with (
        registry(run, "lookup_mlflow/registry") as server,
        mlflow_server.mlflow(run, "lookup_mlflow/mlflow") as reference,
    ):
        champion.register(run, server)
        mlflow_aliases.register(reference)
        load.per_second(server, champion.REF, ours // 4)
        mlflow_aliases.per_second(reference, theirs // 4, load.AT_ONCE)
        pairs = run.rounds(
            7,
            lambda: {"per_s": load.per_second(server, champion.REF, ours)},
            lambda: {"per_s": mlflow_aliases.per_second(reference, theirs, load.AT_ONCE)},
        )
    sizes = {"calls": ours, "calls_of_mlflow": theirs, "at_once": load.AT_ONCE}
    return Measurement(pairs, sizes, {"mlflow": mlflow_server.version(), **load.driver()})


def _prepare(run: Run) -> None:
    mlflow_server.install(run)
    load.prepare(run)


FIGURE = Figure(
    name="lookup_mlflow",
    title="resolve an alias, beside MLflow (SQLite)",
    reference="GET registered-models/alias of mlflow server, one worker, SQLite",
    quantities=(Quantity("per_s", "lookups (ratio: times as many)", "/s", headline=True),),
    measure=_measure,
    short_name="MLflow",
    prepare=_prepare,
)
