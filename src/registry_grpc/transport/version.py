"""Handlers of versions."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

from google.protobuf.message import Message
from typing_extensions import override

from modelregistry.v1 import catalog_service_pb2 as pb
from modelregistry.v1 import version_pb2
from registry_grpc.domain.errors import NotFound, WrongState
from registry_grpc.domain.filter import parse_filter
from registry_grpc.domain.filter_fields import ALL_VERSIONS_FILTER, VERSION_FILTER
from registry_grpc.domain.limits import PAGE_BYTES
from registry_grpc.domain.list_order import ALL_VERSIONS_ORDER, VERSION_ORDER, parse_order
from registry_grpc.domain.names import ModelName, NamespaceName
from registry_grpc.domain.page import Query
from registry_grpc.domain.reference import ByNumber, Reference
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import Violations, invalid, parsed
from registry_grpc.services.lookup_cache import Answer
from registry_grpc.services.version import VersionPatch, Versions
from registry_grpc.services.version_listing import WantedVersions
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.version import file_message, version_message
from registry_grpc.transport.history import seen, stamped
from registry_grpc.transport.mask import map_patch, masked
from registry_grpc.transport.page import page_reply
from registry_grpc.transport.read_cache import CachedRead, Found, settled

_ALL_MODELS = "/models/-"
_OUTPUT_ONLY = set(version_pb2.Version.DESCRIPTOR.fields_by_name)
_VIEWS = frozenset(version_pb2.VersionView.values())
_FILES_DEFAULT = 1_000
_FILES_MOST = 5_000


def is_full(view: int, *, default: bool) -> bool:
    """Return whether a view shows everything; raises InvalidRequest for an unknown one."""
    if view not in _VIEWS:
        raise invalid("view", f"there is no view {view}")
    if view == version_pb2.VERSION_VIEW_UNSPECIFIED:
        return default
    return view == version_pb2.VERSION_VIEW_FULL


def full_message(version: Version) -> Message:
    """Return the whole version as a message; without detail where it would be more than a page.

    A client with the default limits must be able to receive the reply of its change.
    """
    message = version_message(version, full=True)
    if message.ByteSize() <= PAGE_BYTES:
        return message
    return version_message(replace(version, detail=None), full=True)


def encoded_version(version: Version, history: str, *, full: bool) -> bytes:
    """Return a version encoded, with what detail it has if `full`.

    history: of the log, as known when the call began.
    """
    return stamped(version_message(version, full=full), history).SerializeToString()


def require_number(reference: Reference) -> None:
    """Raise InvalidRequest unless it can only ever name the one version."""
    if not isinstance(reference.selector, ByNumber):
        raise invalid("name", "must name one exact version, such as fraud/7")


def _wanted(request: pb.ListVersionsRequest) -> WantedVersions:
    found = Violations()
    of_all = request.parent.endswith(_ALL_MODELS)
    schema = ALL_VERSIONS_FILTER if of_all else VERSION_FILTER
    parent = found.argument("parent", _namespace if of_all else ModelName.parse, request.parent)
    where = found.parse("filter", lambda text: parse_filter(text, schema), request.filter)
    fields = ALL_VERSIONS_ORDER if of_all else VERSION_ORDER
    order = found.argument("order_by", lambda text: parse_order(text, fields), request.order_by)
    is_possible = not (of_all and request.newest_in_stages)
    found.check("newest_in_stages", is_possible, "is of one model, not of all")
    found.raise_if_any()
    return WantedVersions(
        parent.value, where, order.value, request.show_deleted, request.newest_in_stages
    )


def _patch(request: pb.UpdateVersionRequest, found: Violations) -> VersionPatch:
    mask, version = request.update_mask, request.version
    values = {"description": version.description}
    maps = {"labels": version.labels, "annotations": version.annotations}
    fields = masked(mask, values, _OUTPUT_ONLY, found, tuple(maps))
    labels = map_patch(mask, "labels", version.labels, found, clears=True)
    description = version.description if "description" in fields else None
    annotations = map_patch(mask, "annotations", version.annotations, found)
    return VersionPatch(labels, description, annotations)


def _namespace(text: str) -> NamespaceName | ModelName:
    return NamespaceName.parse(text.removesuffix(_ALL_MODELS))


class VersionHandlers:
    """CatalogService, as far as versions go."""

    def __init__(self, versions: Versions) -> None:
        self.GetVersion = _GetVersion(versions)
        self._versions = versions

    def ListVersions(self, call: Call, request: pb.ListVersionsRequest) -> bytes:
        wanted = _wanted(request)
        full = is_full(request.view, default=False)
        arguments = (request.parent, request.filter, request.order_by, str(request.show_deleted))
        narrowed = ("newest_in_stages",) if request.newest_in_stages else ()
        query = Query(call.method, (*arguments, *narrowed), wanted.shape)
        page = query.page(request.page_size, request.page_token)
        with self._versions.list(query, page, wanted, full=full, seen=seen(request)) as found:
            items = (version_message(version, full=full) for version in found.versions)
            return page_reply(pb.ListVersionsResponse, found.page, items, call.history)

    def ListVersionFiles(self, call: Call, request: pb.ListVersionFilesRequest) -> bytes:
        reference = parsed("parent", Reference.parse, request.parent)
        query = Query(call.method, (request.parent,), (int, str))
        page = query.page(
            request.page_size, request.page_token, default=_FILES_DEFAULT, most=_FILES_MOST
        )
        files = self._versions.files(query, page, reference, seen(request))
        return page_reply(
            pb.ListVersionFilesResponse,
            files.page,
            map(file_message, files.page.items),
            call.history,
            version=str(files.version.name),
            root_digest=str(files.version.root_digest),
        )

    def UpdateVersion(self, call: Call, request: pb.UpdateVersionRequest) -> bytes:
        found = Violations()
        reference = found.argument("version.name", Reference.parse, request.version.name)
        patch = _patch(request, found)
        found.raise_if_any()
        mutation = call.mutation(request, full_message)
        return self._versions.update(mutation, reference.value, request.version.etag, patch).reply

    def DeleteVersion(self, call: Call, request: pb.DeleteVersionRequest) -> bytes:
        reference = parsed("name", Reference.parse, request.name)
        require_number(reference)
        return self._versions.delete(
            call.mutation(request, full_message),
            reference,
            request.etag,
            request.reason,
            force=request.force,
        ).reply


class _GetVersion(CachedRead):
    def __init__(self, versions: Versions) -> None:
        self._versions = versions

    @override
    def questions(self, request: pb.GetVersionRequest) -> Sequence[Hashable]:
        return (("version", request.name, request.view),)

    @override
    def most_bytes(self, request: pb.GetVersionRequest) -> int:
        return 0 if request.view == version_pb2.VERSION_VIEW_BASIC else PAGE_BYTES

    @override
    def read(self, call: Call, request: pb.GetVersionRequest) -> Found:
        reference = parsed("name", Reference.parse, request.name)
        asked = str(reference.model)
        full = is_full(request.view, default=True)
        try:
            with self._versions.get(reference, seen(request), full=full) as version:
                body = encoded_version(version, call.history, full=full)
        except (NotFound, WrongState) as error:
            return Found([Answer(asked, refusal=error, present=error.model)])
        if version.name.parent == reference.model:
            return Found([Answer(asked, body)])
        body += version_pb2.Version(redirected_from=asked).SerializeToString()
        return Found([Answer(asked, body, present=str(version.name.parent))])

    @override
    def reply(self, call_id: str, request: pb.GetVersionRequest, found: Found) -> bytes:
        return settled(found.answers[0])
