"""The cost of a gate: a policy over a thousand slices, read and judged in one transaction."""

import json
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.postgres import postgres
from benchmarks.run import NotMeasurableError, Run
from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.evaluation import EvaluationDraft
from registry_grpc.domain.facts import SliceMetric
from registry_grpc.domain.names import ModelName, PolicyName
from registry_grpc.domain.policy import PolicyDraft
from registry_grpc.domain.principal import Principal, Role
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.rule import Rule
from registry_grpc.domain.rules.bound import MetricBound
from registry_grpc.domain.stage import PRODUCTION
from registry_grpc.engines.json_schema.rules import JsonSchemaRules
from registry_grpc.persistence.database import SqlDatabase, open_database
from registry_grpc.persistence.migrate import migrate
from registry_grpc.services.evaluation import Evaluations
from registry_grpc.services.gate import Gate, check_gate
from registry_grpc.services.mutation import Mutation, Mutations
from registry_grpc.services.policy import Policies
from registry_grpc.services.ports.expressions import NoExpressions
from registry_grpc.services.reading import require_model
from registry_grpc.services.registration import Registrations
from registry_grpc.services.registration_check import Registration
from registry_grpc.transport.convert.record import record_digest

_SLICES = 1_000
_MODEL = ModelName("default", "fraud")
_RULE = Rule("each", bound=MetricBound("recall", dimension="age", minimum=0.5, min_count=50))
_EVIDENCE = EvaluationDraft(
    slices=tuple(
        SliceMetric("age", f"part-{number:04}", 100 + number, "recall", 0.6 + number / 10_000)
        for number in range(_SLICES)
    )
)


def _measure(run: Run) -> Measurement:
    times = run.pick(50, 5)
    with (
        postgres(run, "gate/postgres") as url,
        run.folder("gate/sqlite") as folder,
        ExitStack() as stack,
    ):
        databases = {
            name: stack.enter_context(_filled(place))
            for name, place in (("sqlite", f"sqlite:///{folder}/registry.db"), ("postgresql", url))
        }
        pairs = run.rounds(
            20,
            lambda: _each(databases, times, _check),
            lambda: _each(databases, times, lambda _: _compare()),
        )
    return Measurement(pairs, {"slices": _SLICES, "gates_a_round": times})


def _filled(url: str) -> SqlDatabase:
    """Return a database with a version, an evaluation of a thousand slices and a policy."""
    migrate(url)
    database = open_database(url, digest=record_digest)
    mutations = Mutations(database, _now)
    call: Mutation[Any] = Mutation(Principal("bench", Role.ADMIN), "", "", lambda _, __: b"")
    wanted = Registration(VersionDraft(()), create_model=True)
    Registrations(database, mutations, uuid4, JsonSchemaRules()).register(call, _MODEL, wanted)
    reference = Reference.parse(f"{_MODEL.model}/1")
    Evaluations(database, mutations, uuid4).submit(call, reference, _EVIDENCE)
    said = PolicyDraft(PRODUCTION, "*", rules=(_RULE,))
    policies = Policies(database, mutations, NoExpressions())
    policies.put(call, PolicyName(_MODEL.namespace, "quality"), said, "", "")
    return database


def _each(
    databases: dict[str, SqlDatabase], times: int, work: Callable[[SqlDatabase], object]
) -> Sample:
    return {f"{name}_ms": _median_ms(times, work, each) for name, each in databases.items()}


def _median_ms(times: int, work: Callable[[SqlDatabase], object], database: SqlDatabase) -> float:
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        work(database)
        spent.append(time.perf_counter() - began)
    return statistics.median(spent) * 1e3


def _check(database: SqlDatabase) -> Gate:
    with database.read() as tx:
        model = require_model(tx, _MODEL)
        version = tx.versions.get(model, 1)
        if version is None:
            message = "the version is not there"
            raise NotMeasurableError(message)
        gate = check_gate(tx, model, version, PRODUCTION, _now(), NoExpressions())
    if gate.blocks or len(gate.findings) != _SLICES:
        message = f"the gate found {len(gate.findings)} things"
        raise NotMeasurableError(message)
    return gate


_TEXT = json.dumps(
    [
        {"value": item.value, "count": item.count, "result": item.result, "interval": None}
        for item in _EVIDENCE.slices
    ]
)


def _compare() -> bool:
    return all(item["result"] >= 0.5 and item["count"] >= 50 for item in json.loads(_TEXT))  # noqa: PLR2004


def _now() -> datetime:
    return datetime.now(UTC)


FIGURE = Figure(
    name="gate",
    title=f"a gate over {_SLICES:,} slices, evidence read and every finding written out",
    reference="the same numbers read from JSON and compared, without a finding",
    quantities=(
        Quantity("sqlite_ms", "SQLite", "ms", headline=True),
        Quantity("postgresql_ms", "PostgreSQL", "ms", headline=True),
    ),
    measure=_measure,
)
