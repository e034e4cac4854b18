"""A transaction, with its stores: implements `services.ports.database.Transaction`."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection
from typing_extensions import override

from registry_grpc.domain.change import Change, Event, RecordDigest, basic
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.errors import LimitExceeded
from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.history import Position
from registry_grpc.domain.limits import TRANSACTION_BYTES
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.version import Version
from registry_grpc.persistence.alias import SqlAliases
from registry_grpc.persistence.annotation import SqlAnnotations
from registry_grpc.persistence.attestation import SqlAttestations
from registry_grpc.persistence.blob import SqlBlobs
from registry_grpc.persistence.change import (
    advance_log,
    lock_log,
    newest,
    record_events,
    revision_at,
)
from registry_grpc.persistence.clock_mark import SqlClockMarks
from registry_grpc.persistence.consumer import SqlConsumers
from registry_grpc.persistence.denied_request import SqlDeniedRequests
from registry_grpc.persistence.deployment import SqlDeployments
from registry_grpc.persistence.ensemble import SqlEnsembles
from registry_grpc.persistence.evaluation import SqlEvaluations
from registry_grpc.persistence.lineage import SqlLineage
from registry_grpc.persistence.log import SqlLog
from registry_grpc.persistence.model import SqlModels
from registry_grpc.persistence.model_list import SqlModelLists
from registry_grpc.persistence.model_name import SqlModelNames
from registry_grpc.persistence.monitor import SqlMonitors
from registry_grpc.persistence.monitor_state import SqlMonitorStates
from registry_grpc.persistence.namespace import SqlNamespaces
from registry_grpc.persistence.policy import SqlPolicies
from registry_grpc.persistence.registration_schema import SqlRegistrationSchemas
from registry_grpc.persistence.replay import SqlReplays
from registry_grpc.persistence.route import SqlRoutes
from registry_grpc.persistence.signal import SqlSignals
from registry_grpc.persistence.stage import SqlStages
from registry_grpc.persistence.stage_graph import SqlStageGraphs
from registry_grpc.persistence.token import SqlTokens
from registry_grpc.persistence.transition import SqlTransitions
from registry_grpc.persistence.upload import SqlUploads
from registry_grpc.persistence.version import SqlVersions
from registry_grpc.persistence.version_list import SqlVersionLists
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Transaction

_TICK = timedelta(microseconds=1)
_FEWER = "change fewer resources at once"


def no_digests(_record: Resource | VersionDetail) -> Digest:
    """Raise RuntimeError: for processes that change no resources."""
    message = "a database that changes resources is opened with `digest`"
    raise RuntimeError(message)


ClockCheck = Callable[[Transaction], None]


def believe_clock(_: Transaction) -> None:
    """Believe every clock."""


class SqlTransaction(Transaction):
    """One transaction that does not change facts; it has no time and records nothing."""

    def __init__(self, connection: Connection, digest: RecordDigest = no_digests) -> None:
        self._connection = connection
        self.namespaces = SqlNamespaces(connection)
        self.annotations = SqlAnnotations(connection)
        self.models = SqlModels(connection)
        self.model_lists = SqlModelLists(connection)
        self.model_names = SqlModelNames(connection)
        self.versions = SqlVersions(connection, digest)
        self.version_lists = SqlVersionLists(connection)
        self.ensembles = SqlEnsembles(connection, self.versions)
        self.aliases = SqlAliases(connection)
        self.routes = SqlRoutes(connection)
        self.deployments = SqlDeployments(connection)
        self.stages = SqlStages(connection)
        self.evaluations = SqlEvaluations(connection)
        self.attestations = SqlAttestations(connection)
        self.graphs = SqlStageGraphs(connection)
        self.policies = SqlPolicies(connection)
        self.signals = SqlSignals(connection)
        self.monitors = SqlMonitors(connection)
        self.monitor_states = SqlMonitorStates(connection)
        self.lineage = SqlLineage(connection)
        self.registration_schemas = SqlRegistrationSchemas(connection)
        self.transitions = SqlTransitions(connection)
        self.blobs = SqlBlobs(connection)
        self.uploads = SqlUploads(connection)
        self.tokens = SqlTokens(connection)
        self.replays = SqlReplays(connection)
        self.log = SqlLog(connection)
        self.consumers = SqlConsumers(connection)
        self.denied_requests = SqlDeniedRequests(connection)
        self.clock_marks = SqlClockMarks(connection)

    @property
    @override
    def revision(self) -> int:
        """The newest revision this transaction sees."""
        return self.head.revision

    @property
    @override
    def head(self) -> Position:
        """The newest position this transaction sees."""
        return newest(self._connection).position

    @property
    @override
    def time(self) -> datetime:
        """Only a change has one: raises RuntimeError."""
        message = "only a change has a time"
        raise RuntimeError(message)

    @override
    def record(self, changes: Sequence[Change]) -> None:
        """Only a change records: raises RuntimeError."""
        message = f"only a change records; {len(changes)} were given"
        raise RuntimeError(message)

    @override
    def revision_at(self, moment: datetime) -> int:
        """Return the newest revision whose time is not after `moment`; 0 when there is none."""
        return revision_at(self._connection, moment)


class SqlChange(SqlTransaction):
    """A transaction that changes facts; it has the lock of the counter."""

    def __init__(
        self, connection: Connection, digest: RecordDigest, clock: Clock, require_clock: ClockCheck
    ) -> None:
        super().__init__(connection, digest)
        self._require_clock = require_clock
        self._digest = digest
        last = lock_log(connection)
        self._head = last.position
        self._time = max(clock(), last.time + _TICK)
        self._recorded = 0
        self._bytes = 0

    @property
    @override
    def revision(self) -> int:
        """The revision this change takes if it records anything."""
        return self._head.revision + 1

    @property
    @override
    def head(self) -> Position:
        """The position this change builds upon."""
        return self._head

    @property
    @override
    def time(self) -> datetime:
        """Its moment, later than that of every earlier revision."""
        return self._time

    @override
    def record(self, changes: Sequence[Change]) -> None:
        """Add to the log, at this transaction's revision and time.

        Raises LimitExceeded, and ClockUnsettled while that time cannot be believed.
        """
        first = self._recorded
        if changes and not first:
            self._require_clock(self)
        events = [self._event(change, index) for index, change in enumerate(changes, first)]
        self._bytes += sum(map(most_encoded, events))
        if self._bytes > TRANSACTION_BYTES:
            limit = "size in bytes of the changes of one transaction"
            raise LimitExceeded(limit, TRANSACTION_BYTES, self._bytes, _FEWER)
        if events:
            record_events(self._connection, events)
        self._recorded += len(events)

    def _event(self, change: Change, index: int) -> Event:
        """Return a change as it is kept."""
        before, after = change.before, change.after
        kept = replace(
            change,
            before=None if before is None else basic(before),
            after=None if after is None else basic(after),
        )
        digests = self._record_digest(before), self._record_digest(after)
        return Event(self.revision, index, self._time, kept, *digests)

    def _record_digest(self, resource: Resource | None) -> Digest | None:
        if isinstance(resource, Version) and resource.detail_digest is None:
            stored = self.versions.detail_digest(resource.uid)
            resource = replace(resource, detail_digest=stored)
        return None if resource is None else self._digest(resource)

    def finish(self) -> None:
        """Take the revision, if anything was recorded."""
        if self._recorded:
            advance_log(self._connection, self.revision, self._time)
