# Generated from _async/resolver/followed.py by scripts/generate_sync.py: never edit this.
"""What resolvers and routers share: they are opened and closed, and tell how old an answer is."""

import copy
import time
from datetime import timedelta
from types import TracebackType
from typing import Self

from modelregistry._sync.resolver.cache import SharedCache
from modelregistry._sync.resolver.reporting import Reporting
from modelregistry._sync.resolver.subscription import Subscriber
from modelregistry._watching.resolution import Answer
from modelregistry.errors import ConfigurationError, RegistryError, TooStale
from modelregistry.types import ReporterState


class Followed:
    """A subscription of a user to an answer of the cache."""

    def __init__(
        self,
        cache: SharedCache,
        subscriber: Subscriber,
        name: str,
        max_stale: timedelta | None,
        reporting: Reporting | None,
    ) -> None:
        """name: what is followed, for messages. Raises ConfigurationError for a negative age."""
        if max_stale is not None and max_stale < timedelta(0):
            message = f"max_stale may not be negative: {max_stale}"
            raise ConfigurationError(message)
        self._cache = cache
        self._subscriber = subscriber
        self._name = name
        self._max_stale = None if max_stale is None else max_stale.total_seconds()
        self._reporting = reporting

    def _checked_answer(self) -> Answer | None:
        """Return the answer; raise it if it is an error, or TooStale if it is too old."""
        self._resume()
        answer = self._subscriber.resolution.answer
        if self._max_stale is not None and self._subscriber.is_open:
            self._check_age(self._max_stale)
        if isinstance(answer, RegistryError):
            raise copy.copy(answer)  # so that each has a traceback of its own
        return answer

    def _resume(self) -> None:
        if self._subscriber.suspended:
            self._cache.resume()

    def _check_age(self, max_stale: float) -> None:
        age = self.age
        if age > max_stale:
            message = (
                f"the registry confirmed the answer for {self._name} {age:.1f} seconds ago; "
                f"max_stale allows {max_stale:g}"
            )
            raise TooStale(message, metadata={"age": f"{age:.3f}", "max_stale": f"{max_stale:g}"})

    @property
    def age(self) -> float:
        """Seconds since the registry last confirmed the answer: a few while nothing changes."""
        self._resume()
        return self._subscriber.position.age(self._subscriber.resolution, time.monotonic())

    @property
    def stale(self) -> bool:
        """Whether the registry does not confirm the answer at present.

        It may be unavailable, or it may have reported a change whose new answer is on its way.
        """
        self._resume()
        return self._subscriber.position.is_stale(self._subscriber.resolution, time.monotonic())

    @property
    def reporter_state(self) -> ReporterState | None:
        """What the registry knows of this instance; None without a target, and while closed."""
        return None if self._reporting is None else self._reporting.state

    def open(self) -> Self:
        """Wait for the first answer. Opening twice is harmless.

        That takes at most the client's timeout, and at most 2 seconds when the answer of an earlier
        run is known: while the registry is unavailable or rejects calls, that answer stands. A
        reference that resolves to no version, and a route that does not exist, are no errors here;
        text that is not a reference raises InvalidRequest. Without any answer it raises the error
        that prevented one.
        """
        if not self._subscriber.is_open:
            if self._reporting is not None:
                self._reporting.open()
            try:
                self._cache.subscribe(self._subscriber)
            except BaseException:
                if self._reporting is not None:
                    self._reporting.close()
                raise
        return self

    def close(self) -> None:
        """Close it; the watch ends with the last open resolver or router of the client.

        `close` does not wait for a call of `on_change` in progress. Closing twice is harmless.
        """
        self._cache.unsubscribe(self._subscriber)
        if self._reporting is not None:
            self._reporting.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
