"""Every refusal of the registry, one class each, in one tree.

A class names the situation, carries the variable parts as `metadata`, and has a `reason` that is
the wire name in `modelregistry.v1.ErrorReason`. The transport maps each *kind* (the direct
children of RegistryError) to one gRPC status code; nothing here knows gRPC.

The tree is by kind: what a caller can do. The files are by what a refusal is about.

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
    ├── Corrupt
    │   └── ChunkCorrupt BlobCorrupt
    ├── Unauthenticated
    │   └── TokenRequired TokenInvalid
    ├── Denied
    │   └── PermissionDenied
    ├── Exhausted
    │   ├── LimitExceeded QuotaExceeded TooManyUploads CallerLimitExceeded
    │   └── ServerOverloaded StorageFull DatabaseFull WatchTooSlow
    ├── Unavailable          try again later; nothing was changed
    │   ├── DatabaseUnavailable StorageUnavailable ServerDraining
    │   └── RevisionNotReached BlobBeingDeleted StreamIdle
    ├── CommitUnknown        changed or not: repeat it with the same request id
    ├── DeadlineExceeded
    └── NotImplementedYet
"""

from registry_grpc.domain.errors.access import (
    PermissionDenied,
    TokenInvalid,
    TokenNotFound,
    TokenRequired,
)
from registry_grpc.domain.errors.availability import (
    CommitUnknown,
    DatabaseUnavailable,
    ServerDraining,
    ServerOverloaded,
    StorageUnavailable,
    StreamIdle,
)
from registry_grpc.domain.errors.capacity import (
    CallerLimitExceeded,
    DatabaseFull,
    QuotaExceeded,
    StorageFull,
    TooManyUploads,
)
from registry_grpc.domain.errors.catalog import (
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
from registry_grpc.domain.errors.gate import (
    CelUnavailable,
    EvaluationNotFound,
    GateRefused,
    PolicyNotFound,
)
from registry_grpc.domain.errors.kinds import (
    AlreadyExists,
    Conflict,
    Corrupt,
    Denied,
    Exhausted,
    Invalid,
    NotFound,
    OutOfRange,
    RegistryError,
    Unauthenticated,
    Unavailable,
    Violation,
    WrongState,
    leaves,
)
from registry_grpc.domain.errors.request import (
    DeadlineExceeded,
    EtagMismatch,
    InvalidRequest,
    LimitExceeded,
    NotImplementedYet,
    RequestIdReused,
)
from registry_grpc.domain.errors.stage import (
    AliasProtected,
    StageEmpty,
    StageGraphInUse,
    TransitionNotAllowed,
)
from registry_grpc.domain.errors.transfer import (
    BlobBeingDeleted,
    BlobCorrupt,
    BlobNotFound,
    BlobsMissing,
    ChunkCorrupt,
    DigestMismatch,
    OffsetMismatch,
    ReadOutOfRange,
    UploadFenced,
    UploadIncomplete,
    UploadNotFound,
    UploadNotOpen,
    UploadTooLong,
)
from registry_grpc.domain.errors.transition import (
    ApprovalNotAllowed,
    ApprovalRequired,
    BindingMismatch,
    RollbackNotPossible,
    TransitionNotFound,
    TransitionNotOpen,
)
from registry_grpc.domain.errors.watch import (
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
    "CelUnavailable",
    "ChunkCorrupt",
    "CommitUnknown",
    "Conflict",
    "Corrupt",
    "DatabaseFull",
    "DatabaseUnavailable",
    "DeadlineExceeded",
    "Denied",
    "DigestMismatch",
    "EtagMismatch",
    "EvaluationNotFound",
    "Exhausted",
    "GateRefused",
    "HistoryChanged",
    "Invalid",
    "InvalidRequest",
    "LimitExceeded",
    "LineageNodeNotFound",
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
    "TokenInvalid",
    "TokenNotFound",
    "TokenRequired",
    "TooManyUploads",
    "TransitionNotAllowed",
    "TransitionNotFound",
    "TransitionNotOpen",
    "Unauthenticated",
    "Unavailable",
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
    "leaves",
]
