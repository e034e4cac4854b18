"""Versions by stage over all models, now and at a moment, equal each model's own history."""

from datetime import datetime
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry_grpc.domain.history import Position
from registry_grpc.domain.names import VersionName
from registry_grpc.domain.page import Query
from registry_grpc.services.ports.database import Database
from registry_grpc.services.staged_version import StagedVersions
from tests.contract.database_examples import (
    a_model,
    a_namespace,
    a_transition,
    add_version,
    at,
    deleted,
)
from tests.support.faults.amount import examples

_names = count(1)
stages = st.sampled_from(("staging", "production", "archived", "none"))
moves = st.lists(st.tuples(st.sampled_from(("a", "b")), st.integers(1, 3), stages), max_size=12)


def listed(
    database: Database, namespace: str, stage: str, moment: datetime | None, size: int
) -> list[tuple[VersionName, str]]:
    """Return versions and stages, page by page."""
    staged = StagedVersions(database, lambda: at(1_000))
    query, token = Query("List", (), (str, int)), ""
    found: list[tuple[VersionName, str]] = []
    while True:
        page = staged.list(*(query, query.page(size, token), namespace, stage, moment), Position())
        found += [(entry.version, entry.stage) for entry in page.items]
        token = page.next_token
        if not token:
            return found


@given(
    drawn=moves, moment=st.none() | st.integers(0, 14), size=st.integers(1, 3), gone=st.booleans()
)
@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_staged_versions_are_what_the_histories_of_models_say(
    database: Database,
    drawn: list[tuple[str, int, str]],
    moment: int | None,
    size: int,
    gone: bool,
) -> None:
    namespace = f"n{next(_names)}"
    models = {one: a_model(one, namespace=namespace) for one in "ab"}
    now = None if moment is None else at(moment)
    with database.change(lambda: at(0)) as tx:
        tx.namespaces.add(a_namespace(namespace))
        held = {}
        for one, model in models.items():
            tx.models.add(model)
            for number in (1, 2, 3):
                version = add_version(tx, model, number)
                held[one, number] = "none"
                if gone and (one, number) == ("b", 3):
                    tx.versions.update(deleted(version, at(7), 99))
        for minute, (one, number, stage) in enumerate(drawn, 1):
            entry = a_transition(models[one], number, stage, "none", minute)
            tx.stages.append(models[one], entry)
            if moment is None or minute <= moment:
                held[one, number] = stage
    if gone and (moment is None or moment >= 7):
        del held["b", 3]
    for wanted in ("staging", "production", ""):
        expected = [
            (models[one].name.version(number), stage)
            for (one, number), stage in sorted(held.items())
            if stage == wanted or (not wanted and stage != "none")
        ]
        assert listed(database, namespace, wanted, now, size) == expected
