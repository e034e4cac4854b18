"""Versions older than lineage get the edges that their registration would have written."""

from collections.abc import Sequence

from sqlalchemy import insert, text

from registry_grpc.domain.facts import DatasetInput, DatasetRole, Source, VersionDetail
from registry_grpc.domain.lineage import Direction
from registry_grpc.persistence.catalog_tables import models, version_heads, versions
from registry_grpc.persistence.codec import encode
from registry_grpc.persistence.database import open_database
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.migrate import is_current, migrate
from registry_grpc.persistence.upgrade import upgrade
from registry_grpc.services.ports.database import Database
from registry_grpc.services.ports.lineage import UseQuery
from tests.contract.database_examples import a_digest, a_uid, at, stored_model
from tests.support.lineage import hops, registered

CLAIMS = DatasetInput("gs://claims/q3", "sha256:aa", DatasetRole.TRAINING)
HOLDOUT = DatasetInput("gs://claims/holdout", "", DatasetRole.TEST)
SOURCE = Source("https://git.example/risk", "ab" * 20, dirty=True, run_id="run-7")
PARENT = "namespaces/default/models/fraud/versions/1"
DETAILS = (
    VersionDetail(inputs=(CLAIMS,)),
    VersionDetail(inputs=(CLAIMS, HOLDOUT, CLAIMS), source=SOURCE, parents=(PARENT, PARENT)),
    VersionDetail(source=Source(entry_point="train.py")),
)


def _migrate_to(url: str, revision: str) -> None:
    engines = open_engines(url)
    with engines.writers.begin() as connection:
        upgrade(connection, revision)
    engines.dispose()


def _store_old_versions(url: str) -> None:
    """Write rows as a release without lineage did."""
    engines = open_engines(url)
    uid = a_uid()
    with engines.writers.begin() as connection:
        model = {
            "uid": uid,
            "namespace": "default",
            "model_id": "fraud",
            "description": "",
            "labels": {},
            "owner": "",
            "next_version": 4,
            "creator": "ann",
            "create_time": at(0),
            "update_time": at(0),
            "revision": 1,
        }
        connection.execute(insert(models), model)
        for number, detail in enumerate(DETAILS, 1):
            version = a_uid()
            row = {
                "uid": version,
                "model_uid": uid,
                "number": number,
                "size": 1,
                "root_digest": a_digest("x"),
                "file_count": 1,
                "creator": "ann",
                "create_time": at(number),
                "description": "",
                "tags": {},
                "metrics": {},
                "params": {},
                "detail": encode(detail),
            }
            connection.execute(insert(versions), row)
            head = {
                "uid": version,
                "model_uid": uid,
                "number": number,
                "labels": {},
                "stage": "none",
                "stage_revision": 1,
                "state": "active",
                "update_time": at(number),
                "revision": number,
            }
            connection.execute(insert(version_heads), head)
    engines.dispose()


def _told(database: Database) -> Sequence[object]:
    """Return walks and uses without ids that differ between databases."""
    with database.read() as transaction:
        found = transaction.lineage.uses(UseQuery("default", uri=CLAIMS.uri), None, 9)
        found += transaction.lineage.uses(UseQuery("default", uri=HOLDOUT.uri), None, 9)  # type: ignore[operator]
        uses = [(str(u.version.name), u.role, u.dataset) for u in found]
        (second,) = {u.version.uid for u in found if u.version.name.number == 2}
        walked = hops(transaction.lineage, second, Direction.UP)
        nodes = transaction.lineage.nodes({uid for hop in walked for uid in (hop[1], hop[3])})
        steps = sorted((d, str(nodes[s].name), r, str(nodes[t].name)) for d, s, r, t in walked)
        edges = transaction.lineage.edges([second], Direction.UP, (), 9)
        return [uses, steps, {(edge.time, edge.recorder) for edge in edges}]


def test_old_versions_have_the_lineage_of_new_ones(
    empty_database_url: str, database: Database
) -> None:
    _migrate_to(empty_database_url, "0003")
    _store_old_versions(empty_database_url)
    migrate(empty_database_url)
    assert is_current(empty_database_url)

    model = stored_model(database)
    first = registered(database, model, 1, inputs=DETAILS[0].inputs)
    registered(database, model, 2, inputs=DETAILS[1].inputs, source=SOURCE, parents=[first, first])
    with open_database(empty_database_url) as filled:
        assert _told(filled) == _told(database)


def test_what_is_filled_in_is_kept_as_it_is(empty_database_url: str) -> None:
    _migrate_to(empty_database_url, "0003")
    _store_old_versions(empty_database_url)
    migrate(empty_database_url)
    engines = open_engines(empty_database_url)
    with engines.writers.begin() as connection:
        count = connection.scalar(text("SELECT count(*) FROM lineage_edges"))
        unknown = connection.scalar(text("SELECT max(revision) FROM lineage_edges"))
    engines.dispose()
    assert (count, unknown) == (6, 0)
