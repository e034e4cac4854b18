"""Migrations of a database with content."""

from collections.abc import Iterator
from importlib import resources

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, insert, text

from registry_grpc.domain.trail import Selection, Span
from registry_grpc.domain.watch import Wanted
from registry_grpc.persistence.codec import encode_resource
from registry_grpc.persistence.database import open_database
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.log_tables import changes
from registry_grpc.persistence.migrate import is_current, migrate
from tests.contract.database_examples import a_denied_request, at
from tests.support.promotions import a_promotion

BEFORE_THE_TRAIL = "0007"
FRAUD = "namespaces/default/models/fraud"
_OLD_CHANGE = text(
    "INSERT INTO changes (revision, ordinal, namespace, action, name, actor, reason, time) "
    "VALUES (:revision, 0, 'default', 'model.update', :name, 'ann', '', :revision)"
)
_OLD_PROMOTION = insert(changes).values(
    revision=2_502, ordinal=0, namespace="default", actor="ann", reason="", time=at(1)
)


@pytest.fixture
def engine(empty_database_url: str) -> Iterator[Engine]:
    """A database of the release before, with some thousand changes and a promotion."""
    engines = open_engines(empty_database_url)
    config = Config()
    location = resources.files("registry_grpc.persistence") / "migrations"
    config.set_main_option("script_location", str(location))
    config.set_main_option("path_separator", "os")
    with engines.writers.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE_THE_TRAIL)
        rows = [
            {"revision": revision, "name": f"{FRAUD}-{revision % 3}/versions/{revision}"}
            for revision in range(1, 2_501)
        ]
        rows.append({"revision": 2_501, "name": "namespaces/default"})
        connection.execute(_OLD_CHANGE, rows)
        promotion = a_promotion(f"{FRAUD}-1", f"{FRAUD}-2")
        document = encode_resource(promotion.after)
        values = {"name": promotion.name, "action": promotion.action, "after": document}
        connection.execute(_OLD_PROMOTION.values(values))
        connection.execute(text("UPDATE revision_counter SET revision = 2502, last_time = 2502"))
    yield engines.writers
    engines.dispose()


def test_changes_from_before_the_trail_are_found_by_their_model_and_still_guarded(
    engine: Engine, empty_database_url: str
) -> None:
    migrate(empty_database_url)
    assert is_current(empty_database_url)
    with open_database(empty_database_url) as database:
        with database.read() as transaction:
            found = {
                name: len(transaction.log.entries(_of(name), Span(), 9_999))
                for name in (*(f"{FRAUD}-{number}" for number in range(3)), FRAUD)
            }
            everything = transaction.log.entries(Selection(), Span(), 9_999)
        with database.write() as transaction:
            transaction.denied_requests.add([a_denied_request()])
    assert found == {f"{FRAUD}-0": 833, f"{FRAUD}-1": 835, f"{FRAUD}-2": 834, FRAUD: 0}
    assert len(everything) == 2_502
    for statement in ("UPDATE changes SET actor = ''", "DELETE FROM changes WHERE revision = 1"):
        with pytest.raises(Exception, match="changed"), engine.begin() as connection:
            connection.execute(text(statement))


def _of(model: str) -> Selection:
    return Selection(wanted=Wanted(None, frozenset({model})))
