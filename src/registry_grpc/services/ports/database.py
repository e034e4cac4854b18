"""The port to the facts: implemented by `registry_grpc.persistence`, checked by its contract suite.

Nothing can be read or written outside a transaction, because there is nothing else to call.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from registry_grpc.domain.change import Change
from registry_grpc.domain.history import Position
from registry_grpc.services.ports.access import Replays, Tokens
from registry_grpc.services.ports.artifact import Blobs, Uploads
from registry_grpc.services.ports.catalog import Aliases, Models, Namespaces, Stages, Versions
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.consumer import Consumers
from registry_grpc.services.ports.denied_request import DeniedRequestStore
from registry_grpc.services.ports.evaluation import Attestations, Evaluations
from registry_grpc.services.ports.lineage import LineageGraph
from registry_grpc.services.ports.log import Listener, Log
from registry_grpc.services.ports.policy import Policies
from registry_grpc.services.ports.registration_schema import RegistrationSchemas
from registry_grpc.services.ports.stage_graph import StageGraphs
from registry_grpc.services.ports.transition import Transitions


class Transaction(Protocol):
    """Everything that can be asked within one transaction: a line for each store."""

    namespaces: Namespaces
    models: Models
    versions: Versions
    aliases: Aliases
    stages: Stages
    evaluations: Evaluations
    attestations: Attestations
    graphs: StageGraphs
    policies: Policies
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

    @property
    def revision(self) -> int:
        """The newest revision this transaction sees; in a change, the one it takes."""

    @property
    def head(self) -> Position:
        """The newest position this transaction sees; in a change, the one it builds upon."""

    @property
    def time(self) -> datetime:
        """In a change: its moment, later than that of every earlier revision (microseconds)."""

    def record(self, changes: Sequence[Change]) -> None:
        """In a change: add to the log, at this transaction's revision and time."""

    def revision_at(self, moment: datetime) -> int:
        """Return the newest revision whose time is not after `moment`; 0 when there is none."""


class Database(Protocol):
    """The facts.

    Leaving a transaction with an exception undoes all of it. Every method of a transaction can
    raise DatabaseUnavailable: then nothing was changed. Leaving `write` or `change` commits, and
    raises CommitUnknown when the database was lost meanwhile: then everything was changed or
    nothing.

    Transactions that write raise DatabaseFull when the disk of the database is full. One that
    `frees` room is let in all the same, and gives the reserve up for it.
    """

    def read(self) -> AbstractContextManager[Transaction]:
        """A consistent snapshot; writing in it fails."""

    def write(self, *, frees: bool = False) -> AbstractContextManager[Transaction]:
        """A transaction for what is no change: blobs, uploads, tokens, denied requests."""

    def change(self, clock: Clock, *, frees: bool = False) -> AbstractContextManager[Transaction]:
        """A transaction that changes facts.

        Changes happen one after the other: each sees all earlier ones. If it recorded anything, its
        revision is one more than the last, without gaps, in the order of commits; if it recorded
        nothing no revision is used. Its time is the clock's when its turn has come, so that what is
        asked of an earlier moment does not change any more, or just behind the last change if the
        clock went back.
        """

    def listener(self) -> Listener:
        """Return who tells that something may have changed; nothing is connected yet."""
