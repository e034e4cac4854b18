"""The life of versions: how they get from one state into another."""

from collections.abc import Mapping

from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.version import VersionAction, VersionState
from registry_grpc.domain.violations import Violations

ACTIONS: Mapping[VersionState, VersionAction] = {
    VersionState.ACTIVE: VersionAction.RESTORE,
    VersionState.DEPRECATED: VersionAction.DEPRECATE,
    VersionState.YANKED: VersionAction.YANK,
    VersionState.REVOKED: VersionAction.REVOKE,
}
"""The action of a change into a state. One is deleted in another way."""

CUT_OFF = frozenset({VersionState.YANKED, VersionState.REVOKED})
"""In these nothing that moves leads to a version."""


def check_explained(state: VersionState, reason: str) -> None:
    """Raise InvalidRequest when the reason is too long, or missing where others are cut off."""
    check_reason(reason)
    found = Violations()
    given = bool(reason.strip()) or state not in CUT_OFF
    found.check("reason", given, f"is needed: who depends on a {state} version wants to know why")
    found.raise_if_any()
