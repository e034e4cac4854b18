"""Use cases of signals: record them, each once, and have monitors judge them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from registry_grpc.domain.errors import SignalExists
from registry_grpc.domain.history import Position
from registry_grpc.domain.monitor_state import MonitorState
from registry_grpc.domain.page import Key, Page, Query
from registry_grpc.domain.reference import ByNumber, Reference
from registry_grpc.domain.signal import Signal, SignalDraft
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import Violations
from registry_grpc.services.judging import judge
from registry_grpc.services.listing import Listed, filtered, listed
from registry_grpc.services.lookup import find_version
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.clock import Ids
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.monitor import SignalKey, SignalPlace, SignalQuery
from registry_grpc.services.reading import require_revision

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a call recorded. changed: the states of series that changed, the worst first."""

    recorded: int
    repeated: int
    changed: Sequence[MonitorState]
    revision: int


class Signals:
    """Records and reads signals."""

    def __init__(self, database: Database, mutations: Mutations, ids: Ids) -> None:
        self._database = database
        self._mutations = mutations
        self._ids = ids

    def record(
        self, call: Mutation[Recorded], wanted: Sequence[tuple[Reference, SignalDraft]]
    ) -> Done[Recorded]:
        """Record signals, all or none, and judge those that are new.

        Raises InvalidRequest, SignalExists, LimitExceeded, VersionDeleted, and as `find_version`.
        """
        # Takes a while for many: not in the transaction, which others wait for.
        identities = [draft.identity for _, draft in wanted]

        def act(tx: Transaction) -> Recorded:
            versions = _versions(tx, wanted)
            found = Violations()
            for index, (_, draft) in enumerate(wanted):
                draft.check(found, f"signals[{index}]", tx.time)
            found.raise_if_any()
            keys: list[SignalKey] = [
                (versions[reference].uid, identity)
                for (reference, _), identity in zip(wanted, identities, strict=True)
            ]
            known = dict(tx.signals.recorded(keys))
            new: list[tuple[Version, Signal]] = []
            for index, ((reference, draft), key) in enumerate(zip(wanted, keys, strict=True)):
                before = known.get(key)
                if before is None:
                    version = versions[reference]
                    name, creator = version.name.signal(self._ids()), call.actor.name
                    signal = Signal(name, version.uid, draft, creator, tx.time)
                    known[key] = signal
                    new.append((version, signal))
                elif before.draft != draft:
                    raise SignalExists(str(before.name), index)
            tx.signals.add([signal for _, signal in new])
            changed = judge(tx, call.actor.name, new)
            revision = tx.revision if changed else tx.head.revision
            return Recorded(len(new), len(wanted) - len(new), changed, revision)

        return self._mutations.change(call, act)

    def list(
        self, query: Query, page: Page, parent: Reference, wanted: SignalQuery, seen: Position
    ) -> Listed[Signal]:
        """Return a page of the signals of a version, latest window first; as `find_version`.

        The key is (version number, window, uid): a name that moves meanwhile mixes no versions.
        """
        if page.after is not None:
            parent = replace(parent, selector=ByNumber(int(page.after[0])))
        with self._database.read() as tx:
            require_revision(tx, seen)
            version = find_version(tx, parent, full=False)
            number = version.name.number

            def rows(after: Key | None, downto: Key | None, limit: int) -> Sequence[Signal]:
                return tx.signals.page(version, wanted, _place(after), limit, _place(downto))

            def end(after: Key | None, count: int) -> Key | None:
                place = tx.signals.behind(version, wanted, _place(after), count)
                return None if place is None else (number, *place)

            def key(row: Signal) -> Key:
                time = (row.draft.window_end - _EPOCH) // _MICROSECOND
                return number, time, str(row.name.uuid)

            if wanted.filters:
                return filtered(query, page, tx.head, rows, end, key)
            return listed(query, page, tx.head, lambda after, n: rows(after, None, n), key)


def _place(key: Key | None) -> SignalPlace | None:
    return None if key is None else (int(key[1]), str(key[2]))


def _versions(
    tx: Transaction, wanted: Sequence[tuple[Reference, SignalDraft]]
) -> dict[Reference, Version]:
    found: dict[Reference, Version] = {}
    for reference, _ in wanted:
        if reference not in found:
            version = find_version(tx, reference, full=False)
            version.require_live()
            found[reference] = version
    return found
