"""Use cases of the states of monitors: read them, and find series without data."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import MonitorStateNotFound
from registry_grpc.domain.history import Position
from registry_grpc.domain.monitor import Monitor, SignalSelection
from registry_grpc.domain.monitor_state import (
    LOOK_AGAIN,
    MonitorPhase,
    MonitorState,
    MonitorStateAction,
    without_data,
)
from registry_grpc.domain.names import MonitorStateName, VersionName
from registry_grpc.domain.page import Key, Page, Query
from registry_grpc.domain.reference import ByNumber, Reference
from registry_grpc.domain.version import VersionState
from registry_grpc.services.judging import names_of
from registry_grpc.services.listing import Listed, filtered, listed
from registry_grpc.services.lookup import look_up
from registry_grpc.services.monitor import require_monitor
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.monitor import StatePlace, StateQuery, StoredState
from registry_grpc.services.reading import require_namespace, require_revision

_PORTION: Final = 200


class MonitorStates:
    """Reads the states of series."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: MonitorStateName, seen: Position) -> MonitorState:
        """Return a state; raises MonitorStateNotFound."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            found = tx.monitor_states.get(name)
        if found is None:
            raise MonitorStateNotFound(str(name))
        return found

    def list(
        self,
        query: Query,
        page: Page,
        wanted: StateQuery,
        version: VersionName | None,
        seen: Position,
    ) -> Listed[MonitorState]:
        """Return a page of states, by monitor and id.

        Raises NamespaceNotFound, MonitorNotFound, ModelNotFound or VersionNotFound.
        """
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_namespace(tx, wanted.namespace)
            if wanted.monitor is not None:
                require_monitor(tx, wanted.monitor)
            if version is not None:
                reference = Reference(version.parent, ByNumber(version.number))
                wanted = replace(wanted, version=look_up(tx, reference).uid)

            def rows(after: Key | None, upto: Key | None, limit: int) -> Sequence[MonitorState]:
                return tx.monitor_states.page(wanted, _row(after), limit, _row(upto))

            def end(after: Key | None, count: int) -> Key | None:
                return tx.monitor_states.behind(wanted, _row(after), count)

            def key(row: MonitorState) -> Key:
                return row.name.monitor, str(row.name.uuid)

            if wanted.filters:
                return filtered(query, page, tx.head, rows, end, key)
            return listed(query, page, tx.head, lambda after, n: rows(after, None, n), key)

    def history(
        self, query: Query, page: Page, name: MonitorStateName, seen: Position
    ) -> Listed[tuple[int, MonitorState]]:
        """Return a page of the phases that it entered, as (ordinal, state), newest first.

        Raises MonitorStateNotFound if it never existed.
        """
        with self._database.read() as tx:
            require_revision(tx, seen)
            result = listed(
                query,
                page,
                tx.head,
                lambda after, limit: tx.monitor_states.history(name, _place(after), limit),
                lambda row: (row[1].revision, row[0]),
            )
        if page.after is None and not result.items:
            raise MonitorStateNotFound(str(name))
        return result


def _row(key: Key | None) -> StatePlace | None:
    return None if key is None else (str(key[0]), str(key[1]))


def _place(key: Key | None) -> tuple[int, int] | None:
    return None if key is None else (int(key[0]), int(key[1]))


class MissingData:
    """Finds the series for which nothing was judged for too long."""

    def __init__(self, database: Database, mutations: Mutations, clock: Clock) -> None:
        self._database = database
        self._mutations = mutations
        self._clock = clock

    def sweep(self) -> int:
        """Let them enter NO_DATA, and end those of versions that their monitor covers no more.

        Return their number. Safe in several processes: each changes once.
        """
        count = 0
        while True:
            with self._database.read() as tx:
                due = list(tx.monitor_states.due(self._clock(), _PORTION))
            if not due:
                return count
            settled, changed = self._mutations.perform(self._settle(due))
            count += changed
            if len(due) < _PORTION or not settled:
                return count

    def _settle(self, due: list[StoredState]) -> Callable[[Transaction], tuple[int, int]]:
        """Return what changes the states, and returns the numbers of settled and changed ones."""

        def act(tx: Transaction) -> tuple[int, int]:
            now = tx.monitor_states.several([one.state.name.uuid for one in due])
            changes, looks = list[Change](), list[StoredState]()
            for stored in due:
                before = now.get(stored.state.name.uuid)
                monitor = tx.monitors.get(stored.state.name.parent)
                if before is None or monitor is None:
                    continue
                name = before.name
                actor = monitor.actor
                if not _covers(tx, monitor.draft.selection, before.version):
                    reason = "the monitor covers the version no more"
                    tx.monitor_states.remove([name.uuid])
                    end = MonitorStateAction.END
                    changes.append(Change(end, str(name), actor, before, None, reason))
                    continue
                after = without_data(monitor, before, tx.time, tx.revision)
                looks.append(
                    StoredState(after, stored.version, _next_look(after, monitor, tx.time))
                )
                if after is before:
                    continue
                tx.monitor_states.append(stored.version, after, len(changes))
                reason = f"nothing was judged for {monitor.draft.no_data_after}"
                change = MonitorStateAction.CHANGE
                changes.append(Change(change, str(name), actor, before, after, reason))
            tx.monitor_states.put(looks)
            tx.record(changes)
            return len(changes) + len(looks), len(changes)

        return act


def _next_look(state: MonitorState, monitor: Monitor, now: datetime) -> datetime:
    again, after = now + LOOK_AGAIN, monitor.draft.no_data_after
    if after is None or state.phase is MonitorPhase.NO_DATA:
        return again
    return min(again, state.judge_time + after)


def _covers(tx: Transaction, selection: SignalSelection, name: VersionName) -> bool:
    model = tx.models.get(name.parent)
    if model is None or model.delete_time is not None:
        return False
    version = tx.versions.get(model, name.number, full=False)
    if version is None or version.state is VersionState.DELETED:
        return False
    return selection.covers(name.model, names_of(tx, version) if selection.names else ())
