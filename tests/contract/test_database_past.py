"""The promises about past states of versions: their records, references and stages."""

from dataclasses import replace
from functools import partial

import pytest

from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import RevisionCompacted
from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.model import Model
from registry_grpc.domain.version import Version
from registry_grpc.services.ports.database import Database, Transaction
from tests.contract.database_examples import (
    START,
    VersionFields,
    a_move,
    a_transition,
    add_version,
    at,
    deleted,
    stored_model,
)

_DETAIL = VersionDetail(params={"lr": "0.1"})


def _change(after: Version) -> Change:
    return Change("version.update", str(after.name), "ann", None, after)


def _aliases_at(transaction: Transaction, model: Model, number: int, minute: int) -> str:
    version = transaction.versions.at(model, number, at(minute))
    assert version is not None
    return " ".join(version.aliases)


def test_a_version_is_known_as_it_was_at_every_moment(database: Database) -> None:
    model = stored_model(database)
    states = []
    with database.change(lambda: at(1)) as transaction:
        fields = VersionFields(create_time=at(1), detail=_DETAIL, labels={"team": "risk"})
        states.append(add_version(transaction, model, 1, fields))
        transaction.record([_change(states[0])])
    for minute, (labels, stage) in enumerate((({}, "none"), ({"a": "b"}, "staging")), 2):
        with database.change(partial(at, minute)) as transaction:
            changed = replace(states[-1], labels=labels, stage=stage)
            after = replace(changed, update_time=at(minute), revision=minute)
            transaction.versions.update(after)
            transaction.record([_change(changed), _change(after)])
            states.append(after)
    with database.change(lambda: at(4)) as transaction:
        leaving = replace(states[-1], update_time=at(4), revision=4, stage="archived")
        states.append(deleted(leaving, at(4), 4))
        transaction.versions.update(states[-1])
        transaction.record([_change(leaving), _change(states[-1])])
    with database.read() as transaction:
        found = [transaction.versions.at(model, 1, at(m)) for m in (1, 1.9, 2, 3, 3.9, 4, 9)]
        assert transaction.versions.at(model, 1, at(0.9)) is None
        assert transaction.versions.at(model, 2, at(9)) is None
    assert found == [states[index] for index in (0, 0, 1, 2, 2, 3, 3)]


def test_a_version_has_the_aliases_of_the_moment(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        for number in (1, 2):
            add_version(transaction, model, number, VersionFields(create_time=at(0.5)))
        moves = [("a", 1), ("b", 1), ("a", 2), ("b", None), ("c", 1), ("a", 1)]
        for revision, (alias, target) in enumerate(moves, 1):
            transaction.aliases.append(a_move(model, alias, target, revision))
        found = {
            number: [_aliases_at(transaction, model, number, minute) for minute in range(1, 8)]
            for number in (1, 2)
        }
        naming = transaction.aliases.naming(model, [1, 2, 3], at(5))
    assert found[1] == ["a", "a b", "b", "", "c", "a c", "a c"]
    assert found[2] == ["", "", "a", "a", "a", "", ""]
    assert naming == {1: ("c",), 2: ("a",)}


def test_what_the_log_has_lost_is_refused_and_not_made_up(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: at(1)) as transaction:
        first = add_version(transaction, model, 1, VersionFields(create_time=at(1)))
        transaction.record([_change(first)])
    with database.change(lambda: at(2)) as transaction:
        after = replace(first, labels={"a": "b"}, update_time=at(2), revision=2)
        transaction.versions.update(after)
        transaction.record([_change(after)])
    with database.write() as transaction:
        transaction.log.keep_for(1)
        transaction.log.compact(1)
        assert transaction.log.trim(1, 9) == 1
    with database.read() as transaction:
        assert transaction.versions.at(model, 1, at(2)) == after
        with pytest.raises(RevisionCompacted) as caught:
            transaction.versions.at(model, 1, at(1))
    assert caught.value.metadata == {"compacted_revision": "1", "revision": "2"}


def test_a_deleted_version_is_in_no_stage_since_then(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        _, second = (
            add_version(transaction, model, n, VersionFields(stage="archived")) for n in (1, 2)
        )
        for number in (1, 2):
            move = a_transition(model, number, "archived", "none", number)
            transaction.stages.append(model, move)
        transaction.versions.update(deleted(second, at(4), 4))
        idle = add_version(transaction, model, 3, VersionFields(create_time=at(3)))
        transaction.versions.update(deleted(idle, at(5), 5))
        holders = transaction.stages.holders
        assert holders(model, "archived", None) == holders(model, "archived", at(4)) == [1]
        assert [holders(model, "archived", at(m)) for m in (1, 2, 3.9)] == [[1], [2, 1], [2, 1]]
        assert holders(model, "none", None) == holders(model, "none", at(5)) == []
        assert [holders(model, "none", at(m)) for m in (3, 4.9)] == [[3], [3]]
