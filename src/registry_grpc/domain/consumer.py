"""Durable consumers: named readers of the change log that outlive processes.

One process at a time runs a consumer. It has a lease on it, which ends unless it is renewed, and
whose epoch is one higher each time that it is taken.
"""

from dataclasses import dataclass

from registry_grpc.domain.history import Position


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a consumer.

    holder: the process that has it, another id for each start of a process. epoch: whatever is
    written under the lease is refused once another lease has been given, which has a higher one.
    """

    name: str
    holder: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Consumer:
    """A reader of the log. cursor: up to where it has read; history "" before it has begun."""

    name: str
    cursor: Position
    epoch: int
