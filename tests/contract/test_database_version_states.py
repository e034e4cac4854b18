"""The promises about the states of versions: `latest` skips some of them, now and in the past."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest

from registry_grpc.domain.model import Model
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.services.ports.database import Database, Transaction
from tests.contract.database_examples import (
    START,
    VersionFields,
    add_version,
    at,
    deleted,
    some_files,
    stored_model,
    version_filter,
)

_ACTIVE, _DEPRECATED = VersionState.ACTIVE, VersionState.DEPRECATED
_YANKED, _REVOKED = VersionState.YANKED, VersionState.REVOKED


def _live(database: Database, version: Version, state: VersionState, minute: int) -> Version:
    with database.change(partial(at, minute)) as transaction:
        after = replace(version, state=state, update_time=at(minute), revision=version.revision + 1)
        transaction.versions.update(after)
    return after


def _latest(transaction: Transaction, model: Model, minutes: Sequence[float]) -> list[int | None]:
    return [transaction.versions.newest(model, at(minute), None) for minute in minutes]


@pytest.mark.parametrize("state", VersionState)
def test_a_state_comes_back_as_it_was_stored(database: Database, state: VersionState) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        version = add_version(transaction, model, 1)
    after = _live(database, version, state, 1)
    with database.read() as transaction:
        assert transaction.versions.get(model, 1) == after


def test_latest_passes_over_what_was_yanked_or_revoked_and_comes_back(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        one, two, three = (add_version(transaction, model, number) for number in (1, 2, 3))
    one = _live(database, one, _DEPRECATED, 1)
    three = _live(database, three, _YANKED, 2)
    two = _live(database, two, _REVOKED, 3)
    one = _live(database, one, _YANKED, 4)
    three = _live(database, three, _ACTIVE, 5)
    three = _live(database, three, _YANKED, 6)
    _live(database, one, _ACTIVE, 7)
    with database.change(lambda: at(8)) as transaction:
        transaction.versions.update(deleted(three, at(8), three.revision + 1))
    with database.read() as transaction:
        found = _latest(transaction, model, (0, 1, 1.9, 2, 3, 4, 5, 6, 7, 8, 9))
        assert found == [3, 3, 3, 2, 1, None, 3, None, 1, 1, 1]
        assert transaction.versions.newest(model, None, None) == 1
        read = transaction.models.get(model.name)
    assert read is not None
    assert read.latest == 1


def test_states_of_the_same_moment_count_in_their_order(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        version = add_version(transaction, model, 1)
    for state in (_YANKED, _ACTIVE, _YANKED, _DEPRECATED):
        version = _live(database, version, state, 1)
    with database.read() as transaction:
        assert _latest(transaction, model, (0.9, 1, 2)) == [1, 1, 1]


def test_a_digest_names_also_what_was_yanked(database: Database) -> None:
    model = stored_model(database)
    fields = VersionFields(files=some_files("a"))
    with database.change(lambda: START) as transaction:
        add_version(transaction, model, 1, fields)
        version = add_version(transaction, model, 2, fields)
    _live(database, version, _YANKED, 1)
    with database.read() as transaction:
        newest = transaction.versions.newest
        assert newest(model, None, version.root_digest) == 2
        assert newest(model, at(1), version.root_digest) == 2


def test_versions_are_found_by_their_state(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        made = [add_version(transaction, model, number) for number in (1, 2, 3, 4, 5)]
    for version, state in zip(made, VersionState, strict=True):
        _live(database, version, state, 1)
    with database.read() as transaction:

        def found(expression: str) -> list[str]:
            where = version_filter(expression)
            page = transaction.versions.page(model, where, None, 9, show_deleted=True)
            return [version.state.value for version in page]

        assert found("state = yanked") == ["yanked"]
        assert found("state != active AND state != deleted") == ["revoked", "yanked", "deprecated"]
