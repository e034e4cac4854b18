"""Entries of the log: canonical bytes that are returned as they were stored, on both databases."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from registry_grpc.domain.change import Change, Event
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.evaluation import Evaluation
from registry_grpc.domain.facts import SliceMetric, VersionDetail
from registry_grpc.domain.finding import Outcome
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.transition import Transition
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.persistence.database import open_database
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.log_tables import changes
from registry_grpc.persistence.migrate import migrate
from registry_grpc.services.ports.database import Database
from registry_grpc.services.registration_check import Registration
from registry_grpc.transport.convert.record import record_digest
from tests.contract.database_examples import START, stored_model
from tests.support.databases import Kind
from tests.support.governance import MODEL, Governed, governed
from tests.support.released import MODEL as RELEASED_MODEL
from tests.support.released import load_released
from tests.support.staged import GUARDED

STRANGE = 'a "größer" \U0001d4b3 \u007f\x01 \\ 1e400 reason'


def entries(url: str) -> Sequence[bytes | None]:
    """Return the stored bytes in the order of the log."""
    engines = open_engines(url)
    try:
        with engines.readers.begin() as connection:
            statement = select(changes.c.entry).order_by(changes.c.revision, changes.c.ordinal)
            return connection.scalars(statement).all()
    finally:
        engines.dispose()


def read(database: Database) -> Sequence[Event]:
    with database.read() as tx:
        return tx.log.events(0, 1_000)


def test_an_entry_has_the_whole_change_with_its_records_as_digests(
    database: Database, database_url: str
) -> None:
    model = stored_model(database)
    change = Change("model.update", str(model.name), "ann", None, model, STRANGE)
    with database.change(lambda: START) as tx:
        tx.record([change, change])
    first, second = (json.loads(entry or b"") for entry in entries(database_url))
    assert first == {
        "action": "model.update",
        "actor": "ann",
        "after": str(record_digest(model)),
        "index": 0,
        "name": str(model.name),
        "reason": STRANGE,
        "revision": 1,
        "time": "2026-05-03T12:00:00.123456Z",
    }
    assert second == {**first, "index": 1}


def use(registry: Governed) -> Transition:
    """Register, measure and ask to promote a version; return what was asked."""
    registry.register(auc=0.97)
    registry.put("quality", GUARDED)
    registry.evaluate("fraud/1", SliceMetric("age", "40+", 10, "auc", 1e-7), auc=0.96)
    registry.set_stage("fraud/1", "staging")
    registry.set_alias("champion", "fraud/1")
    return registry.request(("fraud/1", "production"))


def test_entries_are_read_back_as_the_bytes_that_were_stored(database_url: str) -> None:
    with governed(database_url) as registry:
        use(registry)
        events = read(registry.database)
    stored = entries(database_url)
    assert [event.canonical() for event in events] == stored
    assert stored
    assert None not in stored


def test_digests_are_of_whole_records_where_the_log_keeps_parts(database_url: str) -> None:
    with governed(database_url) as registry:
        asked = use(registry)
        submitted, requested = (
            next(event for event in read(registry.database) if event.change.action == action)
            for action in ("evaluation.submit", "transition.request")
        )
        shown, brief = submitted.change.after, requested.change.after
        assert isinstance(shown, Evaluation)
        assert isinstance(brief, Transition)
        with registry.database.read() as tx:
            version = registry.version("fraud/1")
            evaluation = tx.evaluations.get(version, shown.name.uuid)
            transition = tx.transitions.get(asked.name)
    assert evaluation is not None
    assert transition is not None
    assert evaluation.draft.slices
    assert not shown.draft.slices
    assert submitted.after_digest == record_digest(evaluation)
    passed = [f for move in transition.moves for f in move.findings if f.outcome is Outcome.PASSED]
    assert passed
    assert brief == transition.brief() != transition
    assert requested.after_digest == record_digest(transition)


def test_changes_of_earlier_releases_have_no_digests_and_later_ones_of_their_versions_do(
    empty_database_url: str, database_kind: Kind
) -> None:
    load_released(empty_database_url, database_kind)
    migrate(empty_database_url)
    with governed(empty_database_url) as registry:
        earlier = read(registry.database)
        reference = f"{RELEASED_MODEL}/1"
        before = registry.version(reference)
        registry.live(reference, VersionState.DEPRECATED)
        after = registry.version(reference)
        event = read(registry.database)[-1]
    assert earlier
    assert {each.after_digest for each in earlier} == {None}
    assert before.detail_digest is None
    assert before.detail is not None
    assert before.detail.params
    detail = record_digest(before.detail)
    for digest, version in ((event.before_digest, before), (event.after_digest, after)):
        assert digest == record_digest(replace(version, detail_digest=detail))
    assert isinstance(event.change.after, Version)


def test_a_detail_is_hashed_before_the_transaction_that_others_wait_for(database_url: str) -> None:
    """Hashing the largest takes half a second, and changes are made one after the other."""
    moment = START

    def digest(record: Resource | VersionDetail) -> Digest:
        if isinstance(record, VersionDetail):
            with database.change(lambda: moment):
                hashed.append(record)
        return record_digest(record)

    hashed: list[VersionDetail] = []
    with open_database(database_url, digest=digest, wait=timedelta(seconds=5)) as database:
        registry = Governed(database)
        registry.register(auc=0.9)
        draft = VersionDraft([], detail=VersionDetail(parents=("fraud/1",)))
        registry.registrations.register(registry.call(), MODEL, Registration(draft))
    assert [detail.parents for detail in hashed] == [(), (f"{MODEL}/versions/1",)]


def test_a_detail_is_hashed_with_the_parents_that_it_is_stored_with(database_url: str) -> None:
    def digest(record: Resource | VersionDetail) -> Digest:
        if isinstance(record, VersionDetail) and record.parents and not hashed:
            hashed.append(record)
            registry.set_alias("champion", "fraud/2")
        return record_digest(record)

    hashed: list[VersionDetail] = []
    with open_database(database_url, digest=digest) as database:
        registry = Governed(database)
        registry.register(auc=0.9)
        registry.register(auc=0.9)
        registry.set_alias("champion", "fraud/1")
        draft = VersionDraft([], detail=VersionDetail(parents=("fraud@champion",)))
        registry.registrations.register(registry.call(), MODEL, Registration(draft))
        stored = registry.version("fraud/3")
    assert stored.detail == VersionDetail(parents=(f"{MODEL}/versions/2",))
    assert stored.detail_digest == record_digest(stored.detail)
    assert [detail.parents for detail in hashed] == [(f"{MODEL}/versions/1",)]
