"""Lookups of the use cases that return versions instead of their names."""

from collections.abc import Sequence
from datetime import datetime

from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.limits import MIB
from registry_grpc.domain.version import Version
from registry_grpc.services.lookup import LookupQuery, Lookups
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database
from registry_grpc.services.reply_memory import ReplyMemory
from tests.support.history import NOTHING_SEEN


def lookups_of(database: Database, clock: Clock) -> Lookups:
    """Return the use cases, with room of their own."""
    return Lookups(database, clock, ReplyMemory(64 * MIB))


def resolved(
    lookups: Lookups, refs: Sequence[str], moment: datetime | None
) -> tuple[Sequence[Version | RegistryError], int]:
    """Return the answers with detail, in order, and their revision."""
    wanted = LookupQuery(refs, moment, full=True)
    with lookups.resolve(wanted, NOTHING_SEEN) as found:
        versions = {version.name: version for version in found.versions}
        return [
            answer if isinstance(answer, RegistryError) else versions[answer]
            for answer in found.answers
        ], found.revision
