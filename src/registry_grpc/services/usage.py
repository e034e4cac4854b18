"""The storage use of namespaces, for operators."""

from collections.abc import Sequence

from registry_grpc.domain.limits import TransferLimits
from registry_grpc.domain.namespace import NamespaceUse
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database
from registry_grpc.services.quota import quota_of, used_bytes


class Usage:
    """Reads the storage use of namespaces."""

    def __init__(self, database: Database, limits: TransferLimits, clock: Clock) -> None:
        self._database = database
        self._limits = limits
        self._clock = clock

    def by_namespace(self, most: int) -> Sequence[NamespaceUse]:
        """Return the use of the first `most` namespaces by id."""
        now = self._clock()
        with self._database.read() as tx:
            return [
                NamespaceUse(
                    name := namespace.name.namespace,
                    used_bytes(tx, name, self._limits, now),
                    quota_of(namespace, self._limits),
                    tx.uploads.open_totals(name)[0],
                )
                for namespace in tx.namespaces.page(None, most)
            ]
