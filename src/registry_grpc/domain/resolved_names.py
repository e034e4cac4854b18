"""What the references of a new version were resolved to."""

from dataclasses import dataclass, replace

from registry_grpc.domain.ensemble import MemberPin
from registry_grpc.domain.facts import VersionDetail


@dataclass(frozen=True, slots=True)
class ResolvedNames:
    """parents: canonical names. members: one pin for each member of the ensemble, if it is one.

    Where a reference did not resolve, its text stands in its place.
    """

    parents: tuple[str, ...] = ()
    members: tuple[MemberPin, ...] = ()

    def applied(self, detail: VersionDetail) -> VersionDetail:
        """Return the facts of a version with these instead of references."""
        ensemble = detail.ensemble and detail.ensemble.pinned(self.members)
        return replace(detail, parents=self.parents, ensemble=ensemble)
