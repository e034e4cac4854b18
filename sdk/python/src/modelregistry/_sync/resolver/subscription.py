# Generated from _async/resolver/subscription.py by scripts/generate_sync.py: never edit this.
"""Subscribers of references, and the task that notifies them of changes."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from modelregistry._sync.background import call_back
from modelregistry._sync.resolver.reporting import Reporting
from modelregistry._sync.resolver.state import SharedState
from modelregistry._watching.resolution import Found, Resolution, differ
from modelregistry._watching.watch_position import WatchPosition
from modelregistry.errors import ClientClosed
from modelregistry.names import FOLLOWED_ROUTE
from modelregistry.types import DeploymentPhase, Route, Version

_LOG: Final = logging.getLogger("modelregistry")
_CLOSED: Final = Resolution("", "", answer=ClientClosed("the resolver is not open"))

OnChange: TypeAlias = Callable[[Version | None, Version | None], object]
"""Called after a change, with the version that the reference resolves to and the previous one."""

OnRouteChange: TypeAlias = Callable[[Route | None, Route | None], object]
"""Called after a change, with the new revision of the route and the previous one."""


class Subscriber:
    """The subscription of one resolver or router to a reference.

    The cache sets `resolution` and `position` while the subscription lasts.
    """

    def __init__(
        self,
        ref: str,
        on_change: Callable[[Any, Any], object] | None,
        reporting: Reporting | None = None,
    ) -> None:
        """reporting: reports the answers to the registry, if this process has a target."""
        self.ref = ref
        self.on_change = on_change
        self.reporting = reporting
        self.resolution = _CLOSED
        self.position = WatchPosition(0)
        self.suspended = False
        """Whether this process is a fork of the one that subscribed, and no task runs here yet."""
        self._notified: Found | None = None
        self._started = False

    @property
    def is_open(self) -> bool:
        """Whether the subscription lasts."""
        return self.resolution is not _CLOSED

    @property
    def is_notified(self) -> bool:
        """Whether changes are of interest."""
        return self.on_change is not None or self.reporting is not None

    def start(self) -> None:
        """Notify of changes from now on, compared with the present version or route."""
        self._notified, self._started = self.resolution.found, True
        self._report(DeploymentPhase.SERVING)

    def notify(self) -> None:
        """Call `on_change` with the present answer, unless the last call had the same one.

        It is reported as loading meanwhile.
        """
        before, now = self._notified, self.resolution.found
        if not self.is_notified or not self._started or not differ(before, now):
            return
        self._notified = now
        if self.on_change is not None:
            self._report(DeploymentPhase.LOADING)
            try:
                call_back(self.on_change, now, before)
            except Exception as error:  # noqa: BLE001 - the user's function may raise anything
                ref = self.ref.removeprefix(FOLLOWED_ROUTE)
                kind = "resolver" if ref == self.ref else "router"
                _LOG.exception("on_change of the %s of %s failed", kind, ref)
                self._report(DeploymentPhase.FAILED, f"{type(error).__name__}: {error}")
                return
        self._report(DeploymentPhase.SERVING)

    def _report(self, phase: DeploymentPhase, message: str = "") -> None:
        if self.reporting is not None:
            self.reporting.report(self._notified, phase, message)

    def close(self) -> None:
        """End the subscription."""
        self.resolution, self._started = _CLOSED, False
        if self.reporting is not None:
            self.reporting.clear()


class Notifier:
    """Notifies subscribers of changes, one after the other and in order.

    It runs in a task of its own, because the functions that it calls may take long.
    """

    def __init__(self, state: SharedState) -> None:
        self.subscribers: set[Subscriber] = set()
        self._state = state
        self._changed: set[Resolution] = set()

    def enqueue(self, changed: Sequence[Resolution]) -> None:
        """Add resolutions whose version or route changed. The caller holds the condition."""
        self._changed.update(changed)

    def step(self) -> None:
        """Wait for changes, and notify their subscribers."""
        state = self._state
        state.condition.wait_for(lambda: state.stopped or bool(self._changed))
        with state.condition:
            changed, self._changed = self._changed, set()
            affected = [each for each in self.subscribers if each.resolution in changed]
        for subscriber in affected:
            if not state.stopped:
                subscriber.notify()
