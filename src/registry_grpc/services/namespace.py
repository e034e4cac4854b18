"""Use cases of namespaces."""

from registry_grpc.domain.change import Change
from registry_grpc.domain.names import NamespaceName
from registry_grpc.domain.namespace import Namespace, check_namespace
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.violations import Violations
from registry_grpc.services.listing import Listed, listed
from registry_grpc.services.mutation import Mutation, Mutations
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import require_namespace, require_revision


class Namespaces:
    """Create and read tenants."""

    def __init__(self, database: Database, mutations: Mutations) -> None:
        self._database = database
        self._mutations = mutations

    def create(self, call: Mutation[Namespace], name: NamespaceName, description: str) -> bytes:
        """Create a namespace; raises InvalidRequest or NamespaceAlreadyExists."""
        found = Violations()
        check_namespace(found, description)
        found.raise_if_any()

        def act(tx: Transaction) -> Namespace:
            namespace = Namespace(name, description, call.actor.name, tx.time, tx.revision)
            tx.namespaces.add(namespace)
            tx.record([Change("namespace.create", str(name), call.actor.name, None, namespace)])
            return namespace

        return self._mutations.change(call, act)

    def get(self, name: NamespaceName, min_revision: int) -> Namespace:
        """Return it; raises NamespaceNotFound or RevisionNotReached."""
        with self._database.read() as tx:
            require_revision(tx, min_revision)
            return require_namespace(tx, name.namespace)

    def list(self, query: Query, page: Page, min_revision: int) -> Listed[Namespace]:
        """Return a page, by id; raises RevisionNotReached."""
        after = None if page.after is None else str(page.after[0])
        with self._database.read() as tx:
            require_revision(tx, min_revision)
            return listed(
                query,
                page,
                tx.revision,
                lambda limit: tx.namespaces.page(after, limit),
                lambda row: (row.name.namespace,),
            )
