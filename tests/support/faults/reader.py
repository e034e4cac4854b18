"""A client that looks up references while they move, and records each reply.

With each reply it records the revision that the reply had to reflect.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import version_pb2
from tests.support.faults.history import History
from tests.support.faults.writer import patient
from tests.support.stubs import Stubs

SELECTORS = ("champion", "production", "latest", "fresh")
_MISSING = 5  # google.rpc.Code.NOT_FOUND


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """One reply. owed: it had to reflect this revision. revision: 0 when the reply has none.

    aged: the reply stated an age; then it may be older than `owed`, but not than its revision.
    """

    reference: str
    owed: int
    revision: int
    version: version_pb2.Version | None
    aged: bool = False

    def wrong(self, history: History) -> str:
        """Return what is wrong with it, by the log; '' when nothing is."""
        number = None if self.version is None else self.version.number
        if not self.revision:
            return self._wrong_version(history)
        if self.revision < self.owed and not self.aged:
            return f"{self.reference}: of {self.revision}, but {self.owed} was acknowledged"
        right = history.at(self.reference, self.revision)
        if number != right:
            return f"{self.reference}: {number} at {self.revision}, where it was {right}"
        return ""

    def _wrong_version(self, history: History) -> str:
        if self.version is None or self.aged:
            return ""
        owed = history.last_change(self.version.name, self.owed)
        if self.version.revision < owed:
            return f"{self.version.name}: of {self.version.revision}, but it changed in {owed}"
        return ""


@dataclass
class Reader:
    """Looks up models by every method. answers: the replies."""

    models: list[str]
    random: Random
    answers: list[LookupAnswer] = field(default_factory=list)

    def ask(self, stubs: Stubs, owed: int, min_revision: int) -> None:
        """Make one random lookup by a random method."""
        self.random.choice((self._resolve, self._batch, self._get))(stubs, owed, min_revision)

    def _resolve(self, stubs: Stubs, owed: int, min_revision: int) -> None:
        # Only of what is always there: a refusal has no revision to be held to.
        reference = f"{self.random.choice(self.models)}@{self.random.choice(SELECTORS[::2])}"
        request = lookup.ResolveVersionRequest(ref=reference, min_revision=min_revision)
        found = patient(stubs.ResolveVersion, request)
        aged = found.HasField("age")
        self.answers.append(LookupAnswer(reference, owed, found.revision, found.version, aged))

    def _batch(self, stubs: Stubs, owed: int, min_revision: int) -> None:
        references = [f"{model}@{selector}" for model in self.models for selector in SELECTORS]
        request = lookup.BatchResolveVersionsRequest(refs=references, min_revision=min_revision)
        found = patient(stubs.BatchResolveVersions, request)
        for reference, one in zip(references, found.resolutions, strict=True):
            aged = found.HasField("age")
            self.answers.append(LookupAnswer(reference, owed, found.revision, _version(one), aged))

    def _get(self, stubs: Stubs, owed: int, min_revision: int) -> None:
        name = f"{self.random.choice(self.models)}/{self.random.choice((1, 2))}"
        request = catalog.GetVersionRequest(
            name=name, min_revision=min_revision, view=version_pb2.VERSION_VIEW_BASIC
        )
        # Callables of gRPC have this: `with_call` returns what comes with the reply, too.
        version, call = patient(stubs.GetVersion.with_call, request)  # type: ignore[attr-defined]
        aged = any(key == "x-registry-age-ms" for key, _ in call.trailing_metadata())
        self.answers.append(LookupAnswer(name, owed, 0, version, aged))


def _version(resolution: Any) -> version_pb2.Version | None:  # noqa: ANN401 - has a oneof
    if resolution.HasField("version"):
        found: version_pb2.Version = resolution.version
        return found
    assert resolution.error.code == _MISSING, resolution.error
    return None
