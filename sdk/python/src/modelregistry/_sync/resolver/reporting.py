# Generated from _async/resolver/reporting.py by scripts/generate_sync.py: never edit this.
"""Reports of what resolvers and routers answer with."""

from modelregistry import names
from modelregistry._convert.deployment import Served, served
from modelregistry._sync.reporting.instance import InstanceReporter
from modelregistry._sync.reporting.shared import SharedReporters
from modelregistry._watching.resolution import Found
from modelregistry.names import DEFAULT_NAMESPACE, FOLLOWED_ROUTE
from modelregistry.types import DeploymentPhase, ReporterState, RouteArmState, Version


class Reporting:
    """Reports the answers for one reference, while it is open."""

    def __init__(self, reporters: SharedReporters, ref: str, target: str, instance: str) -> None:
        self._reporters = reporters
        self._ref = ref.removeprefix(FOLLOWED_ROUTE)
        self._target = target
        self._instance = instance
        self._reporter: InstanceReporter | None = None
        self._keys: set[tuple[str, str]] = set()

    @property
    def state(self) -> ReporterState | None:
        """What the registry knows of this instance; None while it is not open."""
        return None if self._reporter is None else self._reporter.state

    def open(self) -> None:
        """Begin to report; raises ConfigurationError."""
        if self._reporter is None:
            parent = names.model_of(self._ref).partition("/models/")[0]
            self._reporter = self._reporters.acquire(parent, self._target, self._instance)

    def report(self, answer: Found | None, phase: DeploymentPhase, message: str) -> None:
        """Report an answer in place of the one before; None for none."""
        reporter = self._reporter
        if reporter is None:
            return
        present = [] if answer is None else _served(self._ref, answer, phase, message)
        for one in present:
            reporter.put(self, one)
        keys = {one.key for one in present}
        for key in self._keys - keys:
            reporter.remove(self, key)
        self._keys = keys

    def clear(self) -> None:
        """Report that nothing is served any more."""
        self.report(None, DeploymentPhase.DRAINING, "")

    def close(self) -> None:
        """End to report. Twice is harmless."""
        self.clear()
        reporter, self._reporter = self._reporter, None
        if reporter is not None:
            self._reporters.release(reporter)


def _served(ref: str, answer: Found, phase: DeploymentPhase, message: str) -> list[Served]:
    if isinstance(answer, Version):
        # The model of a former name has another name now.
        short = names.short_ref(ref) if ref.startswith("namespaces/") else ref
        _, at, selector = short.partition("@")
        model = answer.ref.rpartition("/")[0]
        reference = f"{model}@{selector}" if at else answer.ref
        return [served(answer, DEFAULT_NAMESPACE, phase, reference, "", message)]
    reference = names.short_ref(answer.name)
    return [
        served(arm.version, DEFAULT_NAMESPACE, phase, reference, arm.id, message)
        for arm in answer.arms
        if arm.state == RouteArmState.USABLE
    ]
