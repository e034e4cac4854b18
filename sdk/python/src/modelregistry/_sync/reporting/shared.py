# Generated from _async/reporting/shared.py by scripts/generate_sync.py: never edit this.
"""The instances that a client reports, each with one stream."""

import os
import secrets
import socket
import threading
from datetime import timedelta
from typing import Final

from modelregistry._sync.long_lived import LongLivedConnection
from modelregistry._sync.reporting.instance import InstanceReporter
from modelregistry._wire import fork
from modelregistry.errors import ConfigurationError

DEFAULT_TTL: Final = timedelta(seconds=30)
_SHORTEST, _LONGEST = timedelta(seconds=5), timedelta(minutes=10)
_HOST_CHARACTERS: Final = 200
_Key = tuple[str, str, str]


class SharedReporters:
    """The instance reporters of a client: resolvers with one target share one."""

    def __init__(self, connection: LongLivedConnection) -> None:
        self._connection = connection
        self._open: dict[_Key, InstanceReporter] = {}
        self._holders: dict[_Key, int] = {}
        self._lock = threading.Lock()
        fork.forget_in_child(self)

    def acquire(
        self, parent: str, target: str, instance: str, ttl: timedelta = DEFAULT_TTL
    ) -> InstanceReporter:
        """Return the reporter of an instance, '' for one of this process; start it if needed.

        Each holder releases it once. Raises ConfigurationError.
        """
        if not _SHORTEST <= ttl <= _LONGEST:
            message = f"ttl must be 5 seconds to 10 minutes: {ttl}"
            raise ConfigurationError(message)
        key = (parent, target, instance)
        with self._lock:
            reporter = self._open.get(key)
            if reporter is None:
                name = instance or _name_of_process()
                reporter = InstanceReporter(self._connection, parent, target, name, ttl)
                self._open[key] = reporter
                reporter.start()
            self._holders[key] = self._holders.get(key, 0) + 1
        return reporter

    def release(self, reporter: InstanceReporter) -> None:
        """Stop a reporter after its last holder."""
        with self._lock:
            key = next((key for key, one in self._open.items() if one is reporter), None)
            if key is None:
                return
            self._holders[key] -= 1
            if self._holders[key]:
                return
            del self._open[key], self._holders[key]
        reporter.stop()

    def stop(self) -> None:
        """Stop all reporters."""
        with self._lock:
            reporters = list(self._open.values())
            self._open.clear()
            self._holders.clear()
        for reporter in reporters:
            reporter.stop()

    def forget(self) -> None:
        """Drop the reporters of the parent process, in a forked child."""
        self._lock = threading.Lock()
        self._open, self._holders = {}, {}


def _name_of_process() -> str:
    """Return a name that no other process has: host, process id and a random part."""
    host = "".join(filter(str.isprintable, socket.gethostname()))[:_HOST_CHARACTERS] or "host"
    return f"{host}-{os.getpid()}-{secrets.token_hex(4)}"
