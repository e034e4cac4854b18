"""The promises of `Log`: events in order and whole, and a floor that only rises."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.alias import Alias
from registry_grpc.domain.change import Change, Event
from registry_grpc.domain.watch import Wanted
from registry_grpc.services.ports.database import Database
from registry_grpc.transport.convert.record import record_digest
from tests.contract.database_examples import (
    START,
    VersionFields,
    a_change,
    a_model,
    a_namespace,
    a_version,
    at,
)
from tests.support.faults.amount import examples

Index = tuple[int, int]
MODEL = a_model()


def record(database: Database, *names: str) -> int:
    """Record a transaction that changed the resources of these names; return its revision."""
    with database.change(lambda: START) as transaction:
        transaction.record([Change("model.create", name, "ann", None, None) for name in names])
        return transaction.revision


def indexes(events: Sequence[Event]) -> list[Index]:
    return [(event.revision, event.index) for event in events]


def some_history(database: Database) -> None:
    """Three transactions: of one change, of three, of two."""
    for count in (1, 3, 2):
        record(database, *[str(MODEL.name)] * count)


def test_events_are_what_was_recorded(database: Database) -> None:
    fields = VersionFields(labels={"a": "b"}, metrics={"auc": 1.0})
    version = replace(a_version(MODEL, 7, fields), detail_digest=record_digest(fields.detail))
    alias = Alias(MODEL.name.alias("champion"), version.name, at(1), "ann", 1)
    recorded = [
        Change("namespace.create", "namespaces/risk", "ann", None, a_namespace()),
        Change("model.create", str(MODEL.name), "ann", None, MODEL, "to test"),
        Change("alias.set", str(alias.name), "ann", alias, None),
        Change("model.delete", str(MODEL.name), "bob", MODEL, None),
        Change("version.register", str(version.name), "ann", None, version),
    ]
    with database.change(lambda: at(1)) as transaction:
        transaction.record(recorded)
    with database.read() as transaction:
        found = transaction.log.events(0, 9)
    # Versions come without detail, but with the digest of all of them.
    shown = [*recorded[:-1], replace(recorded[-1], after=replace(version, detail=None))]
    digests = [
        [None if part is None else record_digest(part) for part in (change.before, change.after)]
        for change in recorded
    ]
    assert found == [
        Event(1, index, at(1), change, *both)
        for index, (change, both) in enumerate(zip(shown, digests, strict=True))
    ]


def test_events_are_those_above_a_revision_up_to_another(database: Database) -> None:
    some_history(database)
    with database.read() as transaction:
        events = transaction.log.events
        assert indexes(events(0, 9)) == [(1, 0), (2, 0), (2, 1), (2, 2), (3, 0), (3, 1)]
        assert indexes(events(1, 9)) == [(2, 0), (2, 1), (2, 2), (3, 0), (3, 1)]
        assert indexes(events(0, 9, upto=2)) == [(1, 0), (2, 0), (2, 1), (2, 2)]
        assert indexes(events(1, 9, upto=1)) == []
        assert indexes(events(3, 9)) == []
        assert indexes(events(10**18, 9)) == []


def test_a_transaction_is_never_divided(database: Database) -> None:
    some_history(database)
    with database.read() as transaction:
        counts = [len(transaction.log.events(0, limit)) for limit in (1, 2, 3, 4, 5, 6, 7)]
        inner = [len(transaction.log.events(1, limit)) for limit in (1, 3, 4)]
        bounded = len(transaction.log.events(1, 1, upto=2))
    assert counts == [1, 4, 4, 4, 6, 6, 6]
    assert inner == [3, 3, 5]
    assert bounded == 3


def test_all_wanted_events_of_a_transaction_come_and_only_those(database: Database) -> None:
    mine, other = str(MODEL.name), "namespaces/default/models/other"
    record(database, other, mine, other, mine)
    record(database, other)
    record(database, mine)
    with database.read() as transaction:
        events = transaction.log.events
        wanted = Wanted("default", frozenset({mine}))
        assert indexes(events(0, 1, wanted)) == [(1, 1), (1, 3)]
        assert indexes(events(0, 3, wanted)) == [(1, 1), (1, 3), (3, 0)]
        assert indexes(events(1, 1, wanted)) == [(3, 0)]
        assert events(0, 9, Wanted("risk")) == []


def test_reading_on_from_the_last_revision_gives_every_event_once(database: Database) -> None:
    for number in range(20):
        record(database, *[str(MODEL.name)] * (number % 4 + 1))
    found: list[Index] = []
    with database.read() as transaction:
        while events := transaction.log.events(found[-1][0] if found else 0, 3):
            found += indexes(events)
        assert found == indexes(transaction.log.events(0, 1_000))
    assert len(found) == 50


_NAMES = [
    *("namespaces/default", "namespaces/default-2", "namespaces/d"),
    *(
        f"namespaces/{namespace}/models/{model}{rest}"
        for namespace in ("default", "default-2", "d")
        for model in ("a", "a_b", "axb", "a.b", "a-b", "ab", "b")
        for rest in ("", "/versions/1", "/versions/10", "/aliases/a", "/aliases/a_b")
    ),
]
_CUTS = st.builds(lambda name, end: name[:end], st.sampled_from(_NAMES), st.integers(1, 60))
_ODD = st.builds(
    lambda cut, at, odd: cut[:at] + odd + cut[at + 1 :],
    _CUTS,
    st.integers(0, 50),
    st.sampled_from(["%", "_", "*", "?", "[a", "\\", "'", "A", "é", "\U0001f600", ""]),
)
_MODELS = st.sampled_from([name for name in _NAMES if name.count("/") == 3])
_WANTED = st.builds(
    Wanted,
    st.sampled_from([None, "default", "default-2", "d", "nowhere"]),
    st.frozensets(_MODELS, max_size=3),
    st.lists(_CUTS | _ODD, max_size=3).map(tuple),
)


def test_the_databases_choose_by_the_rule_of_the_domain(database: Database) -> None:
    for name in _NAMES:
        record(database, name)
    with database.read() as transaction:

        @settings(max_examples=examples(200))
        @given(_WANTED)
        def agrees(wanted: Wanted) -> None:
            found = [event.change.name for event in transaction.log.events(0, 999, wanted)]
            assert found == [name for name in _NAMES if wanted.matches(name)]

        agrees()


def test_as_many_names_as_a_request_may_have_can_be_wanted(database: Database) -> None:
    for name in _NAMES:
        record(database, name)
    models = frozenset(f"namespaces/default/models/m{number}" for number in range(1_000))
    prefixes = tuple(sorted(models))
    mine = "namespaces/default/models/a_b"
    with database.read() as transaction:
        for wanted in (
            Wanted(None, frozenset([*models, mine])),
            Wanted(None, prefixes=(*prefixes, mine)),
        ):
            found = [event.change.name for event in transaction.log.events(0, 999, wanted)]
            assert found == [name for name in _NAMES if name.startswith(mine)]


def test_nothing_is_compacted_at_first(database: Database) -> None:
    with database.read() as transaction:
        assert transaction.log.compacted == 0


def test_compacting_raises_the_floor_and_keeps_the_events(database: Database) -> None:
    some_history(database)
    with database.write() as transaction:
        assert transaction.log.compact(2) == 2
    with database.read() as transaction:
        assert transaction.log.compacted == 2
        assert len(transaction.log.events(0, 9)) == 6
        assert transaction.revision == 3


def test_the_floor_never_falls_and_never_passes_the_newest_revision(database: Database) -> None:
    some_history(database)
    with database.write() as transaction:
        assert [transaction.log.compact(upto) for upto in (2, 1, 0, 2, 99, 1)] == [2, 2, 2, 2, 3, 3]


def test_a_change_can_compact_what_was_before_it(database: Database) -> None:
    some_history(database)
    with database.change(lambda: START) as transaction:
        assert transaction.log.compact(99) == 3
        transaction.record([a_change(MODEL)])
    with database.read() as transaction:
        assert transaction.log.compacted == 3
        assert transaction.revision == 4


def test_compacting_that_fails_later_is_undone(database: Database) -> None:
    some_history(database)

    def interrupted() -> None:
        with database.write() as transaction:
            transaction.log.compact(2)
            raise TimeoutError

    with pytest.raises(TimeoutError):
        interrupted()
    with database.read() as transaction:
        assert transaction.log.compacted == 0
