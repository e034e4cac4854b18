"""The promises of `Versions`."""

from dataclasses import replace

import pytest

from registry_grpc.domain.errors import VersionNotFound
from registry_grpc.domain.facts import (
    ConfidenceInterval,
    DatasetInput,
    DatasetRole,
    Environment,
    Package,
    Signature,
    SliceMetric,
    Source,
    TensorSpec,
    VersionDetail,
)
from registry_grpc.domain.manifest import root_digest
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import (
    START,
    VersionFields,
    a_digest,
    a_move,
    a_uid,
    a_version,
    add_version,
    at,
    deleted,
    some_files,
    stored_model,
    version_filter,
)

_DETAIL = VersionDetail(
    environment=Environment("3.12.1", "linux", (Package("numpy", "2.1"),), "img@sha256:1", "A100"),
    source=Source("https://x/y", "a" * 40, dirty=False, run_id="r1", entry_point="train.py"),
    inputs=(DatasetInput("gs://b/d", "sha256:1", DatasetRole.TEST),),
    parents=("namespaces/default/models/fraud/versions/1",),
    params={"lr": "0.1", "Größe": "\U0001f600"},
    slices=(SliceMetric("age", "18-25", 10, "auc", 0.1, ConfidenceInterval(0.0, 0.2, 0.95)),),
    signature=Signature((TensorSpec("x", "float32", (-1, 4)),), (TensorSpec("y", "int64"),)),
)
_TOLD = VersionFields(
    files=some_files("a", "b/c"),
    description="the best",
    stage="none",
    labels={"team": "risk"},
    tags={"run": "7"},
    metrics={"auc": 0.1 + 0.2, "big": 1e308, "small": 5e-324, "whole": 3.0, "less": -0.5},
    detail=_DETAIL,
)


def test_a_version_comes_back_as_it_was_stored(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        version = add_version(transaction, model, 1, _TOLD)
    with database.read() as transaction:
        assert transaction.versions.get(model, 1) == version
        assert transaction.versions.get(model, 2) is None


def test_metrics_are_floats_whatever_json_made_of_them(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        add_version(transaction, model, 1, _TOLD)
        found = transaction.versions.get(model, 1)
    assert found is not None
    assert {type(value) for value in found.metrics.values()} == {float}


def test_a_version_has_the_names_that_point_to_it_sorted(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        for number in (1, 2, 3):
            add_version(transaction, model, number)
        for revision, (alias, number) in enumerate((("z", 1), ("a", 1), ("m", 2)), 1):
            transaction.aliases.append(a_move(model, alias, number, revision))
        one = transaction.versions.get(model, 1)
        page = transaction.versions.page(model, None, None, 9, show_deleted=False)
    assert one is not None
    assert one.aliases == ("a", "z")
    assert [version.aliases for version in page] == [(), ("m",), ("a", "z")]


def test_a_deleted_version_can_still_be_read(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        version = add_version(transaction, model, 1)
        gone = deleted(version, at(1), 2)
        transaction.versions.update(gone)
        assert transaction.versions.get(model, 1) == gone


def test_update_stores_only_what_may_change(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        version = add_version(transaction, model, 1, _TOLD)
        allowed = replace(
            version,
            description="other",
            labels={"team": "ops"},
            stage="staging",
            update_time=at(1),
            revision=2,
        )
        transaction.versions.update(replace(allowed, tags={"a": "b"}, metrics={"auc": 1.0}))
        assert transaction.versions.get(model, 1) == allowed


def test_update_of_a_version_that_does_not_exist_is_refused(database: Database) -> None:
    model = stored_model(database)
    with pytest.raises(VersionNotFound), database.change(lambda: START) as transaction:
        transaction.versions.update(a_version(model, 1))


def test_pages_of_versions_go_from_the_highest_number_down(database: Database) -> None:
    model, other = stored_model(database), stored_model(database, "other")
    with database.change(lambda: START) as transaction:
        for number in range(1, 8):
            add_version(transaction, model, number)
        add_version(transaction, other, 9)
        first = transaction.versions.page(model, None, None, 3, show_deleted=False)
        second = transaction.versions.page(model, None, 5, 9, show_deleted=False)
        part = transaction.versions.page(model, None, 6, 9, show_deleted=False, downto=4)
        behind = [transaction.versions.number_behind(model, 6, count) for count in (1, 5, 6)]
    assert [version.name.number for version in part] == [5, 4]
    assert behind == [5, 1, None]
    assert [version.name.number for version in (*first, *second)] == [7, 6, 5, 4, 3, 2, 1]


def test_pages_of_versions_show_deleted_ones_only_when_asked(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        gone = add_version(transaction, model, 1)
        add_version(transaction, model, 2)
        transaction.versions.update(deleted(gone, at(1), 2))
        shown = transaction.versions.page(model, None, None, 9, show_deleted=False)
        everything = transaction.versions.page(model, None, None, 9, show_deleted=True)
    assert [version.name.number for version in shown] == [2]
    assert [version.name.number for version in everything] == [2, 1]


def test_detail_is_read_only_when_asked_for(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        version = add_version(transaction, model, 1, _TOLD)
        page = transaction.versions.page(model, None, None, 9, show_deleted=False)
        details = transaction.versions.details([version.uid, a_uid()])
        brief, full = (transaction.versions.get(model, 1, full=full) for full in (False, True))
    assert list(page) == [brief] == [replace(version, detail=None)]
    assert full == version
    assert details == {version.uid: version.detail}


def test_pages_of_versions_hold_only_what_passes_the_filter(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        for number in range(1, 6):
            add_version(transaction, model, number, VersionFields(metrics={"auc": number / 10}))
        where = version_filter("metrics.auc > 0.25")
        first = transaction.versions.page(model, where, None, 2, show_deleted=False)
        second = transaction.versions.page(model, where, 4, 2, show_deleted=False)
    assert [version.name.number for version in (*first, *second)] == [5, 4, 3]


def test_files_are_by_the_bytes_of_their_paths(database: Database) -> None:
    paths = [
        "A",
        "B/a",
        "_",
        "a",
        "a-b",
        "a.b",
        "a/b",
        "a0",
        "ab",
        "b",
        "z",
        "ß",
        "é",
        "\U0001f600",
    ]
    paths.sort(key=str.encode)
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        version = add_version(
            transaction, model, 1, VersionFields(files=some_files(*reversed(paths)))
        )
        first = transaction.versions.files(version.uid, None, 5)
        second = transaction.versions.files(version.uid, first[-1].path, 99)
    assert [file.path for file in (*first, *second)] == paths
    assert set(first) <= set(some_files(*paths))


def test_a_manifest_of_20000_files_is_stored_whole(database: Database) -> None:
    files = some_files(*(f"part/{number:05}" for number in range(20_000)))
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        version = add_version(transaction, model, 1, VersionFields(files=files))
    with database.read() as transaction:
        assert transaction.versions.files(version.uid, None, 20_001) == files


def test_the_newest_version_is_the_highest_that_is_not_deleted(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        assert transaction.versions.newest(model, None, None) is None
        stored = [add_version(transaction, model, number) for number in (1, 2, 3)]
        assert transaction.versions.newest(model, None, None) == 3
        transaction.versions.update(deleted(stored[2], at(1), 2))
        assert transaction.versions.newest(model, None, None) == 2


def test_the_newest_version_at_a_moment_existed_then(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        stored = [
            add_version(transaction, model, number, VersionFields(create_time=at(number)))
            for number in (1, 2, 3)
        ]
        transaction.versions.update(deleted(stored[2], at(5), 9))
        moments = (0.9, 1, 2.5, 3, 4.9, 5, 9)
        found = [transaction.versions.newest(model, at(moment), None) for moment in moments]
    assert found == [None, 1, 2, 3, 3, 2, 2]


def test_the_newest_version_with_a_digest_has_it(database: Database) -> None:
    model = stored_model(database)
    old, new = some_files("old"), some_files("new")
    with database.change(lambda: START) as transaction:
        stored = [
            add_version(
                transaction, model, number, VersionFields(files=files, create_time=at(number))
            )
            for number, files in enumerate((old, new, old, new), 1)
        ]
        transaction.versions.update(deleted(stored[3], at(6), 9))
        newest = transaction.versions.newest
        assert newest(model, None, root_digest(old)) == 3
        assert newest(model, None, root_digest(new)) == 2
        assert newest(model, at(2), root_digest(old)) == 1
        assert newest(model, at(5), root_digest(new)) == 4
        assert newest(model, at(1), root_digest(new)) is None
        assert newest(model, None, a_digest("unknown")) is None
