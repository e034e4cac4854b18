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
    │   └── EtagMismatch UploadFenced BindingMismatch HistoryChanged
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
    │       └── MalformedReply  nor what the contract says, or not what was asked for
    ├── Unauthenticated
    │   └── TokenRequired TokenInvalid
    ├── PermissionDenied
    ├── Exhausted
    │   ├── LimitExceeded ServerOverloaded StorageFull DatabaseFull
    │   └── QuotaExceeded TooManyUploads CallerLimitExceeded WatchTooSlow
    ├── Unavailable          try again later; nothing was changed
    │   ├── DatabaseUnavailable StorageUnavailable ServerDraining RevisionNotReached
    │   └── BlobBeingDeleted StreamIdle
    ├── DeadlineExceeded     the time given to the call passed: it may or may not have happened
    ├── NotImplementedYet
    ├── InternalError        a bug of the server; `metadata["incident_id"]` is in its log
    ├── Cancelled            the call was ended from this side
    ├── UnknownError         a status that means none of the above
    │   └── CommitUnknown    the change was made or not: repeat it with the same request id
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

from modelregistry.errors.access import PermissionDenied, TokenInvalid, TokenNotFound, TokenRequired
from modelregistry.errors.availability import (
    CommitUnknown,
    DatabaseUnavailable,
    InternalError,
    ServerDraining,
    ServerOverloaded,
    StorageUnavailable,
    StreamIdle,
    UnknownError,
)
from modelregistry.errors.capacity import (
    CallerLimitExceeded,
    DatabaseFull,
    QuotaExceeded,
    StorageFull,
    TooManyUploads,
)
from modelregistry.errors.catalog import (
    AliasNotFound,
    LineageNodeNotFound,
    ModelAlreadyExists,
    ModelDeleted,
    ModelNotDeleted,
    ModelNotFound,
    NamespaceAlreadyExists,
    NamespaceNotFound,
    SchemaNotFound,
    SchemaViolated,
    VersionDeleted,
    VersionInUse,
    VersionNotFound,
    VersionRevoked,
    VersionYanked,
)
from modelregistry.errors.gate import (
    CelUnavailable,
    EvaluationNotFound,
    GateRefused,
    PolicyNotFound,
)
from modelregistry.errors.kinds import (
    AlreadyExists,
    Conflict,
    Corrupt,
    Exhausted,
    Invalid,
    NotFound,
    OutOfRange,
    RegistryError,
    Unauthenticated,
    Unavailable,
    Violation,
    WrongState,
    descendants,
)
from modelregistry.errors.local import (
    ClientClosed,
    ConfigurationError,
    FileChanged,
    LocalError,
    TargetRefused,
    TooStale,
)
from modelregistry.errors.request import (
    Cancelled,
    DeadlineExceeded,
    EtagMismatch,
    InvalidRequest,
    LimitExceeded,
    NotImplementedYet,
    RequestIdReused,
)
from modelregistry.errors.stage import (
    AliasProtected,
    StageEmpty,
    StageGraphInUse,
    TransitionNotAllowed,
)
from modelregistry.errors.transfer import (
    BlobBeingDeleted,
    BlobCorrupt,
    BlobNotFound,
    BlobsMissing,
    ChunkCorrupt,
    ContentMismatch,
    DigestMismatch,
    MalformedReply,
    OffsetMismatch,
    ReadOutOfRange,
    UploadFenced,
    UploadIncomplete,
    UploadNotFound,
    UploadNotOpen,
    UploadTooLong,
)
from modelregistry.errors.transition import (
    ApprovalNotAllowed,
    ApprovalRequired,
    BindingMismatch,
    RollbackNotPossible,
    TransitionNotFound,
    TransitionNotOpen,
)
from modelregistry.errors.watch import (
    HistoryChanged,
    RevisionCompacted,
    RevisionNotReached,
    WatchTooSlow,
)

__all__ = [
    "AliasNotFound",
    "AliasProtected",
    "AlreadyExists",
    "ApprovalNotAllowed",
    "ApprovalRequired",
    "BindingMismatch",
    "BlobBeingDeleted",
    "BlobCorrupt",
    "BlobNotFound",
    "BlobsMissing",
    "CallerLimitExceeded",
    "Cancelled",
    "CelUnavailable",
    "ChunkCorrupt",
    "ClientClosed",
    "CommitUnknown",
    "ConfigurationError",
    "Conflict",
    "ContentMismatch",
    "Corrupt",
    "DatabaseFull",
    "DatabaseUnavailable",
    "DeadlineExceeded",
    "DigestMismatch",
    "EtagMismatch",
    "EvaluationNotFound",
    "Exhausted",
    "FileChanged",
    "GateRefused",
    "HistoryChanged",
    "InternalError",
    "Invalid",
    "InvalidRequest",
    "LimitExceeded",
    "LineageNodeNotFound",
    "LocalError",
    "MalformedReply",
    "ModelAlreadyExists",
    "ModelDeleted",
    "ModelNotDeleted",
    "ModelNotFound",
    "NamespaceAlreadyExists",
    "NamespaceNotFound",
    "NotFound",
    "NotImplementedYet",
    "OffsetMismatch",
    "OutOfRange",
    "PermissionDenied",
    "PolicyNotFound",
    "QuotaExceeded",
    "ReadOutOfRange",
    "RegistryError",
    "RequestIdReused",
    "RevisionCompacted",
    "RevisionNotReached",
    "RollbackNotPossible",
    "SchemaNotFound",
    "SchemaViolated",
    "ServerDraining",
    "ServerOverloaded",
    "StageEmpty",
    "StageGraphInUse",
    "StorageFull",
    "StorageUnavailable",
    "StreamIdle",
    "TargetRefused",
    "TokenInvalid",
    "TokenNotFound",
    "TokenRequired",
    "TooManyUploads",
    "TooStale",
    "TransitionNotAllowed",
    "TransitionNotFound",
    "TransitionNotOpen",
    "Unauthenticated",
    "Unavailable",
    "UnknownError",
    "UploadFenced",
    "UploadIncomplete",
    "UploadNotFound",
    "UploadNotOpen",
    "UploadTooLong",
    "VersionDeleted",
    "VersionInUse",
    "VersionNotFound",
    "VersionRevoked",
    "VersionYanked",
    "Violation",
    "WatchTooSlow",
    "WrongState",
    "descendants",
]
