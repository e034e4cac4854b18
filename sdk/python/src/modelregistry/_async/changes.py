"""Changes: a watch of them, or a list."""

from collections.abc import Iterable
from datetime import datetime

from modelregistry._async.long_lived import LongLivedMethods
from modelregistry._async.pager import Pager
from modelregistry._async.watch import AsyncWatch
from modelregistry._convert import times
from modelregistry._convert.change import event_from_message
from modelregistry._convert.ordering import in_trail
from modelregistry._convert.page import page_of
from modelregistry._convert.requested import RequestedList
from modelregistry._convert.writing import build
from modelregistry._watching.filter import Filter, completed
from modelregistry.errors import InvalidRequest, Violation
from modelregistry.types import ChangeEvent, Model, Page
from modelregistry.v1 import lookup_service_pb2 as pb


class ChangeMethods(LongLivedMethods):
    """Changes. `models` and `name_prefixes` are names such as `fraud`, `risk/fraud` or full ones.

    Without either, all changes of the namespace match; with both, those that match one of them. A
    model includes its versions and aliases, and the transitions of its versions; it need not exist.
    `namespace="-"` is all namespaces. The default is the namespace of the names, all namespaces if
    the names are in several, and the client's namespace without names.
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
    ) -> AsyncWatch:
        """Deliver changes as they happen.

        The watch starts at `start_revision`, or with the next change; with `initial_state` it
        starts with the present state, as events with the action `state`. Pass `history_id`, which
        comes with each revision, together with `start_revision`: when the registry was restored
        from a backup since, the revision has another meaning, and the watch starts with the present
        state instead.
        """
        if initial_state and start_revision:
            problem = "start_revision and initial_state cannot be combined"
            raise InvalidRequest(problem, violations=[Violation("start_revision", problem)])
        chosen = self._chosen(namespace, models, name_prefixes)
        request = build(
            pb.WatchRequest,
            parent=chosen.parent,
            models=chosen.models,
            name_prefixes=chosen.prefixes,
            start_revision=start_revision,
            history_id=history_id,
            initial_state=initial_state,
        )
        return AsyncWatch(self._long_lived, request)

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

        `action` is one action such as `alias.set`, or a noun with its dot for all of its actions:
        `alias.`. The list has changes at or after `start_time` and before `end_time`. A page holds
        whole transactions. Raises NamespaceNotFound, RevisionCompacted when `start_revision` is no
        longer kept, or HistoryChanged when it belongs to another history than `history_id`.
        """
        request = build(
            pb.ListChangesRequest,
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
        denied_only: bool = False,
        page_size: int = 0,
    ) -> Pager[ChangeEvent]:
        """List the audit trail, newest first: all changes and denied requests.

        It reaches back as far as the server keeps it, and has the state `before` and `after` each
        change. For a denied request `denied_request` has the reason; `denied_only` lists only
        those. Entries without a resource in a namespace belong to all: `namespace="-"`. The filters
        are those of `list_changes`. Raises NamespaceNotFound, and, oldest first, RevisionCompacted
        when the server has trimmed the next page meanwhile.
        """
        request = build(
            pb.ListChangesRequest,
            actor=actor,
            action=action,
            start_time=times.to_message(start_time, "start_time"),
            end_time=times.to_message(end_time, "end_time"),
            newest_first=newest_first,
            page_size=page_size,
            audit=True,
            denied_only=denied_only,
        )
        return self._listed(request, self._chosen(namespace, models, name_prefixes))

    def _listed(self, request: pb.ListChangesRequest, chosen: Filter) -> Pager[ChangeEvent]:
        request.parent = chosen.parent
        request.models.extend(chosen.models)
        request.name_prefixes.extend(chosen.prefixes)
        wanted = RequestedList(request)

        async def fetch(token: str) -> Page[ChangeEvent]:
            asked = build(pb.ListChangesRequest, page_token=token)
            asked.MergeFrom(request)
            stubs = self._connection.stubs
            reply = await self._connection.unary(stubs.lookup.ListChanges, asked)
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
