"""Ensembles by their definition in the contract: computed from nothing, each time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_CUT_OFF = {"yanked", "revoked", "deleted"}


@dataclass
class NaiveVersion:
    """A version. members: (role, key of the version, soft)."""

    members: Sequence[tuple[str, str, bool]] = ()
    state: str = "active"


@dataclass
class NaiveRegistry:
    """Versions by key."""

    versions: dict[str, NaiveVersion] = field(default_factory=dict)

    def unusable(self, key: str) -> list[tuple[str, str, bool]]:
        """Return role, state and softness of each direct member that may not be used."""
        found = []
        for role, member, soft in self.versions[key].members:
            state = self.versions[member].state
            if state not in _CUT_OFF and self.blocked(member):
                state = "blocked"
            if state in {*_CUT_OFF, "blocked"}:
                found.append((role, state, soft))
        return found

    def blocked(self, key: str) -> bool:
        """Whether a member that is not soft may not be used."""
        return any(not soft for _, _, soft in self.unusable(key))

    def closure(self, key: str) -> list[tuple[str, str]]:
        """Return path and key of each member in all levels."""
        found = []
        for role, member, _ in self.versions[key].members:
            found.append((role, member))
            found += [(f"{role}/{path}", inner) for path, inner in self.closure(member)]
        return found

    def depth(self, key: str) -> int:
        """Return the number of levels; 0 of a version without members."""
        members = self.versions[key].members
        return 1 + max(self.depth(one) for _, one, _ in members) if members else 0

    def holders(self, key: str) -> set[str]:
        """Return the ensembles that are not deleted and have a direct member."""
        return {
            name
            for name, version in self.versions.items()
            if version.state != "deleted" and any(one == key for _, one, _ in version.members)
        }

    def state(self) -> Mapping[str, list[tuple[str, str, bool]]]:
        """Return the unusable members of each ensemble that is not deleted."""
        return {
            key: self.unusable(key)
            for key, version in self.versions.items()
            if version.members and version.state != "deleted"
        }
