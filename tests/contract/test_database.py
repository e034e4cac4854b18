"""The promises of `Database` and `Transaction`."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import text

from registry_grpc.domain.errors import DatabaseReadOnly, ModelAlreadyExists
from registry_grpc.domain.model import Model
from registry_grpc.persistence.codec import decode_resource
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.log_tables import changes
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import START, a_blob, a_change, a_model, at, stored_model


class Interrupted(Exception):
    """Something that goes wrong within a transaction."""


def _log(url: str) -> list[tuple[object, ...]]:
    engines = open_engines(url)
    with engines.readers.begin() as connection:
        rows = connection.execute(
            text("SELECT revision, ordinal, time FROM changes ORDER BY revision, ordinal")
        )
        found = [tuple(row) for row in rows]
    engines.dispose()
    return found


def _interrupted_change(database: Database, model: Model) -> None:
    with database.change(lambda: START) as transaction:
        transaction.models.add(model)
        transaction.record([a_change(model)])
        raise Interrupted


def test_a_new_registry_is_at_revision_0(database: Database) -> None:
    with database.read() as transaction:
        assert transaction.revision == 0


def test_what_a_change_stored_is_there_afterwards(database: Database) -> None:
    model = stored_model(database)
    with database.read() as transaction:
        assert transaction.models.get(model.name) == model


def test_leaving_a_change_with_an_exception_undoes_all_of_it(
    database: Database, database_url: str
) -> None:
    model = a_model()
    with pytest.raises(Interrupted):
        _interrupted_change(database, model)
    with database.read() as transaction:
        assert transaction.models.get(model.name) is None
        assert transaction.revision == 0
    assert _log(database_url) == []


def test_leaving_a_change_with_a_refusal_undoes_all_of_it(database: Database) -> None:
    model, other = stored_model(database), a_model("other")

    def refused() -> None:
        with database.change(lambda: START) as transaction:
            transaction.models.add(other)
            transaction.record([a_change(other)])
            transaction.models.add(a_model(model.name.model))

    with pytest.raises(ModelAlreadyExists):
        refused()
    with database.read() as transaction:
        assert transaction.models.get(other.name) is None
        assert transaction.revision == 0


def test_a_change_that_records_takes_the_next_revision(database: Database) -> None:
    model = stored_model(database)
    for revision in (1, 2, 3):
        with database.change(partial(at, revision)) as transaction:
            assert transaction.revision == revision
            transaction.record([a_change(model)])
        with database.read() as transaction:
            assert transaction.revision == revision


def test_a_change_that_records_nothing_uses_no_revision(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        transaction.record([])
    with database.change(lambda: START) as transaction:
        assert transaction.revision == 1
        transaction.record([a_change(model)])


def test_a_change_that_failed_uses_no_revision(database: Database) -> None:
    with pytest.raises(Interrupted):
        _interrupted_change(database, a_model())
    with database.change(lambda: START) as transaction:
        assert transaction.revision == 1


def test_the_time_of_a_change_is_now(database: Database) -> None:
    with database.change(lambda: START) as transaction:
        assert transaction.time == START


def test_the_time_of_a_change_is_in_utc_to_the_microsecond(database: Database) -> None:
    model = stored_model(database)
    moment = datetime(2026, 5, 3, 12, 0, 0, 1, tzinfo=UTC)
    with database.change(lambda: moment) as transaction:
        transaction.record([a_change(model)])
    with database.read() as transaction:
        assert transaction.revision_at(moment) == 1
        assert transaction.revision_at(moment - timedelta(microseconds=1)) == 0


def test_the_time_of_a_change_is_just_behind_the_last_one_when_the_clock_went_back(
    database: Database,
) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        transaction.record([a_change(model)])
    for tick in (1, 2):
        with database.change(lambda: START - timedelta(hours=1)) as transaction:
            assert transaction.time == START + timedelta(microseconds=tick)
            transaction.record([a_change(model)])


def test_changes_are_logged_in_the_order_they_were_recorded(
    database: Database, database_url: str
) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        transaction.record([a_change(model), a_change(model)])
        transaction.record([a_change(model)])
    rows = _log(database_url)
    assert [row[:2] for row in rows] == [(1, 0), (1, 1), (1, 2)]
    assert len({row[2] for row in rows}) == 1


def test_the_log_says_who_did_what_to_which_resource_and_why(
    database: Database, database_url: str
) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        transaction.record([a_change(model)])
    engines = open_engines(database_url)
    with engines.readers.begin() as connection:
        row = connection.execute(changes.select()).one()
    engines.dispose()
    assert (row.namespace, row.action, row.actor, row.reason) == (
        "default",
        "model.create",
        "ann",
        "to test",
    )
    assert (row.name, row.time, row.before) == (str(model.name), START, None)
    assert decode_resource(row.after) == model


def test_revision_at_is_the_newest_revision_until_then(database: Database) -> None:
    model = stored_model(database)
    for minute in (1, 2, 3):
        with database.change(partial(at, minute)) as transaction:
            transaction.record([a_change(model)])
    with database.read() as transaction:
        found = [transaction.revision_at(at(minute)) for minute in (0.5, 1, 1.5, 2, 3, 99)]
    assert found == [0, 1, 1, 2, 3, 3]


def test_only_a_change_has_a_time_and_records(database: Database) -> None:
    change = a_change(a_model())
    with database.write() as transaction:
        with pytest.raises(RuntimeError):
            transaction.record([change])
        with pytest.raises(RuntimeError):
            _ = transaction.time


def test_writing_in_a_read_fails(database: Database) -> None:
    model = a_model()
    with pytest.raises(DatabaseReadOnly), database.read() as transaction:
        transaction.models.add(model)
    with database.read() as transaction:
        assert transaction.models.get(model.name) is None


def test_a_read_sees_one_state_whatever_happens_meanwhile(database: Database) -> None:
    with database.read() as before:
        assert before.revision == 0
        model = a_model()
        with database.change(lambda: START) as transaction:
            transaction.models.add(model)
            transaction.record([a_change(model)])
        assert before.models.get(model.name) is None
        assert before.revision == 0
    with database.read() as after:
        assert after.models.get(model.name) == model
        assert after.revision == 1


def test_a_change_sees_all_earlier_ones(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        assert transaction.models.get(model.name) == model


def test_a_write_is_kept_and_takes_no_revision(database: Database) -> None:
    blob = a_blob()
    with database.write() as transaction:
        transaction.blobs.put(blob)
    with database.read() as transaction:
        assert transaction.blobs.get("default", [blob.digest]) == {blob.digest: blob}
        assert transaction.revision == 0
