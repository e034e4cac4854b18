"""Routes in SQL: heads, every revision, and the versions that heads name."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Index,
    Row,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    tuple_,
)

from registry_grpc.domain.errors import ModelNotFound
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import ModelName, RouteName
from registry_grpc.domain.route import Route, RouteAction, RouteEntry, RoutePlan
from registry_grpc.persistence.catalog_tables import models, version_heads
from registry_grpc.persistence.codec import decode, encode
from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, UID, Moment
from registry_grpc.persistence.model import MODEL_UID, named
from registry_grpc.persistence.schema import METADATA, column, key, optional
from registry_grpc.services.ports.stage_graph import Placed

routes = Table(
    "routes",
    METADATA,
    key("model_uid", UID, "models.uid"),
    key("route", BYTEWISE),
    column("plan", DOCUMENT),
    column("time", Moment()),
    column("actor", BYTEWISE),
    column("revision", BigInteger()),
)

# ordinal: a transaction may change a route several times, as when two of its arms go.
route_entries = Table(
    "route_entries",
    METADATA,
    key("model_uid", UID, "models.uid"),
    key("route", BYTEWISE),
    key("revision", BigInteger()),
    key("ordinal", BigInteger()),
    optional("plan", DOCUMENT),
    column("action", BYTEWISE),
    column("moved", BigInteger()),
    column("time", Moment()),
    column("actor", BYTEWISE),
    column("reason", BYTEWISE),
    Index(None, "model_uid", "route", "time", "revision", "ordinal"),
)

# The versions of the arms of heads. serves: whether one of these arms serves and is usable.
route_arms = Table(
    "route_arms",
    METADATA,
    key("model_uid", UID, "models.uid"),
    key("route", BYTEWISE),
    key("number", BigInteger()),
    column("serves", Boolean()),
    Index(None, "model_uid", "number"),
)

# Built once: building one takes as long as running it.
_GET = select(routes).where(routes.c.model_uid == MODEL_UID, routes.c.route == bindparam("route"))
_ENTRIES = select(route_entries).where(
    route_entries.c.model_uid == MODEL_UID, route_entries.c.route == bindparam("route")
)
_PLACE = (route_entries.c.revision, route_entries.c.ordinal)
_AT = (
    select(route_entries)
    .where(
        route_entries.c.model_uid == bindparam("uid"),
        route_entries.c.route == bindparam("route"),
        route_entries.c.time <= bindparam("moment"),
    )
    .order_by(route_entries.c.time.desc(), *(part.desc() for part in _PLACE))
    .limit(1)
)
_NAMING = (
    select(routes)
    .join(
        route_arms,
        (route_arms.c.model_uid == routes.c.model_uid) & (route_arms.c.route == routes.c.route),
    )
    .where(
        route_arms.c.model_uid == bindparam("model_uid"),
        route_arms.c.number == bindparam("number"),
    )
    .order_by(routes.c.route)
)
_PLACED = (
    select(models.c.model_id, route_arms.c.route, route_arms.c.number, version_heads.c.stage)
    .select_from(models)
    .join(route_arms, route_arms.c.model_uid == models.c.uid)
    .join(
        version_heads,
        (version_heads.c.model_uid == route_arms.c.model_uid)
        & (version_heads.c.number == route_arms.c.number),
    )
    .where(models.c.namespace == bindparam("namespace"), route_arms.c.serves)
    .order_by(models.c.model_id, route_arms.c.route, route_arms.c.number)
)


class SqlRoutes:
    """Implements `registry_grpc.services.ports.route.Routes`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: RouteName) -> Route | None:
        """Return what it is now, or None."""
        row = self._connection.execute(_GET, _key(name)).one_or_none()
        return None if row is None else route_of(name.parent, row)

    def page(self, model: Model, after: str | None, limit: int) -> Sequence[Route]:
        """Return those after the id `after`, by id."""
        statement = select(routes).where(routes.c.model_uid == model.uid)
        if after is not None:
            statement = statement.where(routes.c.route > after)
        rows = self._connection.execute(statement.order_by(routes.c.route).limit(limit))
        return [route_of(model.name, row) for row in rows]

    def count(self, model: Model) -> int:
        """Return the number of routes of a model."""
        statement = select(func.count()).where(routes.c.model_uid == model.uid)
        return self._connection.scalar(statement) or 0

    def append(self, entry: RouteEntry) -> None:
        """Replace the head (or remove it) and add to the history; raise ModelNotFound."""
        uid = self._connection.scalar(select(MODEL_UID), named(entry.name.parent))
        if uid is None:
            raise ModelNotFound(str(entry.name.parent))
        document = None if entry.plan is None else encode(entry.plan)
        self._connection.execute(insert(route_entries), _entry_values(uid, entry, document))
        for table in (routes, route_arms):
            self._connection.execute(delete(table).where(_is_head(table, uid, entry.name)))
        if entry.plan is not None:
            self._connection.execute(insert(routes), _head_values(uid, entry, document))
            self._connection.execute(insert(route_arms), _arm_values(uid, entry, entry.plan))

    def history(
        self, name: RouteName, before: tuple[int, int] | None, limit: int
    ) -> Sequence[RouteEntry]:
        """Return the revisions whose (revision, ordinal) is below `before`, newest first."""
        statement = _ENTRIES.order_by(*(part.desc() for part in _PLACE)).limit(limit)
        if before is not None:
            statement = statement.where(tuple_(*_PLACE) < before)
        return [_entry(name, row) for row in self._connection.execute(statement, _key(name))]

    def at(self, model: Model, route: str, moment: datetime) -> Route | None:
        """Return what it was at `moment`, or None. model: under its name of then."""
        key = {"uid": model.uid, "route": route, "moment": moment}
        row = self._connection.execute(_AT, key).one_or_none()
        return None if row is None or row.plan is None else route_of(model.name, row)

    def naming(self, model: Model, number: int) -> Sequence[Route]:
        """Return the routes with an arm of this version, by id."""
        key = {"model_uid": model.uid, "number": number}
        return [route_of(model.name, row) for row in self._connection.execute(_NAMING, key)]

    def placed(self, namespace: str) -> Iterator[Placed]:
        """Yield the versions of usable arms that serve, by model, route and number."""
        for row in self._connection.execute(_PLACED, {"namespace": namespace}):
            model = ModelName(namespace, row.model_id)
            yield Placed(model.route(row.route), model.version(row.number), row.stage)


def _key(name: RouteName) -> dict[str, str]:
    return {**named(name.parent), "route": name.route}


def _is_head(table: Table, uid: UUID, name: RouteName) -> ColumnElement[bool]:
    return and_(table.c.model_uid == uid, table.c.route == name.route)


def _entry_values(uid: UUID, entry: RouteEntry, plan: object) -> dict[str, object]:
    return {
        "model_uid": uid,
        "route": entry.name.route,
        "revision": entry.revision,
        "ordinal": entry.ordinal,
        "plan": plan,
        "action": str(entry.action),
        "moved": entry.moved,
        "time": entry.time,
        "actor": entry.actor,
        "reason": entry.reason,
    }


def _head_values(uid: UUID, entry: RouteEntry, plan: object) -> dict[str, object]:
    return {
        "model_uid": uid,
        "route": entry.name.route,
        "plan": plan,
        "time": entry.time,
        "actor": entry.actor,
        "revision": entry.revision,
    }


def _arm_values(uid: UUID, entry: RouteEntry, plan: RoutePlan) -> list[dict[str, object]]:
    serves: dict[int, bool] = {}
    for arm in plan.arms:
        number = arm.version.number
        serves[number] = serves.get(number, False) or (arm.serves and arm.usable)
    return [
        {"model_uid": uid, "route": entry.name.route, "number": number, "serves": flag}
        for number, flag in serves.items()
    ]


def _plan(model: ModelName, document: object) -> RoutePlan:
    # A document has the name of the model at its time.
    return decode(RoutePlan, document).of_model(model)


def route_of(model: ModelName, row: Row[*tuple[object, ...]]) -> Route:
    """Return the route of a row of `routes`, or of one of `route_entries` with a plan."""
    return Route(
        name=model.route(row.route),
        plan=_plan(model, row.plan),
        time=row.time,
        actor=row.actor,
        revision=row.revision,
    )


def _entry(name: RouteName, row: Row[*tuple[object, ...]]) -> RouteEntry:
    return RouteEntry(
        name=name,
        plan=None if row.plan is None else _plan(name.parent, row.plan),
        action=RouteAction(row.action),
        moved=row.moved,
        time=row.time,
        actor=row.actor,
        reason=row.reason,
        revision=row.revision,
        ordinal=row.ordinal,
    )
