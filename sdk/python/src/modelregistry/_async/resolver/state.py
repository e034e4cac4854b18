"""The state that the background tasks of a resolver cache share."""

import logging
from typing import Final

from modelregistry._async.background import Condition, Step
from modelregistry._async.long_lived import LongLivedConnection
from modelregistry._watching.resolution_table import ResolutionTable
from modelregistry.errors import RegistryError

_LOG: Final = logging.getLogger("modelregistry")
_PAUSE_AFTER_BUG_S: Final = 5.0


class SharedState:
    """The resolution table, the condition that guards it, and whether the cache has stopped."""

    def __init__(self, connection: LongLivedConnection) -> None:
        self.connection = connection
        self.table = ResolutionTable(connection.settings.silence)
        self.condition = Condition()
        self.stopped = False
        self._failures: dict[str, RegistryError] = {}

    @property
    def current_error(self) -> RegistryError | None:
        """The error that prevents current answers at present, if there is one."""
        return next(iter(self._failures.values()), None)

    async def repeat(self, step: Step) -> None:
        """Repeat a step until the cache stops, whatever the step raises."""
        while not self.stopped:
            try:
                await step()
            except Exception:  # noqa: BLE001 - the user's token function may raise anything
                target = self.connection.settings.target
                _LOG.exception("resolvers of %s: unexpected error; trying again", target)
                await self.pause(_PAUSE_AFTER_BUG_S)

    async def pause(self, seconds: float) -> None:
        """Wait, or return at once when the cache stops."""
        await self.condition.wait_for(lambda: self.stopped, seconds)

    def record_failure(self, activity: str, error: RegistryError) -> None:
        """Record that an activity failed; log the first failure of its kind."""
        before = self._failures.get(activity)
        self._failures[activity] = error
        self.condition.notify_all()
        if type(before) is not type(error):
            target = self.connection.settings.target
            _LOG.warning("%s %s failed, answers may be stale: %s", activity, target, error)

    def record_success(self, activity: str) -> None:
        """Record that an activity succeeded."""
        if self._failures.pop(activity, None) is not None:
            _LOG.info("%s %s succeeded again", activity, self.connection.settings.target)

    def stop(self) -> None:
        """Stop all tasks at their next step."""
        self.stopped = True
        self.condition.notify_all()
