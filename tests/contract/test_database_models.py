"""The promises of `Namespaces` and `Models`."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Barrier

import pytest

from registry_grpc.domain.errors import (
    ModelAlreadyExists,
    ModelNotFound,
    NamespaceAlreadyExists,
)
from registry_grpc.domain.model import ModelDraft
from registry_grpc.domain.names import ModelName, NamespaceName
from registry_grpc.domain.namespace import Namespace
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import (
    START,
    a_blob,
    a_model,
    a_version,
    add_version,
    an_upload,
    at,
    deleted,
    model_filter,
    stored_model,
)


def _namespace(name: str) -> Namespace:
    return Namespace(NamespaceName(name), f"of {name}", "ann", START, 7)


def test_the_namespace_default_exists_from_the_start(database: Database) -> None:
    with database.read() as transaction:
        found = transaction.namespaces.get("default")
    assert found is not None
    assert (found.name, found.creator, found.revision) == (NamespaceName("default"), "system", 0)


def test_a_namespace_comes_back_as_it_was_stored(database: Database) -> None:
    with database.change(lambda: START) as transaction:
        transaction.namespaces.add(_namespace("risk"))
    with database.read() as transaction:
        assert transaction.namespaces.get("risk") == _namespace("risk")
        assert transaction.namespaces.get("fun") is None


def test_a_namespace_cannot_be_added_twice(database: Database) -> None:
    with (
        pytest.raises(NamespaceAlreadyExists, match="namespaces/default"),
        database.change(lambda: START) as transaction,
    ):
        transaction.namespaces.add(_namespace("default"))


@pytest.mark.parametrize("quota", [None, 0, 2**63 - 1])
def test_an_update_of_a_namespace_stores_description_quota_and_revision(
    database: Database, quota: int | None
) -> None:
    with database.change(lambda: START) as transaction:
        transaction.namespaces.add(replace(_namespace("risk"), quota=5))
        transaction.namespaces.add(_namespace("fun"))
        changed = replace(_namespace("risk"), description="other", quota=quota, revision=8)
        transaction.namespaces.update(replace(changed, creator="bob", create_time=at(1)))
    with database.read() as transaction:
        assert transaction.namespaces.get("risk") == changed
        assert transaction.namespaces.get("fun") == _namespace("fun")


def test_of_those_who_hold_a_namespace_each_sees_what_those_before_did(database: Database) -> None:
    start = Barrier(4)

    def add_if_few() -> None:
        start.wait()
        for _ in range(5):
            with database.write() as transaction:
                transaction.namespaces.hold("default")
                if transaction.uploads.open_totals("default")[0] < 7:
                    transaction.uploads.add(an_upload())

    with ThreadPoolExecutor(4) as threads:
        for future in [threads.submit(add_if_few) for _ in range(4)]:
            future.result()
    with database.read() as transaction:
        assert transaction.uploads.open_totals("default")[0] == 7


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_who_only_refers_to_a_namespace_that_is_held_does_not_wait(database: Database) -> None:
    with database.write() as holding:
        holding.namespaces.hold("default")
        with database.change(lambda: START) as transaction:
            transaction.models.add(a_model())
        with database.write() as transaction:
            transaction.blobs.put(a_blob())


def test_pages_of_namespaces_are_by_id_and_behind_the_last(database: Database) -> None:
    with database.change(lambda: START) as transaction:
        for name in ("b", "a-b", "a", "a0"):
            transaction.namespaces.add(_namespace(name))
        ids = [found.name.namespace for found in transaction.namespaces.page(None, 3)]
        rest = [found.name.namespace for found in transaction.namespaces.page(ids[-1], 3)]
    assert (ids, rest) == (["a", "a-b", "a0"], ["b", "default"])


def test_a_model_comes_back_as_it_was_stored(database: Database) -> None:
    draft = ModelDraft("Größe: \U0001f600 \"'\\", {"team": "risk", "a.b/c": 'quoted "x"'}, "o@x")
    model = stored_model(database, draft=draft)
    with database.read() as transaction:
        assert transaction.models.get(model.name) == model
        assert transaction.models.get(ModelName("default", "frau")) is None
        assert transaction.models.get(ModelName("other", "fraud")) is None


def test_a_model_cannot_be_added_twice(database: Database) -> None:
    model = stored_model(database)
    with pytest.raises(ModelAlreadyExists) as caught, database.change(lambda: START) as transaction:
        transaction.models.add(a_model())
    assert caught.value.resource == str(model.name)


def test_update_stores_what_changes_of_a_model(database: Database) -> None:
    model = stored_model(database)
    changed = replace(
        model,
        draft=ModelDraft("new", {"team": "ops"}, "bob"),
        update_time=at(1),
        delete_time=at(1),
        revision=2,
    )
    with database.change(lambda: at(1)) as transaction:
        transaction.models.update(changed)
    with database.read() as transaction:
        assert transaction.models.get(model.name) == changed


def test_update_of_a_model_that_does_not_exist_is_refused(database: Database) -> None:
    with pytest.raises(ModelNotFound), database.change(lambda: START) as transaction:
        transaction.models.update(a_model())


def test_deleted_at_remembers_every_deletion_and_return(database: Database) -> None:
    model = stored_model(database)
    states = [(1, None), (2, at(2)), (3, at(2)), (4, None), (5, at(5))]
    for revision, delete_time in states:
        with database.change(partial(at, revision)) as transaction:
            transaction.models.update(
                replace(model, update_time=at(revision), delete_time=delete_time, revision=revision)
            )
    with database.read() as transaction:
        moments = (0, 1.9, 2, 3.9, 4, 4.9, 5, 9)
        found = [transaction.models.deleted_at(model.uid, at(moment)) for moment in moments]
    assert found == [False, False, True, True, False, False, True, True]


def test_numbers_are_taken_from_1_without_gaps(database: Database) -> None:
    model, other = stored_model(database), stored_model(database, "other")
    with database.change(lambda: START) as transaction:
        taken = [transaction.models.next_number(model.uid) for _ in range(3)]
        assert transaction.models.next_number(other.uid) == 1
    assert taken == [1, 2, 3]


def test_a_number_that_was_not_committed_is_taken_again(database: Database) -> None:
    model = stored_model(database)

    def fails() -> None:
        with database.change(lambda: START) as transaction:
            transaction.models.next_number(model.uid)
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    with database.change(lambda: START) as transaction:
        assert transaction.models.next_number(model.uid) == 1


def test_updating_a_model_does_not_touch_its_numbers(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        transaction.models.next_number(model.uid)
        transaction.models.update(model)
        assert transaction.models.next_number(model.uid) == 2


def test_latest_is_the_newest_version_that_is_not_deleted(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        first, second = (add_version(transaction, model, number) for number in (1, 2))
        found = [transaction.models.get(model.name)]
        transaction.versions.update(deleted(second, at(1), 2))
        found.append(transaction.models.get(model.name))
        found += transaction.models.page("default", None, None, 9, show_deleted=False)
        transaction.versions.update(deleted(first, at(2), 3))
        found.append(transaction.models.get(model.name))
    assert [None if one is None else one.latest for one in found] == [2, 1, 1, 0]
    assert a_version(model, 1).name.parent == model.name


def test_pages_of_models_are_by_the_bytes_of_their_ids(database: Database) -> None:
    ids = ["a", "a-b", "a.b", "a0", "a_b", "aa", "b"]
    for model in reversed(ids):
        stored_model(database, model)
    with database.read() as transaction:
        first = transaction.models.page("default", None, None, 4, show_deleted=False)
        second = transaction.models.page("default", None, "a0", 9, show_deleted=False)
        part = transaction.models.page("default", None, "a", 9, show_deleted=False, upto="a.b")
        behind = [transaction.models.id_behind("default", "a", count) for count in (1, 6, 7)]
    assert [model.name.model for model in part] == ["a-b", "a.b"]
    assert behind == ["a-b", "b", None]
    assert [model.name.model for model in (*first, *second)] == ids


def test_pages_of_models_stay_within_the_namespace(database: Database) -> None:
    stored_model(database)
    with database.read() as transaction:
        assert transaction.models.page("other", None, None, 9, show_deleted=True) == []


def test_pages_of_models_show_deleted_ones_only_when_asked(database: Database) -> None:
    gone, there = stored_model(database, "gone"), stored_model(database, "there")
    with database.change(lambda: at(1)) as transaction:
        gone = replace(gone, update_time=at(1), delete_time=at(1), revision=2)
        transaction.models.update(gone)
        shown = transaction.models.page("default", None, None, 9, show_deleted=False)
        everything = transaction.models.page("default", None, None, 9, show_deleted=True)
    assert list(shown) == [there]
    assert list(everything) == [gone, there]


def test_pages_of_models_hold_only_what_passes_the_filter(database: Database) -> None:
    stored_model(database, "a", draft=ModelDraft("", {"team": "risk"}))
    stored_model(database, "b", draft=ModelDraft("", {"team": "ops"}))
    stored_model(database, "c", draft=ModelDraft("", {"team": "risk"}))
    with database.read() as transaction:
        where = model_filter("labels.team = risk")
        first = transaction.models.page("default", where, None, 1, show_deleted=False)
        second = transaction.models.page("default", where, "a", 9, show_deleted=False)
    assert [model.name.model for model in (*first, *second)] == ["a", "c"]
