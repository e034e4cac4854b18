"""Figures: what the registry costs, as ratios against a reference in the same run.

    make bench                                        every figure, full size
    .venv/bin/python -m benchmarks --short            small sizes, to see that it runs
    .venv/bin/python -m benchmarks --only push --json push.json

Absolute times say more about the machine than about the registry. So every figure has a *reference*
that does the same with as little as possible, measured on the same machine in the same run: server
processes of their own, rounds that take turns (the order flips each round), and the ratio of each
round by itself. A figure is the median of those ratios, between the smallest and the largest.

To add a figure

1. Write `figures/<name>.py` with a constant `FIGURE`: its name, a title, what the reference is, the
   quantities (the headline first), and a function that measures::

       def _measure(run: Run) -> Measurement:
           with registry(run, "registry") as ours, bare(run, "bare") as reference:
               pairs = run.rounds(7, lambda: _ask(ours), lambda: _ask(reference))
           return Measurement(pairs, {"calls": 1_000})

       FIGURE = Figure("name", "what is done", "what bare means", (Quantity(…),), _measure)

   Each of the two functions measures one side once and returns a value for every quantity. What one
   side cannot have it leaves out; a quantity then has no ratio. A reference that is not bare gRPC
   has a `short_name` for the table, and what takes long to install a `prepare`. Where single calls
   are measured, rounds are short and many: what else the machine does then hits both sides alike.
2. Add it to `FIGURES` in `figures/__init__.py` and a section to `docs/benchmarks.md`.

The rest is there: `servers` starts processes and reads their CPU and memory, `bare_server` and
`bare_client` are the references, `mlflow_server`, `mlflow_client` and `mlflow_aliases` the peer,
`registry_client` is a client that remembers nothing of other rounds, `client_process` times a
client in a process of its own, `counting_proxy` counts what travels, `content` makes files,
`run.pick(full, short)` chooses sizes, and `run.folder(name)` is a place that is gone afterwards.

For calls: `calls` makes blocks of unary ones and returns their costs, `load` makes as many as a
server answers (with `ghz`), `crew` has client processes that act together and `watchers` those that
listen to streams. `champion` is the version that is looked up, `filling` makes a large registry out
of `copies` of a real registration, and `postgres` is a PostgreSQL of the run's own.

Nothing here judges: no figure is too slow.
"""
