"""The promises of `Aliases` and `Stages`: current targets, and the history of their moves."""

from dataclasses import replace

import pytest

from registry_grpc.domain.alias import Alias
from registry_grpc.domain.errors import ModelNotFound
from registry_grpc.domain.model import Model
from registry_grpc.services.ports.database import Database, Transaction
from tests.contract.database_examples import (
    START,
    VersionFields,
    a_model,
    a_move,
    a_transition,
    add_version,
    at,
    stored_model,
)


def test_an_alias_points_where_it_moved_last(database: Database) -> None:
    model = stored_model(database)
    name = model.name.alias("champion")
    with database.change(lambda: START) as transaction:
        assert transaction.aliases.get(name) is None
        transaction.aliases.append(a_move(model, "champion", 1, 1))
        transaction.aliases.append(a_move(model, "champion", 2, 2, previous=1))
        assert transaction.aliases.get(name) == Alias(name, model.name.version(2), at(2), "ann", 2)
        assert transaction.aliases.get(model.name.alias("other")) is None


def test_an_alias_that_was_removed_is_gone(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        transaction.aliases.append(a_move(model, "champion", 1, 1))
        transaction.aliases.append(a_move(model, "champion", None, 2, previous=1))
        assert transaction.aliases.get(model.name.alias("champion")) is None
        assert transaction.aliases.page(model, None, 9) == []


def test_an_alias_of_an_unknown_model_is_refused(database: Database) -> None:
    with pytest.raises(ModelNotFound), database.change(lambda: START) as transaction:
        transaction.aliases.append(a_move(a_model(), "champion", 1, 1))


def test_pages_of_aliases_are_by_id_and_of_one_model(database: Database) -> None:
    model, other = stored_model(database), stored_model(database, "other")
    ids = ["a", "a-b", "a.b", "a0", "a_b", "b"]
    with database.change(lambda: START) as transaction:
        for revision, alias in enumerate(reversed(ids), 1):
            transaction.aliases.append(a_move(model, alias, 1, revision))
        transaction.aliases.append(a_move(other, "aa", 1, 9))
        first = transaction.aliases.page(model, None, 2)
        second = transaction.aliases.page(model, "a-b", 9)
    assert [alias.name.alias for alias in (*first, *second)] == ids


def test_the_history_of_an_alias_has_every_move_newest_first(database: Database) -> None:
    model = stored_model(database)
    moves = [
        a_move(model, "champion", 1, 1),
        a_move(model, "champion", 2, 2, previous=1),
        a_move(model, "champion", None, 4, previous=2),
        a_move(model, "champion", 1, 6),
    ]
    with database.change(lambda: START) as transaction:
        for move in moves:
            transaction.aliases.append(move)
        transaction.aliases.append(a_move(model, "other", 1, 5))
        name = model.name.alias("champion")
        first = transaction.aliases.history(name, None, 2)
        second = transaction.aliases.history(name, first[-1].revision, 9)
    assert [*first, *second] == moves[::-1]


def test_an_alias_is_known_for_every_moment(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        for number, revision in ((1, 1), (2, 2), (None, 4), (1, 6)):
            transaction.aliases.append(a_move(model, "champion", number, revision))
        moments = (0.9, 1, 1.9, 2, 3.9, 4, 5.9, 6, 99)
        found = [transaction.aliases.at(model, "champion", at(moment)) for moment in moments]
        assert transaction.aliases.at(model, "other", at(9)) is None
    assert found == [None, 1, 1, 2, 2, None, None, 1, 1]


def test_naming_has_only_versions_that_are_named_now(database: Database) -> None:
    model, other = stored_model(database), stored_model(database, "other")
    with database.change(lambda: START) as transaction:
        moves = (("c", 1), ("b", 1), ("a", 2), ("a", 3), ("d", 4), ("d", None))
        for revision, (alias, number) in enumerate(moves, 1):
            transaction.aliases.append(a_move(model, alias, number, revision))
        transaction.aliases.append(a_move(other, "x", 1, 9))
        found = transaction.aliases.naming(model, [1, 2, 3, 4, 5], None)
        assert transaction.aliases.naming(model, [3], None) == {3: ("a",)}
        assert transaction.aliases.naming(model, [], None) == {}
    assert found == {1: ("b", "c"), 3: ("a",)}


def _move(transaction: Transaction, model: Model, number: int, stage: str, revision: int) -> None:
    version = transaction.versions.get(model, number)
    assert version is not None
    transaction.stages.append(model, a_transition(model, number, stage, version.stage, revision))
    transaction.versions.update(
        replace(version, stage=stage, update_time=at(revision), revision=revision)
    )


def test_the_history_of_stages_has_every_move_highest_first(database: Database) -> None:
    model, other = stored_model(database), stored_model(database, "other")
    entries = [
        a_transition(model, 1, "staging", "none", 1),
        a_transition(model, 1, "production", "staging", 2),
        a_transition(model, 2, "production", "staging", 3),
        a_transition(model, 1, "archived", "production", 3),
    ]
    with database.change(lambda: START) as transaction:
        for entry in entries:
            transaction.stages.append(model, entry)
        transaction.stages.append(other, a_transition(other, 1, "staging", "none", 3))
        history = transaction.stages.history
        everything = history(model, None, 9)
        parts = [*history(model, None, 1), *history(model, (3, 2), 2), *history(model, (2, 1), 9)]
    assert [(entry.revision, entry.version.number) for entry in everything] == [
        (3, 2),
        (3, 1),
        (2, 1),
        (1, 1),
    ]
    assert parts == list(everything)
    assert set(everything) == set(entries)


def test_holders_are_those_in_the_stage_the_last_to_enter_first(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        for number in (1, 2, 3):
            add_version(transaction, model, number)
        for revision, number in enumerate((2, 1, 3), 1):
            _move(transaction, model, number, "staging", revision)
        _move(transaction, model, 3, "production", 4)
        holders = transaction.stages.holders
        assert holders(model, "staging", None) == [1, 2]
        assert holders(model, "production", None) == [3]
        assert holders(model, "archived", None) == []


def test_what_else_changes_of_a_version_does_not_move_it_among_holders(
    database: Database,
) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        for number in (1, 2):
            add_version(transaction, model, number)
            _move(transaction, model, number, "staging", number)
        version = transaction.versions.get(model, 1)
        assert version is not None
        transaction.versions.update(replace(version, labels={"team": "ops"}, revision=9))
        assert transaction.stages.holders(model, "staging", None) == [2, 1]


def test_holders_are_known_for_every_moment(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        for number in (1, 2):
            add_version(transaction, model, number, VersionFields(create_time=at(number / 10)))
        moves = ((1, "staging"), (2, "staging"), (1, "production"), (1, "staging"), (2, "none"))
        for revision, (number, stage) in enumerate(moves, 1):
            _move(transaction, model, number, stage, revision)
        holders = transaction.stages.holders
        staging = [list(holders(model, "staging", at(m))) for m in (0.9, 1, 2, 3, 4, 5)]
        production = [list(holders(model, "production", at(m))) for m in (2.9, 3, 3.9, 4)]
        none = [list(holders(model, "none", at(m))) for m in (0, 0.1, 0.5, 1, 2, 5)]
    assert staging == [[], [1], [2, 1], [2], [1, 2], [1]]
    assert production == [[], [1], [1], []]
    assert none == [[], [1], [2, 1], [2], [], [2]]


def test_holders_at_the_present_moment_are_the_present_ones(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        for number in (1, 2, 3):
            add_version(transaction, model, number)
        _move(transaction, model, 1, "staging", 1)
        for stage in ("none", "staging"):
            now = transaction.stages.holders(model, stage, None)
            assert list(transaction.stages.holders(model, stage, at(9))) == list(now)
