"""The port to the database, implemented by `registry_grpc.persistence`.

Everything is read and written in transactions.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from registry_grpc.domain.change import Change
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.history import Position
from registry_grpc.services.ports.access import Replays, Tokens
from registry_grpc.services.ports.annotation import AnnotationStore
from registry_grpc.services.ports.artifact import Blobs, Uploads
from registry_grpc.services.ports.catalog import (
    Aliases,
    ModelNames,
    Models,
    Namespaces,
    Stages,
    Versions,
)
from registry_grpc.services.ports.clock import Clock, ClockMarks
from registry_grpc.services.ports.consumer import Consumers
from registry_grpc.services.ports.denied_request import DeniedRequestStore
from registry_grpc.services.ports.deployment import Deployments
from registry_grpc.services.ports.ensemble import Ensembles
from registry_grpc.services.ports.evaluation import Attestations, Evaluations
from registry_grpc.services.ports.lineage import LineageGraph
from registry_grpc.services.ports.log import Listener, Log
from registry_grpc.services.ports.model_list import ModelLists
from registry_grpc.services.ports.monitor import Monitors, MonitorStates, Signals
from registry_grpc.services.ports.policy import Policies
from registry_grpc.services.ports.registration_schema import RegistrationSchemas
from registry_grpc.services.ports.route import Routes
from registry_grpc.services.ports.stage_graph import StageGraphs
from registry_grpc.services.ports.transition import Transitions
from registry_grpc.services.ports.version_list import VersionLists


class Transaction(Protocol):
    """A transaction, with its stores."""

    namespaces: Namespaces
    annotations: AnnotationStore
    models: Models
    model_lists: ModelLists
    model_names: ModelNames
    versions: Versions
    version_lists: VersionLists
    ensembles: Ensembles
    aliases: Aliases
    routes: Routes
    deployments: Deployments
    stages: Stages
    evaluations: Evaluations
    attestations: Attestations
    graphs: StageGraphs
    policies: Policies
    signals: Signals
    monitors: Monitors
    monitor_states: MonitorStates
    lineage: LineageGraph
    registration_schemas: RegistrationSchemas
    transitions: Transitions
    blobs: Blobs
    uploads: Uploads
    tokens: Tokens
    replays: Replays
    log: Log
    consumers: Consumers
    denied_requests: DeniedRequestStore
    clock_marks: ClockMarks

    @property
    def revision(self) -> int:
        """The newest revision this transaction sees; in a change, its own."""

    @property
    def head(self) -> Position:
        """The newest position this transaction sees; in a change, the previous one."""

    @property
    def time(self) -> datetime:
        """In a change: its time, later than that of every earlier revision (microseconds)."""

    def record(self, changes: Sequence[Change]) -> None:
        """In a change: add to the log, at this transaction's revision and time."""

    def revision_at(self, moment: datetime) -> int:
        """Return the newest revision whose time is not after `moment`; 0 when there is none."""


class Database(Protocol):
    """The database.

    An exception rolls a transaction back. Every method of a transaction can raise
    DatabaseUnavailable: then nothing was changed. Leaving `write` or `change` commits, and raises
    CommitUnknown when the connection was lost meanwhile: then the changes are either all made or
    none. Transactions that write raise DatabaseFull when the disk of the database is full. One that
    `frees` space is allowed even then, and releases the reserve.
    """

    def read(self) -> AbstractContextManager[Transaction]:
        """Begin a read-only transaction on a consistent snapshot."""

    def write(self, *, frees: bool = False) -> AbstractContextManager[Transaction]:
        """Begin a write without a revision: of blobs, uploads, tokens, denied requests."""

    def change(self, clock: Clock, *, frees: bool = False) -> AbstractContextManager[Transaction]:
        """Begin a transaction for a change.

        Changes are serialized: each sees all earlier ones. If it recorded events, its revision is
        one more than the last, without gaps, in the order of commits; otherwise no revision is
        used. Its time is read when its turn comes, so that reads of an earlier moment are stable,
        and is just after the last change if the clock went back.
        """

    def detail_digest(self, detail: VersionDetail) -> Digest:
        """Return the digest that the log has a version's detail by. No transaction.

        Takes up to a second for the largest: so it is computed before a change, not in it.
        """

    def listener(self) -> Listener:
        """Return a new notifier of commits, not yet connected."""
