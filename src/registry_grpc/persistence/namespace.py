"""Namespaces in SQL."""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, insert, select, update

from registry_grpc.domain.errors import NamespaceAlreadyExists
from registry_grpc.domain.names import NamespaceName
from registry_grpc.domain.namespace import Namespace
from registry_grpc.persistence.catalog_tables import namespaces
from registry_grpc.persistence.failures import refusing


class SqlNamespaces:
    """Implements `registry_grpc.services.ports.catalog.Namespaces`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, namespace: str) -> Namespace | None:
        """Return it, or None."""
        statement = select(namespaces).where(namespaces.c.namespace == namespace)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else _namespace(row)

    def page(self, after: str | None, limit: int) -> Sequence[Namespace]:
        """Return those behind `after`, by id."""
        statement = select(namespaces).order_by(namespaces.c.namespace).limit(limit)
        if after is not None:
            statement = statement.where(namespaces.c.namespace > after)
        return [_namespace(row) for row in self._connection.execute(statement)]

    def add(self, namespace: Namespace) -> None:
        """Store a new one; raise NamespaceAlreadyExists."""
        values = {
            "namespace": namespace.name.namespace,
            "description": namespace.description,
            "creator": namespace.creator,
            "create_time": namespace.create_time,
            "revision": namespace.revision,
            "quota": namespace.quota,
            "reuse_purged_names": namespace.reuse_purged_names,
        }
        with refusing("pk_namespaces", NamespaceAlreadyExists(str(namespace.name))):
            self._connection.execute(insert(namespaces), values)

    def update(self, namespace: Namespace) -> None:
        """Store revision and draft of an existing one."""
        named = namespaces.c.namespace == namespace.name.namespace
        values = {
            "description": namespace.description,
            "revision": namespace.revision,
            "quota": namespace.quota,
            "reuse_purged_names": namespace.reuse_purged_names,
        }
        self._connection.execute(update(namespaces).where(named).values(values))

    def hold(self, namespace: str) -> None:
        """Lock it to the end of the transaction; foreign keys do not wait for that lock."""
        statement = select(namespaces.c.namespace).where(namespaces.c.namespace == namespace)
        self._connection.execute(statement.with_for_update(key_share=True))


def _namespace(row: Row[*tuple[object, ...]]) -> Namespace:
    return Namespace(
        name=NamespaceName(row.namespace),
        description=row.description,
        creator=row.creator,
        create_time=row.create_time,
        revision=row.revision,
        quota=row.quota,
        reuse_purged_names=bool(row.reuse_purged_names),
    )
