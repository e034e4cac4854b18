# Generated from _async/changes.py by scripts/generate_sync.py: never edit this.
"""Changes: a watch for them, or a list."""

from collections.abc import Iterable
from datetime import datetime

from modelregistry._convert import times
from modelregistry._convert.asked import AskedList
from modelregistry._convert.change import event_from_message
from modelregistry._convert.page import page_of
from modelregistry._convert.places import in_trail
from modelregistry._sync.long_lived import LongLivedMethods
from modelregistry._sync.pager import Pager
from modelregistry._sync.watch import Watch
from modelregistry._watching.filter import Filter, completed
from modelregistry.errors import InvalidRequest, Violation
from modelregistry.types import ChangeEvent, Model, Page
from modelregistry.v1 import lookup_service_pb2 as pb


class ChangeMethods(LongLivedMethods):
    """Changes. `models` and `name_prefixes` are names such as `fraud`, `risk/fraud` or full ones.

    Without either, everything of the namespace is told; with both, what matches one of them; a
    model stands for its versions and aliases too, and for the transitions that move its versions,
    and need not exist. `namespace="-"` is all namespaces. Without a `namespace` it is the one of
    the names given, or all if they are of several, or the client's.
    """

    def watch(
        self,
        *,
        namespace: str | None = None,
        models: Iterable[str | Model] = (),
        name_prefixes: Iterable[str] = (),
        start_revision: int = 0,
        history_id: str = "",
        initial_state: bool = False,
    ) -> Watch:
        """Tell changes as they happen.

        From `start_revision` on, or what comes from now on; or with `initial_state` what there is
        first, as events with the action `state`, and from there on. Give with a `start_revision`
        the `history_id` that came with it: when the registry was restored from a backup since, the
        revision means something else, and the watch begins with the present state instead.
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
            history_id=history_id,
            initial_state=initial_state,
        )
        return Watch(self._long_lived, request)

    def list_changes(  # noqa: PLR0913 - options that people set by name
        self,
        *,
        namespace: str | None = None,
        models: Iterable[str | Model] = (),
        name_prefixes: Iterable[str] = (),
        actor: str = "",
        action: str = "",
        start_revision: int = 0,
        history_id: str = "",
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        newest_first: bool = False,
        page_size: int = 0,
    ) -> Pager[ChangeEvent]:
        """List recorded changes, from `start_revision` or the oldest kept for watching.

        `action` is one such as `alias.set`, or a noun with its dot for all of its actions:
        `alias.`. Listed is what happened at `start_time` or later, and before `end_time`. A page
        holds whole transactions. Raises NamespaceNotFound, RevisionCompacted when `start_revision`
        lies before what is kept, or HistoryChanged when it is of another `history_id`.
        """
        request = pb.ListChangesRequest(
            actor=actor,
            action=action,
            start_revision=start_revision,
            history_id=history_id,
            start_time=times.to_message(start_time, "start_time"),
            end_time=times.to_message(end_time, "end_time"),
            newest_first=newest_first,
            page_size=page_size,
        )
        return self._listed(request, self._chosen(namespace, models, name_prefixes))

    def audit(  # noqa: PLR0913 - options that people set by name
        self,
        *,
        namespace: str | None = None,
        models: Iterable[str | Model] = (),
        name_prefixes: Iterable[str] = (),
        actor: str = "",
        action: str = "",
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        newest_first: bool = True,
        page_size: int = 0,
    ) -> Pager[ChangeEvent]:
        """List the audit trail, the newest first: all that was done, and calls that were refused.

        It goes back for as long as the server keeps it, with what was `before` and `after` each
        change. Of a refused call `refusal` says how; with `action="call."` there is nothing else.
        Calls that name nothing in a namespace are in that of all: `namespace="-"`. The filters are
        those of `list_changes`. Raises NamespaceNotFound, or RevisionCompacted when, the oldest
        first, the server has let go of the next page meanwhile.
        """
        request = pb.ListChangesRequest(
            actor=actor,
            action=action,
            start_time=times.to_message(start_time, "start_time"),
            end_time=times.to_message(end_time, "end_time"),
            newest_first=newest_first,
            page_size=page_size,
            audit=True,
        )
        return self._listed(request, self._chosen(namespace, models, name_prefixes))

    def _listed(self, request: pb.ListChangesRequest, chosen: Filter) -> Pager[ChangeEvent]:
        request.parent = chosen.parent
        request.models.extend(chosen.models)
        request.name_prefixes.extend(chosen.prefixes)
        wanted = AskedList(request)

        def fetch(token: str) -> Page[ChangeEvent]:
            asked = pb.ListChangesRequest(page_token=token)
            asked.MergeFrom(request)
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.lookup.ListChanges, asked)
            wanted.check(reply.events)
            return page_of(
                reply, (event_from_message(event, reply.history_id) for event in reply.events)
            )

        return Pager(fetch, in_trail(newest_first=request.newest_first))

    def _chosen(
        self,
        namespace: str | None,
        models: Iterable[str | Model],
        name_prefixes: Iterable[str],
    ) -> Filter:
        named = (model.name if isinstance(model, Model) else model for model in models)
        return completed(namespace, named, name_prefixes, self._namespace)
