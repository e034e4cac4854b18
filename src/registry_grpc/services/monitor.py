"""Use cases of monitors."""

from dataclasses import replace

from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import LimitExceeded, MonitorNotFound
from registry_grpc.domain.history import ABSENT_ETAG, Position, require_etag
from registry_grpc.domain.monitor import (
    MOST_MONITORS,
    Monitor,
    MonitorAction,
    MonitorDraft,
    monitor_digest,
)
from registry_grpc.domain.monitor_state import look_after
from registry_grpc.domain.names import MonitorName
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.violations import Violations
from registry_grpc.services.listing import FEW_AT_ONCE, Listed, listed, number_of, text_of
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import require_namespace, require_revision


class Monitors:
    """Puts, reads and deletes monitors."""

    def __init__(self, database: Database, mutations: Mutations) -> None:
        self._database = database
        self._mutations = mutations

    def put(
        self,
        call: Mutation[Monitor],
        name: MonitorName,
        draft: MonitorDraft,
        etag: str,
        reason: str,
        found: Violations,
    ) -> Done[Monitor]:
        """Append a revision that is in force from now on; the same content changes nothing.

        A revision with another selection begins with new states. found: violations of the parsing
        of the draft, reported together with others. Raises InvalidRequest, NamespaceNotFound,
        EtagMismatch or LimitExceeded.
        """
        check_reason(reason)
        draft.check(found)
        found.raise_if_any()

        def act(tx: Transaction) -> Monitor:
            require_namespace(tx, name.namespace)
            head = tx.monitors.get(name)
            require_etag(name, etag, head.etag if head else ABSENT_ETAG, tx.head)
            digest = monitor_digest(draft)
            if head is not None and head.digest == digest:
                return head
            if head is None and tx.monitors.count(name.namespace) >= MOST_MONITORS:
                raise LimitExceeded("monitors of a namespace", MOST_MONITORS, MOST_MONITORS + 1)
            last = tx.monitors.newest(name)
            number = 1 if last is None else last.number + 1
            actor = call.actor.name
            monitor = Monitor(name, number, draft, digest, actor, tx.time, tx.revision)
            tx.monitors.append(monitor)
            if head is not None and head.draft.selection != draft.selection:
                tx.monitor_states.remove_all(name)
            elif head is not None and head.draft.no_data_after != draft.no_data_after:
                tx.monitor_states.set_due(name, look_after(draft))
            tx.record([Change(MonitorAction.PUT, str(name), actor, head, monitor, reason)])
            return monitor

        return self._mutations.change(call, act)

    def get(self, name: MonitorName, number: int, seen: Position) -> Monitor:
        """Return the revision in force, or the one with this number; raises MonitorNotFound."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            if not number:
                return require_monitor(tx, name)
            found = tx.monitors.revision(name, number)
        if found is None:
            message = f"monitor {name} has no revision {number}"
            raise MonitorNotFound(str(name), message)
        return found

    def list(self, query: Query, page: Page, namespace: str, seen: Position) -> Listed[Monitor]:
        """Return a page of the monitors in force, by id; raises NamespaceNotFound."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_namespace(tx, namespace)
            return listed(
                query,
                page,
                tx.head,
                lambda after, limit: tx.monitors.page(namespace, text_of(after), limit),
                lambda row: (row.name.monitor,),
                at_once=FEW_AT_ONCE,
            )

    def history(
        self, query: Query, page: Page, name: MonitorName, seen: Position
    ) -> Listed[Monitor]:
        """Return a page of the revisions of a monitor, newest first, also of a deleted one.

        Raises MonitorNotFound if it never existed.
        """
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_namespace(tx, name.namespace)
            result = listed(
                query,
                page,
                tx.head,
                lambda after, limit: tx.monitors.history(name, number_of(after), limit),
                lambda row: (row.number,),
                at_once=FEW_AT_ONCE,
            )
        if page.after is None and not result.items:
            raise MonitorNotFound(str(name))
        return result

    def delete(self, call: Mutation[int], name: MonitorName, etag: str, reason: str) -> Done[int]:
        """Delete a monitor and its states, and return the revision; its history stays.

        Raises NamespaceNotFound, MonitorNotFound or EtagMismatch.
        """
        check_reason(reason)

        def act(tx: Transaction) -> int:
            head = require_monitor(tx, name)
            require_etag(name, etag, head.etag, tx.head)
            actor = call.actor.name
            end = replace(
                head,
                number=head.number + 1,
                actor=actor,
                time=tx.time,
                revision=tx.revision,
                deleted=True,
            )
            tx.monitors.append(end)
            tx.monitor_states.remove_all(name)
            tx.record([Change(MonitorAction.DELETE, str(name), actor, head, None, reason)])
            return tx.revision

        return self._mutations.change(call, act)


def require_monitor(tx: Transaction, name: MonitorName) -> Monitor:
    """Return the monitor in force; raise NamespaceNotFound or MonitorNotFound."""
    require_namespace(tx, name.namespace)
    found = tx.monitors.get(name)
    if found is None:
        if tx.monitors.newest(name) is not None:
            message = f"monitor {name} was deleted; its revisions are kept, and putting it adds one"
            raise MonitorNotFound(str(name), message)
        raise MonitorNotFound(str(name))
    return found
