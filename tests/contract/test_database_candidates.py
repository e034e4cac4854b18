"""Rows that the database derives for lists, and the few versions that indexes find."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from sqlalchemy import insert

from registry_grpc.domain.history import Position
from registry_grpc.domain.limits import MIB, PAGE_BYTES
from registry_grpc.domain.model import Model, ModelDraft
from registry_grpc.domain.names import ModelName, NamespaceName
from registry_grpc.domain.page import Query
from registry_grpc.domain.version import VersionState
from registry_grpc.persistence.annotation import annotations
from registry_grpc.persistence.candidates import MOST
from registry_grpc.persistence.catalog_tables import models, version_heads, versions
from registry_grpc.persistence.database import open_database
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.migrate import migrate
from registry_grpc.persistence.upgrade import upgrade
from registry_grpc.services.model import Models
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.version_list import VersionQuery
from registry_grpc.services.reply_memory import ReplyMemory
from registry_grpc.services.version_listing import WantedVersions, versions_page
from registry_grpc.transport.convert.record import record_digest
from tests.contract.database_examples import (
    VersionFields,
    a_digest,
    a_model,
    add_version,
    at,
    version_filter,
)
from tests.support.governance import governed


def few(tx: Transaction, model: Model, text: str) -> Sequence[int] | None:
    """Return the numbers of the versions that indexes find for a filter."""
    query = VersionQuery(model.name.namespace, model, version_filter(text), show_deleted=False)
    found = tx.version_lists.candidates(query)
    if found is None:
        return None
    return [version.name.number for version in tx.version_lists.read(found)]


def listed(tx: Transaction, model: ModelName, text: str, size: int) -> Sequence[int]:
    wanted = WantedVersions(model, version_filter(text), (), show_deleted=False)
    query, token, found = Query("List", (), wanted.shape), "", []
    while True:
        page = versions_page(
            tx, query, query.page(size, token), wanted, lambda _: PAGE_BYTES // 1_000
        )
        found += [version.name.number for version in page.items]
        token = page.next_token
        if not token:
            return found


def test_labels_are_found_as_they_are_now(database: Database) -> None:
    with database.change(lambda: at(0)) as tx:
        model = a_model()
        tx.models.add(model)
        version = add_version(tx, model, 1, VersionFields(labels={"a": "1", "b": "2"}))
        add_version(tx, model, 2, VersionFields(labels={"a": "1"}))
        tx.versions.update(replace(version, labels={"b": "2", "c": "3"}))
        assert few(tx, model, 'labels.a = "1"') == [2]
        assert few(tx, model, 'labels.b = "2"') == [1]
        assert few(tx, model, 'labels.c = "3"') == [1]
        assert few(tx, model, 'labels.c = "3" OR labels.a = "1"') is None


def test_a_filter_that_many_versions_pass_lists_all_of_them(database: Database) -> None:
    with database.change(lambda: at(0)) as tx:
        model = a_model()
        tx.models.add(model)
        for number in range(1, MOST + 2):
            add_version(tx, model, number, VersionFields(labels={"a": "1", "n": str(number)}))
        numbers = list(range(MOST + 1, 0, -1))
        assert few(tx, model, 'labels.a = "1"') is None
        assert listed(tx, model.name, 'labels.a = "1"', 100) == numbers
        assert few(tx, model, 'labels.a = "1" AND labels.n = "7"') == [7]
        assert few(tx, model, 'number > 0 AND labels.n = "7"') == [7]
        assert few(tx, model, "number > 255") == [256, 257]
        assert few(tx, model, f"number > {10**30}") == []


def test_the_newest_version_of_each_stage_can_be_used(database: Database) -> None:
    with database.change(lambda: at(0)) as tx:
        model, other = a_model(), a_model("other")
        for each in (model, other):
            tx.models.add(each)
        stages = {1: "production", 2: "staging", 3: "production", 4: "none", 5: "none"}
        stored = [
            add_version(tx, model, number, VersionFields(stage=stage))
            for number, stage in stages.items()
        ]
        add_version(tx, other, 9, VersionFields(stage="archived"))
        tx.versions.update(replace(stored[4], state=VersionState.YANKED))
        tx.versions.update(replace(stored[2], state=VersionState.DEPRECATED))
        names = ("none", "staging", "production", "archived")
        newest = tx.version_lists.read(tx.version_lists.newest_in_stages(model, names))
        assert {each.stage: each.name.number for each in newest} == {
            "none": 4,
            "staging": 2,
            "production": 3,
        }


def test_a_full_list_of_models_has_room_for_their_annotations(database_url: str) -> None:
    with governed(database_url) as registry:
        room = ReplyMemory(64 * MIB)
        catalog = Models(
            registry.database, Mutations(registry.database, registry.clock), uuid4, room
        )
        large = {"notes": "x" * 100_000}
        for name in ("a", "b"):
            catalog.create(registry.call(), ModelName("default", name), ModelDraft(), large)
        query = Query("List", (), (str,))
        everything = (query, query.page(0, ""), NamespaceName("default"), None)
        for full in (False, True):
            with catalog.list(*everything, show_deleted=False, full=full, seen=Position()) as page:
                assert [model.name.model for model in page.items] == ["a", "b"]
                pairs = [dict(model.annotations.pairs) for model in page.items]
                assert pairs == ([large, large] if full else [{}, {}])
                assert (room.taken > 2 * 100_000) is full
            assert room.taken == 0


def test_versions_of_earlier_releases_are_found(empty_database_url: str) -> None:
    model, digest = a_model(), a_digest("x")
    version = {"uid": a_model().uid, "model_uid": model.uid, "number": 1}
    facts = {"creator": "ann", "create_time": at(0), "description": ""}
    changing = {"labels": {"a": "1"}, "update_time": at(0), "revision": 1}
    named = {"uid": model.uid, "namespace": "default", "model_id": "fraud"}
    content = {"root_digest": digest, "size": 1, "file_count": 1, "tags": {"t": "2"}}
    detail = {"metrics": {"auc": 0.5}, "params": {}, "detail": {}, "run_id": "r"}
    stage = {"stage": "none", "stage_revision": 1, "state": "active"}
    engines = open_engines(empty_database_url)
    with engines.writers.begin() as connection:
        upgrade(connection, "0024")
        for table, row in (
            (models, {**named, **facts, **changing, "owner": "", "next_version": 2}),
            (versions, {**version, **facts, **content, **detail}),
            (version_heads, {**version, **changing, **stage}),
            (annotations, {"uid": version["uid"], "key": "n", "value": "3"}),
        ):
            connection.execute(insert(table), row)
    engines.dispose()
    migrate(empty_database_url)
    with open_database(empty_database_url, digest=record_digest) as database, database.read() as tx:
        for text in (
            *('labels.a = "1"', 'tags.t = "2"', 'annotations.n = "3"', 'run_id = "r"'),
            *("metrics.auc = 0.5", "stage = none", f'root_digest = "{digest}"'),
        ):
            assert few(tx, model, text) == [1], text
        assert few(tx, a_model(), 'annotations.n = "3"') == []
