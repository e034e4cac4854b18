"""Everything that can go wrong, one class each, in one tree.

    RegistryError
    ├── Invalid              the request itself is wrong, whatever the state
    │   ├── InvalidRequest   one or more fields; `violations` lists every one
    │   ├── RequestIdReused
    │   └── DigestMismatch
    ├── NotFound
    │   ├── NamespaceNotFound ModelNotFound VersionNotFound AliasNotFound StageEmpty
    │   ├── BlobNotFound UploadNotFound TokenNotFound
    │   ├── PolicyNotFound TransitionNotFound EvaluationNotFound SchemaNotFound
    │   └── LineageNodeNotFound
    ├── AlreadyExists
    │   └── NamespaceAlreadyExists ModelAlreadyExists
    ├── Conflict             somebody else changed it first: read again and decide
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
    ├── Corrupt              bytes are not what they should be
    │   ├── ChunkCorrupt BlobCorrupt
    │   └── ContentMismatch  found by this client: what it received is not what was registered
    ├── Unauthenticated
    │   └── TokenRequired TokenInvalid
    ├── PermissionDenied
    ├── Exhausted
    │   ├── LimitExceeded ServerOverloaded StorageFull
    │   └── QuotaExceeded TooManyUploads WatchTooSlow
    ├── Unavailable          try again later; nothing was changed
    │   ├── DatabaseUnavailable StorageUnavailable ServerDraining RevisionNotReached
    │   └── BlobBeingDeleted
    ├── DeadlineExceeded     the time given to the call passed: it may or may not have happened
    ├── NotImplementedYet
    ├── InternalError        a bug of the server; `metadata["incident_id"]` is in its log
    ├── Cancelled            the call was ended from this side
    ├── UnknownError         a status that means none of the above
    └── LocalError           found on this machine; nothing was asked of the registry
        ├── FileChanged      a file changed while it was pushed
        ├── TargetRefused    `pull` will not replace this target
        ├── ConfigurationError
        ├── ClientClosed
        └── TooStale         a resolver's answer is older than it may be

A class with a `REASON` of its own stands for that value of `modelregistry.v1.ErrorReason`. An error
with a reason that this release does not know is raised as the class of its status code, so catch
the wider class for what you do not branch on. Errors of the local disk are OSError, as ever.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from modelregistry.types.finding import Finding


@dataclass(frozen=True, slots=True)
class Violation:
    """One obstacle: the field (or the resource in the way) and what is wrong with it."""

    field: str
    description: str


class RegistryError(Exception):
    """The root of the tree.

    `message` is a sentence for people. Programs look at the class, at `reason` (the stable name of
    `ErrorReason` without its prefix; empty when there is none) and at `metadata` (the variable
    parts of the message). `violations` lists wrong fields or obstacles. `request_id` finds the call
    in the server's log. `retry_after` is how long the server asks to wait, if it does. What gRPC
    raised, if it did, is `__cause__`.
    """

    REASON: ClassVar[str] = ""

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[Violation] = (),
        request_id: str = "",
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or self.REASON
        self.metadata: Mapping[str, str] = dict(metadata or {})
        self.violations = tuple(violations)
        self.request_id = request_id
        self.retry_after = retry_after


def descendants(root: type[RegistryError] = RegistryError) -> Iterator[type[RegistryError]]:
    """Yield every class below `root`."""
    for child in root.__subclasses__():
        yield child
        yield from descendants(child)


# --- Invalid ---------------------------------------------------------------------------------


class Invalid(RegistryError):
    """The request is wrong whatever the state of the registry."""


class InvalidRequest(Invalid):
    """One or more fields are wrong; `violations` lists every one."""

    REASON = "INVALID_REQUEST"


class RequestIdReused(Invalid):
    """A request id came back with a different request."""

    REASON = "REQUEST_ID_REUSED"


class DigestMismatch(Invalid):
    """The bytes that the server received do not hash to the declared digest."""

    REASON = "DIGEST_MISMATCH"


# --- NotFound --------------------------------------------------------------------------------


class NotFound(RegistryError):
    """What the request names does not exist; `metadata["resource"]` says what."""


class NamespaceNotFound(NotFound):
    """The namespace does not exist."""

    REASON = "NAMESPACE_NOT_FOUND"


class ModelNotFound(NotFound):
    """The model does not exist."""

    REASON = "MODEL_NOT_FOUND"


class VersionNotFound(NotFound):
    """The version does not exist, or did not at the time asked for."""

    REASON = "VERSION_NOT_FOUND"


class AliasNotFound(NotFound):
    """The alias does not exist, or did not at the time asked for."""

    REASON = "ALIAS_NOT_FOUND"


class StageEmpty(NotFound):
    """No version is in the stage, or was at the time asked for."""

    REASON = "STAGE_EMPTY"


class BlobNotFound(NotFound):
    """The namespace does not hold the blob."""

    REASON = "BLOB_NOT_FOUND"


class UploadNotFound(NotFound):
    """The upload does not exist."""

    REASON = "UPLOAD_NOT_FOUND"


class TokenNotFound(NotFound):
    """No access token has this id."""

    REASON = "TOKEN_NOT_FOUND"


class PolicyNotFound(NotFound):
    """The policy, or that revision of it, does not exist."""

    REASON = "POLICY_NOT_FOUND"


class TransitionNotFound(NotFound):
    """The transition does not exist."""

    REASON = "TRANSITION_NOT_FOUND"


class EvaluationNotFound(NotFound):
    """The evaluation does not exist."""

    REASON = "EVALUATION_NOT_FOUND"


class SchemaNotFound(NotFound):
    """The namespace has no registration schema, or not that revision of it."""

    REASON = "SCHEMA_NOT_FOUND"


class LineageNodeNotFound(NotFound):
    """Nothing is known of this data set, run or code."""

    REASON = "LINEAGE_NODE_NOT_FOUND"


# --- AlreadyExists ---------------------------------------------------------------------------


class AlreadyExists(RegistryError):
    """The name is taken."""


class NamespaceAlreadyExists(AlreadyExists):
    """The namespace exists."""

    REASON = "NAMESPACE_ALREADY_EXISTS"


class ModelAlreadyExists(AlreadyExists):
    """The model exists, perhaps soft-deleted."""

    REASON = "MODEL_ALREADY_EXISTS"


# --- Conflict --------------------------------------------------------------------------------


class Conflict(RegistryError):
    """Somebody else was first: read again and decide again."""


class EtagMismatch(Conflict):
    """The resource changed since its etag was read; `metadata["current_etag"]` is today's."""

    REASON = "ETAG_MISMATCH"


class UploadFenced(Conflict):
    """Another writer continued this upload."""

    REASON = "UPLOAD_FENCED"


class BindingMismatch(Conflict):
    """What the transition is about changed since it was read: read it again, decide again."""

    REASON = "BINDING_MISMATCH"


# --- WrongState ------------------------------------------------------------------------------


class WrongState(RegistryError):
    """The request is fine, the state of a resource forbids it; `violations` list the obstacles."""


class ModelDeleted(WrongState):
    """The model is soft-deleted."""

    REASON = "MODEL_DELETED"


class ModelNotDeleted(WrongState):
    """Only a soft-deleted model can be undeleted."""

    REASON = "MODEL_NOT_DELETED"


class VersionDeleted(WrongState):
    """The version was deleted; its number stays taken."""

    REASON = "VERSION_DELETED"


class VersionInUse(WrongState):
    """Aliases or stages still name the version."""

    REASON = "VERSION_IN_USE"


class BlobsMissing(WrongState):
    """The manifest names bytes that the namespace does not hold."""

    REASON = "BLOBS_MISSING"


class TransitionNotAllowed(WrongState):
    """The stage graph has no such edge."""

    REASON = "TRANSITION_NOT_ALLOWED"


class UploadNotOpen(WrongState):
    """The upload has ended."""

    REASON = "UPLOAD_NOT_OPEN"


class UploadIncomplete(WrongState):
    """The upload was committed before all its bytes had come."""

    REASON = "UPLOAD_INCOMPLETE"


class GateRefused(WrongState):
    """Rules refuse the move.

    `findings` holds everything that did not pass; `omitted_count` says how many more there are, if
    they were too many to be sent.
    """

    REASON = "GATE_REFUSED"
    findings: tuple[Finding, ...] = ()
    omitted_count: int = 0


class ApprovalRequired(WrongState):
    """The move needs approvals or a waiting time: request a transition."""

    REASON = "APPROVAL_REQUIRED"


class VersionYanked(WrongState):
    """The version was yanked: only its number and digest resolve to it, nothing points at it."""

    REASON = "VERSION_YANKED"


class VersionRevoked(WrongState):
    """The version was revoked: nothing resolves to it, for good."""

    REASON = "VERSION_REVOKED"


class AliasProtected(WrongState):
    """A protected alias may name only versions in certain stages."""

    REASON = "ALIAS_PROTECTED"


class TransitionNotOpen(WrongState):
    """The transition has ended, or does not wait for this."""

    REASON = "TRANSITION_NOT_OPEN"


class ApprovalNotAllowed(WrongState):
    """You may not approve this transition; `violations` says why."""

    REASON = "APPROVAL_NOT_ALLOWED"


class RollbackNotPossible(WrongState):
    """There is no earlier holder to go back to, or it may not be used any more."""

    REASON = "ROLLBACK_NOT_POSSIBLE"


class SchemaViolated(WrongState):
    """The record does not satisfy the registration schema; `violations` lists everything."""

    REASON = "SCHEMA_VIOLATED"


class CelUnavailable(WrongState):
    """A policy has a CEL rule, and the server was installed without CEL."""

    REASON = "CEL_UNAVAILABLE"


class StageGraphInUse(WrongState):
    """The stage graph cannot be changed so; `violations` says why."""

    REASON = "STAGE_GRAPH_IN_USE"


# --- OutOfRange ------------------------------------------------------------------------------


class OutOfRange(RegistryError):
    """An offset lies where there is nothing."""


class OffsetMismatch(OutOfRange):
    """A chunk did not start where the last durable one ended."""

    REASON = "OFFSET_MISMATCH"


class UploadTooLong(OutOfRange):
    """More bytes came than were declared."""

    REASON = "UPLOAD_TOO_LONG"


class ReadOutOfRange(OutOfRange):
    """The read begins behind the end."""

    REASON = "READ_OUT_OF_RANGE"


class RevisionCompacted(OutOfRange):
    """The changes asked for are not kept any more; `metadata` has `compacted_revision`."""

    REASON = "REVISION_COMPACTED"


# --- Corrupt ---------------------------------------------------------------------------------


class Corrupt(RegistryError):
    """Bytes are not what they should be."""


class ChunkCorrupt(Corrupt):
    """A message does not match its crc32c."""

    REASON = "CHUNK_CORRUPT"


class BlobCorrupt(Corrupt):
    """The bytes that the server stores are damaged."""

    REASON = "BLOB_CORRUPT"


class ContentMismatch(Corrupt):
    """What this client received is not what the version says; nothing was put in place."""


# --- Who you are, what you may ---------------------------------------------------------------


class Unauthenticated(RegistryError):
    """The registry does not know who is calling."""


class TokenRequired(Unauthenticated):
    """The registry wants a token."""

    REASON = "TOKEN_REQUIRED"


class TokenInvalid(Unauthenticated):
    """The token is unknown, revoked or expired."""

    REASON = "TOKEN_INVALID"


class PermissionDenied(RegistryError):
    """The caller's role does not include this."""

    REASON = "PERMISSION_DENIED"


# --- Limits and availability -----------------------------------------------------------------


class Exhausted(RegistryError):
    """A limit was reached."""


class LimitExceeded(Exhausted):
    """A documented limit; `metadata` has `limit`, `allowed` and `given`."""

    REASON = "LIMIT_EXCEEDED"


class ServerOverloaded(Exhausted):
    """Too much work at once; `retry_after` says when to try again."""

    REASON = "SERVER_OVERLOADED"


class StorageFull(Exhausted):
    """The blob store has no room."""

    REASON = "STORAGE_FULL"


class QuotaExceeded(Exhausted):
    """The namespace's quota; `metadata` has `quota_bytes`, `used_bytes` and `given`."""

    REASON = "QUOTA_EXCEEDED"


class TooManyUploads(Exhausted):
    """The namespace has as many open uploads, or bytes in them, as it may; see `retry_after`."""

    REASON = "TOO_MANY_UPLOADS"


class WatchTooSlow(Exhausted):
    """A watch was read too slowly and was cut; `metadata` has `resume_revision`."""

    REASON = "WATCH_TOO_SLOW"


class Unavailable(RegistryError):
    """The registry cannot be reached or cannot answer now; nothing was changed."""


class DatabaseUnavailable(Unavailable):
    """The server's database does not answer."""

    REASON = "DATABASE_UNAVAILABLE"


class StorageUnavailable(Unavailable):
    """The server's blob store does not answer."""

    REASON = "STORAGE_UNAVAILABLE"


class ServerDraining(Unavailable):
    """The server is shutting down."""

    REASON = "SERVER_DRAINING"


class RevisionNotReached(Unavailable):
    """The `min_revision` is not visible at this server yet."""

    REASON = "REVISION_NOT_REACHED"


class BlobBeingDeleted(Unavailable):
    """The same bytes are just being collected as garbage; in a moment they can be sent anew."""

    REASON = "BLOB_BEING_DELETED"


class DeadlineExceeded(RegistryError):
    """The time given to the call passed; a change may or may not have happened."""

    REASON = "DEADLINE_EXCEEDED"


class NotImplementedYet(RegistryError):
    """The contract has it, this server does not serve it."""

    REASON = "NOT_IMPLEMENTED"


class InternalError(RegistryError):
    """A bug of the server; `metadata["incident_id"]` is in its log with the cause."""

    REASON = "INTERNAL"


class Cancelled(RegistryError):
    """The call was ended from this side."""


class UnknownError(RegistryError):
    """A status that means nothing more precise."""


# --- Local -----------------------------------------------------------------------------------


class LocalError(RegistryError):
    """Found on this machine, before or after the registry was asked."""


class FileChanged(LocalError):
    """A file changed while it was being pushed; no version was registered."""


class TargetRefused(LocalError):
    """`pull` will not replace this target; nothing was changed."""


class ConfigurationError(LocalError):
    """The client's options contradict each other or are unsafe."""


class ClientClosed(LocalError):
    """The client, or the resolver, was closed before this call or is not open yet."""


class TooStale(LocalError):
    """The registry has not stood behind a resolver's answer for longer than `max_stale`.

    `metadata` has `age` and `max_stale`, in seconds.
    """
