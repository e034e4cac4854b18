"""Closures: versions with their members in all levels."""

from dataclasses import dataclass

from modelregistry.types.ensemble import ClosureMember
from modelregistry.types.version import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A version with its members in all levels, as of one revision."""

    version: Version
    members: tuple[ClosureMember, ...] = ()
    """Each after the ensemble that it is a member of; none if the version is no ensemble."""
    revision: int = 0
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""
