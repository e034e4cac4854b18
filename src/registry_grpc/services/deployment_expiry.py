"""Expires instances that have stopped to report, by the clock of the database."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from registry_grpc.domain.change import Change
from registry_grpc.domain.deployment import DeploymentAction, InstanceKey
from registry_grpc.services.deployment_report import ended
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.ports.database import Database, Transaction

_PORTION: Final = 500
_TOGETHER: Final = 200
"""The deployments that expire in one transaction, and about as many instances."""
_GAP: Final = timedelta(seconds=5)
_DRIFT: Final = timedelta(seconds=2)


class DeploymentExpiry:
    """Expires instances whose time to live is over.

    An instance expires only if this process has watched the database without a gap for the time to
    live of the instance. So after a restart, an outage of the database or a jump of its clock, each
    instance has its time to live to report again: none is lost that lives, and one that is dead
    stays that much longer.
    """

    def __init__(
        self, database: Database, mutations: Mutations, elapsed: Callable[[], float]
    ) -> None:
        """elapsed: a monotonic clock in seconds, to measure how long this process has watched."""
        self._database = database
        self._mutations = mutations
        self._elapsed = elapsed
        self._since: timedelta | None = None
        self._last = (timedelta(), timedelta())

    def sweep(self) -> int:
        """Expire instances; return their number. Call it every second or two.

        Safe in several processes: each instance expires once.
        """
        try:
            return self._sweep()
        except BaseException:
            self._since = None  # heartbeats may have been lost too
            raise

    def _sweep(self) -> int:
        count = 0
        while True:
            with self._database.read() as tx:
                watched = self._watched(tx.deployments.now())
                due = list(tx.deployments.expired(watched, _PORTION))
            rest = due
            while rest:
                rest, done = self._mutations.perform(self._expire(rest, watched))
                count += done
            if len(due) < _PORTION:
                return count

    def _watched(self, now: timedelta) -> timedelta:
        """Return for how long this process has watched without a gap. now: the database's time."""
        here = timedelta(seconds=self._elapsed())
        passed, jumped = here - self._last[0], now - self._last[1]
        self._last = (here, now)
        if self._since is None or passed > _GAP or abs(passed - jumped) > _DRIFT:
            self._since = here
        return here - self._since

    def _expire(
        self, due: list[InstanceKey], watched: timedelta
    ) -> Callable[[Transaction], tuple[list[InstanceKey], int]]:
        """Return what expires the first of the instances, and returns the others and the number."""

        def act(tx: Transaction) -> tuple[list[InstanceKey], int]:
            changes, done, taken = list[Change](), 0, 0
            for key in due:
                if taken and (len(changes) >= _TOGETHER or taken >= _TOGETHER):
                    break
                taken += 1
                found = tx.deployments.instance(key)
                if found is None or found.live or found.ttl > watched:
                    continue  # it reported again, or another process was faster
                done += 1
                reason = f"no report for {found.ttl.total_seconds():g} seconds"
                stored = tx.deployments.of_instance(key)
                changes += [ended(DeploymentAction.EXPIRE, one, reason) for one in stored]
                tx.deployments.remove(key)
            if changes:
                tx.record(changes)
            return due[taken:], done

        return act
