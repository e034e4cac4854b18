"""The present state, which a watch can send first: streamed at any size."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection, Row, Select, func, select, tuple_

from registry_grpc.domain.alias import Alias
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.namespace import Namespace
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.route import Route
from registry_grpc.domain.version import Version
from registry_grpc.domain.watch import Wanted
from registry_grpc.persistence.alias import alias_of
from registry_grpc.persistence.catalog_tables import aliases, models, version_heads
from registry_grpc.persistence.model import SELECT_MODELS, model_of
from registry_grpc.persistence.namespace import SqlNamespaces
from registry_grpc.persistence.route import route_of, routes
from registry_grpc.persistence.version import SELECT_VERSIONS, version_of

_AT_ONCE = 500
_ROWS_AT_ONCE = 50
"""Of what may have some 300 KiB each."""
_NAMES = (models.c.namespace, models.c.model_id)
ALIASES_OF_VERSION = (
    select(func.aggregate_strings(aliases.c.alias, ","))
    .where(
        aliases.c.model_uid == version_heads.c.model_uid, aliases.c.number == version_heads.c.number
    )
    .scalar_subquery()
    .label("alias_ids")
)
_VERSIONS = (
    SELECT_VERSIONS.add_columns(*_NAMES, ALIASES_OF_VERSION)
    .join(models, models.c.uid == version_heads.c.model_uid)
    .where(version_heads.c.delete_time.is_(None))
)
_ALIASES = select(aliases, *_NAMES).join(models, models.c.uid == aliases.c.model_uid)
_ROUTES = select(routes, *_NAMES).join(models, models.c.uid == routes.c.model_uid)


def live_resources(connection: Connection, wanted: Wanted) -> Iterator[Resource]:
    """Implements `registry_grpc.services.ports.log.Log.state`."""
    everything = _namespaces(connection, wanted)
    yield from (found for found in everything if wanted.matches(str(found.name)))
    for page in _models(connection, wanted):
        reached = [model for model in page if wanted.reaches(str(model.name))]
        yield from (model for model in reached if wanted.matches(str(model.name)))
        for found in _belongings(connection, [model.uid for model in reached]):
            if wanted.matches(str(found.name)):
                yield found


def _namespaces(connection: Connection, wanted: Wanted) -> Iterator[Namespace]:
    reader, after = SqlNamespaces(connection), None
    if wanted.namespace is not None:
        found = reader.get(wanted.namespace)
        yield from () if found is None else (found,)
        return
    while page := reader.page(after, _AT_ONCE):
        yield from page
        after = page[-1].name.namespace


def _models(connection: Connection, wanted: Wanted) -> Iterator[Sequence[Model]]:
    statement = _live_models(wanted)
    page = connection.execute(statement).all()
    while page:
        yield [model_of(row) for row in page]
        last = (page[-1].namespace, page[-1].model_id)
        page = connection.execute(statement.where(tuple_(*_NAMES) > last)).all()


def _live_models(wanted: Wanted) -> Select[*tuple[object, ...]]:
    statement = SELECT_MODELS.where(models.c.delete_time.is_(None))
    if wanted.namespace is not None:
        statement = statement.where(models.c.namespace == wanted.namespace)
    if wanted.models and not wanted.prefixes:
        ids = {name.rpartition("/")[2] for name in wanted.models}
        statement = statement.where(models.c.model_id.in_(sorted(ids)))
    return statement.order_by(*_NAMES).limit(_AT_ONCE)


def _belongings(connection: Connection, uids: Sequence[UUID]) -> Iterator[Version | Alias | Route]:
    if not uids:
        return
    for row in _stream(connection, _VERSIONS.where(version_heads.c.model_uid.in_(uids))):
        yield replace(version_of(_model_name(row), row), aliases=alias_ids(row.alias_ids))
    for row in _stream(connection, _ALIASES.where(aliases.c.model_uid.in_(uids))):
        yield alias_of(_model_name(row), row)
    for row in _stream(connection, _ROUTES.where(routes.c.model_uid.in_(uids))):
        yield route_of(_model_name(row), row).brief()


def _stream(
    connection: Connection, statement: Select[*tuple[object, ...]]
) -> Iterator[Row[*tuple[object, ...]]]:
    with connection.execute(statement, execution_options={"yield_per": _ROWS_AT_ONCE}) as rows:
        yield from rows


def alias_ids(text: str | None) -> tuple[str, ...]:
    """Return the ids in a row's `alias_ids`, sorted."""
    return () if text is None else tuple(sorted(text.split(",")))


def _model_name(row: Row[*tuple[object, ...]]) -> ModelName:
    return ModelName(row.namespace, row.model_id)
