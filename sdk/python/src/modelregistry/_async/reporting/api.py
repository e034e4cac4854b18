"""Reporters as users see them."""

from datetime import timedelta
from types import TracebackType
from typing import Self

from modelregistry._async.connection import Connection
from modelregistry._async.long_lived import LongLivedMethods
from modelregistry._async.reporting.instance import InstanceReporter
from modelregistry._async.reporting.shared import DEFAULT_TTL, SharedReporters
from modelregistry._convert.deployment import Served, served
from modelregistry.errors import ClientClosed
from modelregistry.types import DeploymentPhase, ReporterState, Version


class AsyncReporter:
    """Reports what this process serves. Made by `reporter` of a client.

    A reporter is open inside a `with` block, or from `open` to `close`. While it is open, a stream
    reports to the registry in the background; `serve` and `remove` never wait and never fail
    because of the registry. Failures are retried, and shown in `state`.
    """

    def __init__(
        self,
        reporters: SharedReporters,
        parent: str,
        target: str,
        instance: str,
        ttl: timedelta,
        namespace: str,
    ) -> None:
        self._reporters = reporters
        self._parent = parent
        self._target = target
        self._instance = instance
        self._ttl = ttl
        self._namespace = namespace
        self._reporter: InstanceReporter | None = None

    @property
    def state(self) -> ReporterState:
        """What the registry knows of this instance. Raises ClientClosed while it is not open."""
        return self._present().state

    def serve(
        self,
        version: str | Version,
        *,
        reference: str = "",
        arm: str = "",
        phase: DeploymentPhase = DeploymentPhase.SERVING,
        message: str = "",
    ) -> None:
        """Report a version such as `fraud/7`, and the reference that led to it.

        It replaces what was reported for the same reference and arm; without a reference, for the
        same model. Of `message` the first 512 bytes are reported. Raises InvalidRequest for
        arguments of a wrong type, and ClientClosed while the reporter is not open.
        """
        self._present().put(self, self._served(version, phase, reference, arm, message))

    def remove(self, version: str | Version, *, reference: str = "", arm: str = "") -> None:
        """Report that a version is served no longer, with the arguments of `serve`."""
        one = self._served(version, DeploymentPhase.DRAINING, reference, arm, "")
        self._present().remove(self, one.key)

    def _served(
        self,
        version: str | Version,
        phase: DeploymentPhase,
        reference: str,
        arm: str,
        message: str,
    ) -> Served:
        return served(version, self._namespace, phase, reference, arm, message)

    def _present(self) -> InstanceReporter:
        if self._reporter is None:
            message = f"the reporter of {self._target} is not open"
            raise ClientClosed(message)
        return self._reporter

    async def open(self) -> Self:
        """Open the reporter; it makes no call before something is served. Twice is harmless."""
        if self._reporter is None:
            self._reporter = self._reporters.acquire(
                self._parent, self._target, self._instance, self._ttl
            )
        return self

    async def close(self) -> None:
        """Report that the instance has ended, within two seconds at most. Twice is harmless."""
        reporter, self._reporter = self._reporter, None
        if reporter is not None:
            await self._reporters.release(reporter)

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


class ReporterMethods(LongLivedMethods):
    """Reports of what this process serves."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._reporters = SharedReporters(self._long_lived)

    def reporter(
        self,
        target: str,
        *,
        instance: str = "",
        namespace: str | None = None,
        ttl: timedelta = DEFAULT_TTL,
    ) -> AsyncReporter:
        """Return a reporter, to be opened: `with registry.reporter("eu-prod") as reporter`.

        `target` is where this process runs. `instance` is its name there, by default that of its
        host, its process id and a random part; two processes may not have one name. An instance
        that has not been heard of for `ttl` (5 seconds to 10 minutes) has expired. Resolvers and
        routers report by themselves when they have a `target`. A forked child reports nothing.
        """
        return AsyncReporter(
            self._reporters, self._parent(namespace), target, instance, ttl, self._namespace
        )
