"""The declarations of the contract for a method, and the parsing of its messages."""

from collections.abc import Collection
from dataclasses import dataclass

from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from modelregistry.v1 import access_pb2
from registry_grpc.domain.errors import LimitExceeded
from registry_grpc.domain.limits import KIB
from registry_grpc.domain.principal import Permission
from registry_grpc.domain.scope import REGISTRY, Scope
from registry_grpc.domain.violations import invalid
from registry_grpc.transport.access import Access, accesses_of
from registry_grpc.transport.wire import count_fields

DEFAULT_REQUEST_BYTES = 256 * KIB
# A manifest of 20,000 files has 100,000.
MOST_FIELDS = 250_000
# Below these a message takes less than a millisecond to parse.
_FEW_BYTES, _FEW_FIELDS = 64 * KIB, 1_000

Demand = tuple[Permission, Scope]
"""The required access of a request: a permission in a scope."""

# Methods whose calls may take a second and more: they have separate threads, and do not delay other
# calls.
_LARGE = frozenset({"BatchReadBlobs", "ExportLineage", "GetEvaluation", "CheckTransition"})
# A push that is denied here never reaches RegisterVersion.
_ASKED_FIRST = frozenset({"CatalogService/CheckRegistration"})
HEAVY = frozenset(
    {
        *("ArtifactService/BatchUploadBlobs", "ArtifactService/BatchReadBlobs"),
        *("ArtifactService/FindMissingBlobs", "ArtifactService/CommitUpload"),
        *("CatalogService/RegisterVersion", "CatalogService/CheckRegistration"),
        *("CatalogService/CopyVersion", "CatalogService/ListModels"),
        *("CatalogService/ListVersions", "CatalogService/ListVersionFiles"),
        "CatalogService/ListStagedVersions",
        "LookupService/BatchResolveVersions",
        "LookupService/ListChanges",
        *("GovernanceService/SetRegistrationSchema", "GovernanceService/CheckRegistrationSchema"),
        *("GovernanceService/SubmitEvaluation", "GovernanceService/ListEvaluations"),
        *("GovernanceService/PutPolicy", "GovernanceService/CheckTransition"),
        *("GovernanceService/RequestTransition", "GovernanceService/ApproveTransition"),
        "GovernanceService/ListTransitions",
        *("LineageService/RecordLineage", "LineageService/TraverseLineage"),
        *("LineageService/FindVersionsByDataset", "LineageService/ExportLineage"),
    }
)


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the contract.

    name: full, `package.Service/Method`. access: what callers need, at least one. most_bytes: of
    one request message. heavy: whether it has its work done by the threads for heavy calls.
    changes: whether it changes something, or checks such a request of its caller: if a rule denies
    it, the audit trail records that.
    """

    name: str
    access: tuple[Access, ...]
    most_bytes: int
    request: type[Message]
    heavy: bool = False
    changes: bool = False

    @classmethod
    def declared(cls, descriptor: MethodDescriptor) -> "Method":
        """Read the contract; raises UndeclaredError."""
        short = f"{descriptor.containing_service.name}/{descriptor.name}"
        options = descriptor.GetOptions()
        return cls(
            full_name(descriptor),
            accesses_of(descriptor),
            options.Extensions[access_pb2.max_request_bytes] or DEFAULT_REQUEST_BYTES,
            GetMessageClass(descriptor.input_type),
            short in HEAVY,
            options.idempotency_level != MethodOptions.NO_SIDE_EFFECTS or short in _ASKED_FIRST,
        )

    @property
    def permission(self) -> Permission:
        """The required access before the message is read."""
        return self.access[0].permission

    @property
    def has_bulk(self) -> bool:
        """Whether its messages have bulk data, in a field of bytes."""
        kinds = (field.type for field in self.request.DESCRIPTOR.fields)
        return FieldDescriptor.TYPE_BYTES in kinds

    def demands(self, request: Message) -> Collection[Demand]:
        """Return what a caller needs for this request: each demand once.

        A request that leaves out the resource of the first one is about the whole registry.
        """
        found = {(one.permission, scope) for one in self.access for scope in one.scopes(request)}
        if not any(self.access[0].texts(request)):
            found.add((self.permission, REGISTRY))
        return found

    @property
    def is_large(self) -> bool:
        """Whether its replies may be as large as a page: lists, and some that are not paged."""
        paged = "page_token" in self.request.DESCRIPTOR.fields_by_name
        return paged or self.name.rpartition("/")[2] in _LARGE

    def require_size(self, encoded: bytes) -> None:
        """Raise LimitExceeded for a message above the method's limit."""
        if len(encoded) > self.most_bytes:
            raise self.too_large(len(encoded))

    def too_large(self, size: int) -> LimitExceeded:
        """Return the error for a message of so many bytes, or of so many and more to come."""
        limit = f"the size in bytes of a message to {self.name}"
        return LimitExceeded(limit, self.most_bytes, size)

    def quick_to_parse(self, encoded: bytes) -> bool:
        """Whether parsing the message takes less than a millisecond."""
        return (
            len(encoded) <= _FEW_BYTES
            or count_fields(encoded, self.request.DESCRIPTOR, _FEW_FIELDS) <= _FEW_FIELDS
        )

    def parse(self, encoded: bytes) -> Message:
        """Parse a message; raises InvalidRequest, LimitExceeded for too many fields."""
        if len(encoded) > _FEW_BYTES:
            count = count_fields(encoded, self.request.DESCRIPTOR, MOST_FIELDS)
            if count > MOST_FIELDS:
                raise LimitExceeded("the number of fields in a message", MOST_FIELDS, count)
        try:
            return self.request.FromString(encoded)
        except DecodeError as error:
            name = self.request.DESCRIPTOR.full_name
            raise invalid("request", f"the bytes are no {name}") from error


def full_name(descriptor: MethodDescriptor) -> str:
    """Return the name of a method as in its path, without the leading slash."""
    return f"{descriptor.containing_service.full_name}/{descriptor.name}"
