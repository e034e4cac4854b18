# Generated from _async/changes.py by scripts/generate_sync.py: never edit this.
"""Changes: a watch for them, or a list."""

from collections.abc import Iterable

from modelregistry._convert.change import event_from_message
from modelregistry._sync.lasting import LastingMethods
from modelregistry._sync.pager import Pager
from modelregistry._sync.watch import Watch
from modelregistry._watching.filter import Filter, completed
from modelregistry.errors import InvalidRequest, Violation
from modelregistry.types import ChangeEvent, Model, Page
from modelregistry.v1 import lookup_service_pb2 as pb


class ChangeMethods(LastingMethods):
    """Changes. `models` and `name_prefixes` are names such as `fraud`, `risk/fraud` or full ones.

    Without either, everything of the namespace is told; with both, what matches one of them; a
    model stands for its versions and aliases too, and need not exist. `namespace="-"` is all
    namespaces. Without a `namespace` it is the one of the names given, or all if they are of
    several, or the client's.
    """

    def watch(
        self,
        *,
        namespace: str | None = None,
        models: Iterable[str | Model] = (),
        name_prefixes: Iterable[str] = (),
        start_revision: int = 0,
        initial_state: bool = False,
    ) -> Watch:
        """Tell changes as they happen.

        From `start_revision` on, or what comes from now on; or with `initial_state` what there is
        first, as events with the action `state`, and from there on.
        """
        if initial_state and start_revision:
            problem = "the state there is, or what came from a revision on: not both"
            raise InvalidRequest(problem, violations=[Violation("start_revision", problem)])
        chosen = self._chosen(namespace, models, name_prefixes)
        request = pb.WatchRequest(
            parent=chosen.parent,
            models=chosen.models,
            name_prefixes=chosen.prefixes,
            start_revision=start_revision,
            initial_state=initial_state,
        )
        return Watch(self._lasting, request)

    def list_changes(
        self,
        *,
        namespace: str | None = None,
        models: Iterable[str | Model] = (),
        name_prefixes: Iterable[str] = (),
        start_revision: int = 0,
        page_size: int = 0,
    ) -> Pager[ChangeEvent]:
        """List recorded changes, oldest first, from `start_revision` or the oldest kept.

        A page holds whole transactions. Raises NamespaceNotFound, or RevisionCompacted when
        `start_revision` lies before what is kept.
        """
        chosen = self._chosen(namespace, models, name_prefixes)

        def fetch(token: str) -> Page[ChangeEvent]:
            request = pb.ListChangesRequest(
                parent=chosen.parent,
                models=chosen.models,
                name_prefixes=chosen.prefixes,
                start_revision=start_revision,
                page_size=page_size,
                page_token=token,
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.lookup.ListChanges, request)
            return Page(
                items=tuple(map(event_from_message, reply.events)),
                next_page_token=reply.next_page_token,
                revision=reply.revision,
            )

        return Pager(fetch)

    def _chosen(
        self,
        namespace: str | None,
        models: Iterable[str | Model],
        name_prefixes: Iterable[str],
    ) -> Filter:
        named = (model.name if isinstance(model, Model) else model for model in models)
        return completed(namespace, named, name_prefixes, self._namespace)
