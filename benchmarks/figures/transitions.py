"""The cost of rules: transitions that pass ten rules, against plain changes."""

from collections.abc import Mapping

from benchmarks import calls, promotions
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.postgres import postgres
from benchmarks.run import Run
from benchmarks.servers import administer, registry

_DATABASES = ("sqlite", "postgresql")


def _measure(run: Run) -> Measurement:
    count = run.pick(100, 10)
    with postgres(run, "transitions/postgres") as url:
        administer("migrate", "--database", url)
        return _compared(run, url, count)


def _compared(run: Run, url: str, count: int) -> Measurement:
    with (
        registry(run, "transitions/sqlite") as embedded,
        registry(run, "transitions/postgresql", "--database", url) as shared,
        promotions.promoting(embedded) as promote_embedded,
        promotions.promoting(shared) as promote_shared,
        calls.asking(embedded, promotions.SET_ALIAS) as alias_embedded,
        calls.asking(shared, promotions.SET_ALIAS) as alias_shared,
    ):
        for server in (embedded, shared):
            promotions.prepare(run, server)
        pairs = run.rounds(
            15,
            lambda: _named([p.per_second(count) for p in (promote_embedded, promote_shared)]),
            lambda: _named(
                [promotions.aliases_per_second(a, count) for a in (alias_embedded, alias_shared)]
            ),
        )
    return Measurement(pairs, {"calls_a_round": count, "rules": 10})


def _named(samples: list[Sample]) -> Mapping[str, float]:
    return {
        f"{database}_{name}": value
        for database, sample in zip(_DATABASES, samples, strict=True)
        for name, value in sample.items()
    }


FIGURE = Figure(
    name="transitions",
    title="promote a version past ten rules",
    reference="SetAlias, a change without rules",
    quantities=(
        Quantity("sqlite_per_s", "transitions, SQLite", "/s", headline=True),
        Quantity("postgresql_per_s", "transitions, PostgreSQL", "/s", headline=True),
    ),
    measure=_measure,
    short_name="SetAlias",
)
