"""The members of a new ensemble: resolved, checked and stored, in its registration."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.ensemble import (
    MOST_ENSEMBLES,
    MOST_FILES,
    MOST_LEVELS,
    MOST_MEMBERS,
    EnsembleSpec,
    EnsembleSummary,
    MemberPin,
)
from registry_grpc.domain.ensemble_check import mismatches
from registry_grpc.domain.ensemble_closure import Pin, PinnedVersion
from registry_grpc.domain.errors import LimitExceeded, MemberSignatureMismatch, VersionNotFound
from registry_grpc.domain.manifest import MAX_PATH_BYTES
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.reference import ByNumber, Reference
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import invalid
from registry_grpc.services.closure import NOT_STORED, closure_of_new
from registry_grpc.services.lookup import find_version
from registry_grpc.services.ports.database import Transaction

_MOST_TENSORS = 20_000
_MOST_MISMATCHES = 100


def pin_of(version: Version) -> MemberPin:
    """Return what a member is pinned to."""
    return MemberPin(str(version.name), version.root_digest, version.uid)


def by_number(tx: Transaction, texts: Sequence[str]) -> Mapping[str, Version]:
    """Return the versions that references to numbers of live models name, read together.

    Without aliases and detail. What is missing here is to be looked up for its error.
    """
    wanted: dict[ModelName, dict[int, list[str]]] = {}
    for text in dict.fromkeys(texts):
        try:
            reference = Reference.parse(text)
        except ValueError:
            continue
        if isinstance(reference.selector, ByNumber):
            numbers = wanted.setdefault(reference.model, {})
            numbers.setdefault(reference.selector.number, []).append(text)
    found = {}
    for name, numbers in wanted.items():
        model = tx.models.get(name)
        if model is None or model.delete_time is not None:
            continue
        for version in tx.versions.numbered(model, list(numbers)):
            found.update(dict.fromkeys(numbers[version.name.number], version))
    return found


def member_version(
    tx: Transaction,
    field: str,
    name: ModelName,
    reference: Reference,
    known: Version | None = None,
    uid: UUID | None = None,
) -> Version:
    """Return a version that a new version of `name` may have as a member.

    known: what the reference names, if that was read before. uid: of the version that it has to
    name, None for any. Raises as `find_version`, VersionYanked or MemberUnusable, and
    InvalidRequest for a version of another namespace: a change there could block it, and its
    deletion would depend on this one.
    """
    if reference.model.namespace != name.namespace:
        message = f"{reference} is not of the namespace {name.namespace}, as all members must be"
        raise invalid(field, message)
    version = known or find_version(tx, reference, full=False)
    if uid not in {None, version.uid}:  # another model got the name meanwhile
        raise VersionNotFound(str(version.name))
    version.require_followed()
    return version


def require_bounds(tx: Transaction, draft: VersionDraft, members: Sequence[Version]) -> None:
    """Raise LimitExceeded for an ensemble that is too deep or too large, or of a full member.

    Also for one with more files, or longer paths, than a pull of it could have.
    """
    summary = summary_of(members)
    if summary.depth > MOST_LEVELS:
        raise LimitExceeded("levels of an ensemble", MOST_LEVELS, summary.depth)
    if summary.closure > MOST_MEMBERS:
        limit = "members of an ensemble in all levels"
        raise LimitExceeded(limit, MOST_MEMBERS, summary.closure)
    most = tx.ensembles.most_contained(tx.ensembles.closure([one.uid for one in members]))
    if most is not None and most[1] >= MOST_ENSEMBLES:
        limit, advice = "ensembles that contain one version", "delete ensembles that are not used"
        raise LimitExceeded(limit, MOST_ENSEMBLES, most[1] + 1, advice)
    if draft.detail.ensemble is not None:
        _require_pullable(tx, draft.detail.ensemble, len(draft.files), members)


def _require_pullable(
    tx: Transaction, spec: EnsembleSpec, own: int, members: Sequence[Version]
) -> None:
    pins = [
        Pin(NOT_STORED, one.role, one.soft, PinnedVersion.of(version))
        for one, version in zip(spec.members, members, strict=True)
    ]
    closure = closure_of_new(tx, pins)
    files = own + sum(one.pin.version.file_count for one in closure)
    if files > MOST_FILES:
        raise LimitExceeded("files of an ensemble in all levels", MOST_FILES, files)
    longest = tx.ensembles.longest_paths(list({one.pin.version.uid: None for one in closure}))
    for one in closure:
        uid = one.pin.version.uid
        size = len(f"{one.folder}/") + longest[uid] if uid in longest else 0
        if size > MAX_PATH_BYTES:
            limit = f"bytes of a path in the folder of the member {one.path}"
            raise LimitExceeded(limit, MAX_PATH_BYTES, size, "give members shorter roles")


def require_fitting(
    tx: Transaction, name: ModelName, draft: VersionDraft, members: Sequence[Version]
) -> None:
    """Raise MemberSignatureMismatch, or LimitExceeded for too large signatures of members."""
    spec = draft.detail.ensemble
    if spec is None:
        return
    found, tensors = {}, 0
    for uid, signature in tx.ensembles.signatures(list({one.uid: None for one in members})):
        found[uid] = signature
        if signature is not None:
            tensors += len(signature.inputs) + len(signature.outputs)
        if tensors > _MOST_TENSORS:
            limit = "inputs and outputs in the signatures of all members"
            raise LimitExceeded(limit, _MOST_TENSORS, tensors)
    pairs = zip(spec.members, members, strict=True)
    signatures = {member.role: found[version.uid] for member, version in pairs}
    wrong = []
    for sentence in mismatches(spec, draft.detail.signature, signatures):
        wrong.append(sentence)
        if len(wrong) == _MOST_MISMATCHES:
            break
    if wrong:
        raise MemberSignatureMismatch(str(name), wrong)


def summary_of(members: Sequence[Version]) -> EnsembleSummary:
    """Return the summary of an ensemble whose members can all be used."""
    nested = [one.ensemble for one in members if one.ensemble is not None]
    return EnsembleSummary(
        members=len(members),
        closure=len(members) + sum(one.closure for one in nested),
        depth=1 + max((one.depth for one in nested), default=0),
    )


def references_of(spec: EnsembleSpec | None) -> Sequence[str]:
    """Return the references of the members, in order."""
    return [] if spec is None else [member.pin.version for member in spec.members]


def uids_of(spec: EnsembleSpec | None) -> Sequence[UUID | None]:
    """Return the uids that the members have to have, in order: those of a copy."""
    return [] if spec is None else [member.pin.uid for member in spec.members]
