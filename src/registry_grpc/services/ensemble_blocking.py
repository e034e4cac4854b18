"""Ensembles whose members change: blocked and unblocked in the same transaction.

Called by the use case that changes the state of a version, within its transaction.
"""

from itertools import groupby
from uuid import UUID

from registry_grpc.domain.change import Change
from registry_grpc.domain.ensemble import (
    ALL_USABLE,
    EnsembleAction,
    EnsembleStatus,
    EnsembleSummary,
)
from registry_grpc.domain.ensemble_closure import PinnedVersion
from registry_grpc.domain.names import VersionName
from registry_grpc.domain.version import Version
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.route_arms import Placement, adjust_routes


def update_ensembles(tx: Transaction, actor: str, member: Version, cause: str) -> None:
    """Store which ensembles that contain a version are blocked after its change, and record it.

    cause: the change, as text. There is one event for each ensemble whose unusable members changed,
    and routes take out the arms of those that are blocked now.
    """
    containing = tx.ensembles.containing(member.uid)
    text = f"{member.name} {cause}"
    moved: list[Placement] = []
    changes: list[Change] = []
    # An ensemble follows those among its members: it sees what has become of them.
    for _, level in groupby(containing, key=_depth):
        ensembles = list(level)
        unusable = tx.ensembles.unusable([one.uid for one in ensembles])
        stored: dict[UUID, EnsembleSummary] = {}
        for one in ensembles:
            if one.summary is None:
                continue
            after = one.summary.with_unusable(unusable.get(one.uid, ALL_USABLE))
            if after.is_like(one.summary):
                continue
            stored[one.uid] = after
            changes.append(_change(actor, one.name, one.summary, after, text))
            if after.blocked is not one.summary.blocked:
                moved.append(Placement(one.name, one.stage, one.state, after.blocked))
        tx.ensembles.set_summaries(stored, tx.revision, tx.time)
    tx.record(changes)
    adjust_routes(tx, actor, moved, f"blocked or unblocked, because {text}")


def _change(
    actor: str, ensemble: VersionName, before: EnsembleSummary, after: EnsembleSummary, reason: str
) -> Change:
    name = ensemble.ensemble_status
    states = EnsembleStatus(name, before), EnsembleStatus(name, after)
    return Change(_action(before, after), str(name), actor, *states, reason)


def _action(before: EnsembleSummary, after: EnsembleSummary) -> EnsembleAction:
    if before.blocked == after.blocked:
        return EnsembleAction.UPDATE
    return EnsembleAction.BLOCK if after.blocked else EnsembleAction.UNBLOCK


def _depth(one: PinnedVersion) -> int:
    return 0 if one.summary is None else one.summary.depth
