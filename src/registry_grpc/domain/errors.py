"""Every refusal of the registry, one class each, in one tree.

A class names the situation, carries the variable parts as `metadata`, and has a `reason` that is
the wire name in `modelregistry.v1.ErrorReason`. The transport maps each *kind* (the direct
children of RegistryError) to one gRPC status code; nothing here knows gRPC.

    RegistryError
    ├── Invalid              the request itself is wrong, whatever the state
    │   ├── InvalidRequest   one or more fields; carries every violation
    │   ├── RequestIdReused
    │   └── DigestMismatch
    ├── NotFound
    │   ├── NamespaceNotFound ModelNotFound VersionNotFound AliasNotFound StageEmpty
    │   ├── BlobNotFound UploadNotFound TokenNotFound
    │   ├── PolicyNotFound TransitionNotFound EvaluationNotFound SchemaNotFound
    │   └── LineageNodeNotFound
    ├── AlreadyExists
    │   └── NamespaceAlreadyExists ModelAlreadyExists
    ├── Conflict             somebody else changed it first; read again and decide
    │   └── EtagMismatch UploadFenced BindingMismatch
    ├── WrongState           the request is fine, the resource's state forbids it
    │   ├── ModelDeleted ModelNotDeleted VersionDeleted VersionInUse
    │   ├── VersionYanked VersionRevoked BlobsMissing SchemaViolated
    │   ├── UploadNotOpen UploadIncomplete
    │   ├── TransitionNotAllowed GateRefused ApprovalRequired ApprovalNotAllowed
    │   ├── TransitionNotOpen RollbackNotPossible AliasProtected
    │   └── StageGraphInUse CelUnavailable
    ├── OutOfRange
    │   └── OffsetMismatch UploadTooLong ReadOutOfRange RevisionCompacted
    ├── Corrupt
    │   └── ChunkCorrupt BlobCorrupt
    ├── Unauthenticated
    │   └── TokenRequired TokenInvalid
    ├── Denied
    │   └── PermissionDenied
    ├── Exhausted
    │   ├── LimitExceeded QuotaExceeded TooManyUploads
    │   └── ServerOverloaded StorageFull WatchTooSlow
    ├── Unavailable          try again later; nothing was changed
    │   ├── DatabaseUnavailable StorageUnavailable ServerDraining
    │   └── RevisionNotReached BlobBeingDeleted
    ├── DeadlineExceeded
    └── NotImplementedYet
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from registry_grpc.domain.finding import Finding, Outcome


@dataclass(frozen=True, slots=True)
class Violation:
    """One wrong field: its path in proto names (`manifest.files[3].path`) and what is wrong."""

    field: str
    description: str


class RegistryError(Exception):
    """The root: a sentence for people, a reason and metadata for programs."""

    reason: ClassVar[str] = ""

    def __init__(self, message: str, **metadata: object) -> None:
        super().__init__(message)
        self.message = message
        self.metadata: Mapping[str, str] = {key: str(value) for key, value in metadata.items()}


def leaves(root: type[RegistryError] = RegistryError) -> Iterator[type[RegistryError]]:
    """Yield every class that can be raised: those with a reason of their own."""
    for child in root.__subclasses__():
        if "reason" in vars(child):
            yield child
        yield from leaves(child)


# --- Invalid ---------------------------------------------------------------------------------


class Invalid(RegistryError):
    """The request is wrong whatever the state of the registry."""


class InvalidRequest(Invalid):
    """One or more fields are wrong; every violation is listed."""

    reason = "INVALID_REQUEST"

    def __init__(self, violations: Sequence[Violation]) -> None:
        first = violations[0]
        more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
        super().__init__(f"{first.field}: {first.description}{more}", field=first.field)
        self.violations = tuple(violations)


class RequestIdReused(Invalid):
    """A `request_id` came back with a different request."""

    reason = "REQUEST_ID_REUSED"

    def __init__(self, request_id: str) -> None:
        super().__init__(
            f"request_id {request_id} was used before for a different request; use a new UUID",
            request_id=request_id,
        )


class DigestMismatch(Invalid):
    """The bytes received do not hash to the digest that was declared."""

    reason = "DIGEST_MISMATCH"

    def __init__(self, declared: str, actual: str) -> None:
        super().__init__(
            f"the bytes hash to {actual}, not to the declared {declared}; nothing was stored",
            declared=declared,
            actual=actual,
        )


# --- NotFound --------------------------------------------------------------------------------


class NotFound(RegistryError):
    """What the request names does not exist. `resource_type` and `resource` say what."""

    resource_type: ClassVar[str] = ""

    def __init__(self, resource: str, message: str = "", **metadata: object) -> None:
        kind = self.resource_type
        super().__init__(
            message or f"{kind} {resource} does not exist", resource=resource, **metadata
        )
        self.resource = resource


class NamespaceNotFound(NotFound):
    """The namespace does not exist."""

    reason = "NAMESPACE_NOT_FOUND"
    resource_type = "namespace"


class ModelNotFound(NotFound):
    """The model does not exist."""

    reason = "MODEL_NOT_FOUND"
    resource_type = "model"


class VersionNotFound(NotFound):
    """The version does not exist (or did not, at the time asked for)."""

    reason = "VERSION_NOT_FOUND"
    resource_type = "version"


class AliasNotFound(NotFound):
    """The alias does not exist (or did not, at the time asked for)."""

    reason = "ALIAS_NOT_FOUND"
    resource_type = "alias"


class StageEmpty(NotFound):
    """No version of the model is in the stage (or was, at the time asked for)."""

    reason = "STAGE_EMPTY"
    resource_type = "stage"

    def __init__(self, model: str, stage: str) -> None:
        super().__init__(model, f"no version of {model} is in stage {stage!r}", stage=stage)


class BlobNotFound(NotFound):
    """The blob is not in this namespace."""

    reason = "BLOB_NOT_FOUND"
    resource_type = "blob"


class UploadNotFound(NotFound):
    """The upload does not exist."""

    reason = "UPLOAD_NOT_FOUND"
    resource_type = "upload"


class TokenNotFound(NotFound):
    """No token has this id."""

    reason = "TOKEN_NOT_FOUND"
    resource_type = "token"


class PolicyNotFound(NotFound):
    """The policy, or that revision of it, does not exist."""

    reason = "POLICY_NOT_FOUND"
    resource_type = "policy"


class TransitionNotFound(NotFound):
    """The transition does not exist."""

    reason = "TRANSITION_NOT_FOUND"
    resource_type = "transition"


class EvaluationNotFound(NotFound):
    """The evaluation does not exist."""

    reason = "EVALUATION_NOT_FOUND"
    resource_type = "evaluation"


class SchemaNotFound(NotFound):
    """The namespace has no registration schema, or not that revision of it."""

    reason = "SCHEMA_NOT_FOUND"
    resource_type = "registration schema"


class LineageNodeNotFound(NotFound):
    """Nothing is known of this data set, run or code."""

    reason = "LINEAGE_NODE_NOT_FOUND"
    resource_type = "lineage node"


# --- AlreadyExists ---------------------------------------------------------------------------


class AlreadyExists(RegistryError):
    """The name is taken."""

    resource_type: ClassVar[str] = ""

    def __init__(self, resource: str, note: str = "") -> None:
        super().__init__(f"{self.resource_type} {resource} already exists{note}", resource=resource)
        self.resource = resource


class NamespaceAlreadyExists(AlreadyExists):
    """The namespace exists."""

    reason = "NAMESPACE_ALREADY_EXISTS"
    resource_type = "namespace"


class ModelAlreadyExists(AlreadyExists):
    """The model exists, perhaps soft-deleted."""

    reason = "MODEL_ALREADY_EXISTS"
    resource_type = "model"


# --- Conflict --------------------------------------------------------------------------------


class Conflict(RegistryError):
    """Somebody else was first. Read again, decide again."""


class EtagMismatch(Conflict):
    """The resource changed since the caller read it (AIP-154)."""

    reason = "ETAG_MISMATCH"

    def __init__(self, resource: str, given: str, current: str) -> None:
        super().__init__(
            f"{resource} has changed: its etag is {current}, not {given}; read it again",
            resource=resource,
            given_etag=given,
            current_etag=current,
        )


class UploadFenced(Conflict):
    """Another writer took this upload over."""

    reason = "UPLOAD_FENCED"

    def __init__(self, upload: str) -> None:
        super().__init__(
            f"another writer continued {upload}; this stream may not write to it any more",
            resource=upload,
        )


class BindingMismatch(Conflict):
    """Version, policy or evidence changed since the approver read the transition."""

    reason = "BINDING_MISMATCH"

    def __init__(self, transition: str, given: str, current: str) -> None:
        super().__init__(
            f"what {transition} is about has changed since you read it; read it again",
            resource=transition,
            given_binding=given,
            current_binding=current,
        )


# --- WrongState ------------------------------------------------------------------------------


class WrongState(RegistryError):
    """The state of `subject` forbids it. `causes` lists every obstacle."""

    def __init__(
        self, subject: str, message: str, causes: Sequence[str] = (), **metadata: object
    ) -> None:
        super().__init__(message, resource=subject, **metadata)
        self.subject = subject
        self.causes = tuple(causes) or (message,)


class ModelDeleted(WrongState):
    """The model is soft-deleted."""

    reason = "MODEL_DELETED"

    def __init__(self, model: str) -> None:
        super().__init__(model, f"{model} is deleted; undelete it first")


class ModelNotDeleted(WrongState):
    """Undelete of a model that is not deleted."""

    reason = "MODEL_NOT_DELETED"

    def __init__(self, model: str) -> None:
        super().__init__(model, f"{model} is not deleted")


class VersionDeleted(WrongState):
    """The version was deleted; its number is never used again."""

    reason = "VERSION_DELETED"

    def __init__(self, version: str) -> None:
        super().__init__(version, f"{version} was deleted and cannot be used any more")


class VersionInUse(WrongState):
    """The version is still pointed at."""

    reason = "VERSION_IN_USE"

    def __init__(self, version: str, uses: Sequence[str]) -> None:
        super().__init__(
            version,
            f"{version} is still in use by {', '.join(uses)}; move those first, or use force",
            causes=[f"in use by {use}" for use in uses],
        )


class BlobsMissing(WrongState):
    """A manifest names bytes that the namespace does not hold (in that size)."""

    reason = "BLOBS_MISSING"

    def __init__(self, parent: str, missing: Sequence[str]) -> None:
        super().__init__(
            parent,
            f"{len(missing)} blob(s) named by the manifest are not in the registry, "
            f"first {missing[0]}; upload them and register again",
            causes=missing,
            missing_count=len(missing),
        )


class TransitionNotAllowed(WrongState):
    """The stage graph has no such edge."""

    reason = "TRANSITION_NOT_ALLOWED"

    def __init__(self, version: str, source: str, target: str, allowed: Sequence[str]) -> None:
        super().__init__(
            version,
            f"{version} cannot go from stage {source!r} to {target!r}; "
            f"from here it may go to {', '.join(allowed) or 'no other stage'}",
            from_stage=source,
            to_stage=target,
        )


class UploadNotOpen(WrongState):
    """The upload has ended and takes no more bytes."""

    reason = "UPLOAD_NOT_OPEN"

    def __init__(self, upload: str, state: str) -> None:
        super().__init__(upload, f"{upload} is {state}; begin a new upload", state=state)


class UploadIncomplete(WrongState):
    """Commit before all declared bytes have arrived."""

    reason = "UPLOAD_INCOMPLETE"

    def __init__(self, upload: str, committed: int, size: int) -> None:
        super().__init__(
            upload,
            f"{upload} holds {committed} of {size} bytes; send the rest before committing",
            committed_offset=committed,
            size_bytes=size,
        )


class GateRefused(WrongState):
    """Rules refuse the move; `findings` holds all that did not pass."""

    reason = "GATE_REFUSED"

    def __init__(self, transition: str, subject: str, findings: Sequence[Finding]) -> None:
        blocking = [item for item in findings if item.outcome is not Outcome.WARNED]
        first = f", first {blocking[0].message}" if blocking else ""
        super().__init__(
            subject,
            f"{len(blocking)} rule(s) refuse to move {subject}{first}",
            causes=[item.message for item in blocking],
            transition=transition,
            finding_count=len(findings),
        )
        self.findings = tuple(findings)


class ApprovalRequired(WrongState):
    """The move needs approvals or a waiting time, and so a transition."""

    reason = "APPROVAL_REQUIRED"

    def __init__(self, version: str, source: str, target: str, needs: Sequence[str]) -> None:
        super().__init__(
            version,
            f"{version} goes from {source} to {target} only by a transition, which needs "
            f"{', '.join(needs)}; request one",
            causes=needs,
            from_stage=source,
            to_stage=target,
        )


class VersionYanked(WrongState):
    """The version was yanked: nothing that moves may name it, and nothing new may build on it."""

    reason = "VERSION_YANKED"

    def __init__(self, version: str, name: str = "") -> None:
        """name: the alias or stage that names it; empty for what was about to."""
        if name:
            why = (
                f"{name} names {version}, which was yanked; name it by its number to use it all "
                "the same, or move the name"
            )
        else:
            why = f"{version} was yanked: no alias, stage or new version may point at it any more"
        super().__init__(version, why, **({"name": name} if name else {}))


class VersionRevoked(WrongState):
    """The version was revoked: nothing resolves to it, for good."""

    reason = "VERSION_REVOKED"

    def __init__(self, version: str) -> None:
        super().__init__(version, f"{version} was revoked and may not be used any more")


class AliasProtected(WrongState):
    """A protected alias may name only versions in certain stages."""

    reason = "ALIAS_PROTECTED"

    def __init__(self, alias: str, version: str, stage: str, needs: Sequence[str]) -> None:
        super().__init__(
            alias,
            f"{alias} may name only a version in stage {' or '.join(needs)}; {version} is in "
            f"{stage}",
            causes=[f"needs stage {name}" for name in needs],
            stage=stage,
        )


class TransitionNotOpen(WrongState):
    """The transition has ended, or does not wait for this."""

    reason = "TRANSITION_NOT_OPEN"

    def __init__(self, transition: str, state: str, cause: str = "") -> None:
        why = f": {cause}" if cause else ""
        super().__init__(transition, f"{transition} is {state}{why}", state=state)


class ApprovalNotAllowed(WrongState):
    """This principal may not approve this transition."""

    reason = "APPROVAL_NOT_ALLOWED"

    def __init__(self, transition: str, principal: str, causes: Sequence[str]) -> None:
        super().__init__(
            transition,
            f"{principal} may not approve {transition}: {'; '.join(causes)}",
            causes=causes,
            principal=principal,
        )


class RollbackNotPossible(WrongState):
    """There is no earlier holder to go back to, or it may not be used any more."""

    reason = "ROLLBACK_NOT_POSSIBLE"

    def __init__(self, subject: str, cause: str) -> None:
        super().__init__(subject, f"{subject} cannot be rolled back: {cause}", causes=[cause])


class SchemaViolated(WrongState):
    """A record does not satisfy the namespace's registration schema."""

    reason = "SCHEMA_VIOLATED"

    def __init__(self, schema: str, number: int, violations: Sequence[str]) -> None:
        more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
        super().__init__(
            schema,
            f"the record does not satisfy {schema}: {violations[0]}{more}",
            causes=violations,
            number=number,
            violation_count=len(violations),
        )


class CelUnavailable(WrongState):
    """A policy has a CEL rule, and this server was installed without CEL."""

    reason = "CEL_UNAVAILABLE"

    def __init__(self, policy: str) -> None:
        super().__init__(
            policy,
            f"{policy} has a CEL rule, and this server has no CEL; install registry-grpc[cel]",
        )


class StageGraphInUse(WrongState):
    """The stage graph cannot be changed so."""

    reason = "STAGE_GRAPH_IN_USE"

    def __init__(self, namespace: str, causes: Sequence[str]) -> None:
        more = f" (and {len(causes) - 1} more)" if len(causes) > 1 else ""
        super().__init__(
            namespace,
            f"the stages of {namespace} cannot be changed so: {causes[0]}{more}",
            causes=causes,
        )


# --- OutOfRange ------------------------------------------------------------------------------


class OutOfRange(RegistryError):
    """An offset outside what exists."""


class OffsetMismatch(OutOfRange):
    """A chunk does not start where the last one ended."""

    reason = "OFFSET_MISMATCH"

    def __init__(self, upload: str, expected: int, given: int) -> None:
        super().__init__(
            f"the next chunk of {upload} must start at {expected}, not at {given}",
            resource=upload,
            committed_offset=expected,
            given_offset=given,
        )


class UploadTooLong(OutOfRange):
    """More bytes than declared."""

    reason = "UPLOAD_TOO_LONG"

    def __init__(self, upload: str, size: int) -> None:
        super().__init__(
            f"{upload} was declared with {size} bytes and more were sent",
            resource=upload,
            size_bytes=size,
        )


class ReadOutOfRange(OutOfRange):
    """A read starts behind the end of the blob."""

    reason = "READ_OUT_OF_RANGE"

    def __init__(self, blob: str, offset: int, size: int) -> None:
        super().__init__(
            f"{blob} has {size} bytes; cannot read from {offset}",
            resource=blob,
            offset=offset,
            size_bytes=size,
        )


class RevisionCompacted(OutOfRange):
    """The changes asked for are not kept any more."""

    reason = "REVISION_COMPACTED"

    def __init__(self, wanted: int, compacted: int, current: int) -> None:
        super().__init__(
            f"changes up to revision {compacted} are not kept any more; {wanted} was asked for: "
            "read the present state anew",
            compacted_revision=compacted,
            revision=current,
        )


# --- Corrupt ---------------------------------------------------------------------------------


class Corrupt(RegistryError):
    """Bytes are not what they were."""


class ChunkCorrupt(Corrupt):
    """A chunk does not match the crc32c it was sent with."""

    reason = "CHUNK_CORRUPT"

    def __init__(self, upload: str, offset: int) -> None:
        super().__init__(
            f"the chunk at {offset} of {upload} was damaged on the way; send it again",
            resource=upload,
            committed_offset=offset,
        )


class BlobCorrupt(Corrupt):
    """Stored bytes do not match their digest."""

    reason = "BLOB_CORRUPT"

    def __init__(self, blob: str) -> None:
        super().__init__(f"the stored bytes of {blob} are damaged", resource=blob)


# --- Who may ---------------------------------------------------------------------------------


class Unauthenticated(RegistryError):
    """The caller is not known."""


class TokenRequired(Unauthenticated):
    """A bearer token is needed."""

    reason = "TOKEN_REQUIRED"

    def __init__(self) -> None:
        super().__init__(
            "this registry needs a token: send `authorization: Bearer <token>` "
            "(made by `registry-grpc token create`)"
        )


class TokenInvalid(Unauthenticated):
    """The token is unknown, revoked or expired; the message never says which."""

    reason = "TOKEN_INVALID"

    def __init__(self) -> None:
        super().__init__("the token is not valid")


class Denied(RegistryError):
    """The caller is known and may not."""


class PermissionDenied(Denied):
    """The caller's role lacks the permission that the method declares."""

    reason = "PERMISSION_DENIED"

    def __init__(self, principal: str, role: str, permission: str) -> None:
        super().__init__(
            f"{principal} has role {role}, which does not include {permission!r}",
            principal=principal,
            role=role,
            permission=permission,
        )


# --- Exhausted -------------------------------------------------------------------------------


class Exhausted(RegistryError):
    """A limit was reached. `retry_after` is set where waiting helps."""

    def __init__(
        self, message: str, *, retry_after: timedelta | None = None, **metadata: object
    ) -> None:
        super().__init__(message, **metadata)
        self.retry_after = retry_after


class LimitExceeded(Exhausted):
    """A documented limit (see GetTransferLimits) was exceeded."""

    reason = "LIMIT_EXCEEDED"

    def __init__(self, limit: str, allowed: int, given: int) -> None:
        super().__init__(
            f"{limit} is {given}, the limit is {allowed}", limit=limit, allowed=allowed, given=given
        )


class QuotaExceeded(Exhausted):
    """The namespace may not hold so many bytes. Room comes as uploads end and garbage goes."""

    reason = "QUOTA_EXCEEDED"

    def __init__(self, namespace: str, quota: int, used: int, given: int) -> None:
        super().__init__(
            f"{namespace} holds {used} of {quota} bytes; {given} more do not fit: "
            "delete versions, or ask for a larger quota",
            retry_after=timedelta(minutes=1),
            resource=namespace,
            quota_bytes=quota,
            used_bytes=used,
            given=given,
        )


class TooManyUploads(Exhausted):
    """The namespace has as many uploads open, or bytes in them, as it may."""

    reason = "TOO_MANY_UPLOADS"

    def __init__(self, limit: str, allowed: int, given: int) -> None:
        super().__init__(
            f"{limit} would be {given}, the limit is {allowed}; let others end first",
            retry_after=timedelta(seconds=2),
            limit=limit,
            allowed=allowed,
            given=given,
        )


class ServerOverloaded(Exhausted):
    """Too much work at once; try again."""

    reason = "SERVER_OVERLOADED"

    def __init__(self) -> None:
        super().__init__(
            "the server has more work than it can take; try again",
            retry_after=timedelta(seconds=1),
        )


class StorageFull(Exhausted):
    """The blob store has no room."""

    reason = "STORAGE_FULL"

    def __init__(self) -> None:
        super().__init__("the blob store is full; nothing was stored")


class WatchTooSlow(Exhausted):
    """A watch fell too far behind and was cut, so that it slows no other."""

    reason = "WATCH_TOO_SLOW"

    def __init__(self, resume_revision: int) -> None:
        super().__init__(
            f"the watch was read too slowly; resume it from revision {resume_revision}",
            retry_after=timedelta(seconds=1),
            resume_revision=resume_revision,
        )


# --- Unavailable -----------------------------------------------------------------------------


class Unavailable(RegistryError):
    """Try again later; nothing was changed."""

    retry_after: ClassVar[timedelta] = timedelta(seconds=1)


class DatabaseUnavailable(Unavailable):
    """The database does not answer."""

    reason = "DATABASE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("the registry's database does not answer; try again")


class StorageUnavailable(Unavailable):
    """The blob store does not answer."""

    reason = "STORAGE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("the registry's blob store does not answer; try again")


class ServerDraining(Unavailable):
    """The server is shutting down."""

    reason = "SERVER_DRAINING"

    def __init__(self, resume_revision: int | None = None) -> None:
        resume = {} if resume_revision is None else {"resume_revision": resume_revision}
        super().__init__("this server is shutting down; connect again", **resume)


class RevisionNotReached(Unavailable):
    """This server has not yet seen the `min_revision` asked for."""

    reason = "REVISION_NOT_REACHED"

    def __init__(self, wanted: int, current: int) -> None:
        super().__init__(
            f"revision {wanted} is not visible here yet (now at {current}); try again",
            min_revision=wanted,
            revision=current,
        )


class BlobBeingDeleted(Unavailable):
    """The same bytes are just being collected."""

    reason = "BLOB_BEING_DELETED"

    def __init__(self, blob: str) -> None:
        super().__init__(f"{blob} is just being collected as garbage; try again", resource=blob)


# --- The rest --------------------------------------------------------------------------------


class DeadlineExceeded(RegistryError):
    """The caller's deadline passed before the work was done."""

    reason = "DEADLINE_EXCEEDED"

    def __init__(self) -> None:
        super().__init__("the deadline passed before the call was done")


class NotImplementedYet(RegistryError):
    """In the contract, not yet served."""

    reason = "NOT_IMPLEMENTED"

    def __init__(self, method: str) -> None:
        super().__init__(f"{method} is part of the contract but not served yet", method=method)
