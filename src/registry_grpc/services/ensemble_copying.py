"""The members of a copy of an ensemble."""

from dataclasses import replace
from uuid import UUID

from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.ensemble import MemberPin
from registry_grpc.domain.ensemble_closure import PinnedVersion
from registry_grpc.domain.errors import MemberNotCopied
from registry_grpc.domain.version import Version
from registry_grpc.services.ports.database import Transaction


def with_members_in(
    tx: Transaction, draft: VersionDraft, source: Version, namespace: str
) -> VersionDraft:
    """Return the draft of a copy with members of a namespace.

    In the namespace of the source these are the members of the source, and in another one the
    newest usable copies of them: raises MemberNotCopied for one without.
    """
    if draft.detail.ensemble is None:
        return draft
    copies: dict[UUID, MemberPin] = {}
    pins = tx.ensembles.pins([source.uid])
    for pin in pins:
        version = pin.version
        if version.uid not in copies:
            copies[version.uid] = _pin_in(tx, version, namespace)
    members = [copies[pin.version.uid] for pin in pins]
    detail = replace(draft.detail, ensemble=draft.detail.ensemble.pinned(members))
    return replace(draft, detail=detail)


def _pin_in(tx: Transaction, version: PinnedVersion, namespace: str) -> MemberPin:
    if version.name.namespace == namespace:
        return MemberPin(str(version.name), uid=version.uid)
    copy = tx.ensembles.copy_of(version, namespace)
    if copy is None:
        raise MemberNotCopied(str(version.name), f"namespaces/{namespace}")
    return MemberPin(str(copy.name), uid=copy.uid)
