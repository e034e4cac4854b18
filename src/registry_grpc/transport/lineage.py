"""Handlers of LineageService."""

from functools import partial

from google.protobuf.message import Message

from modelregistry.v1 import lineage_service_pb2 as pb
from registry_grpc.domain.dataset import check_dataset
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.limits import PAGE_BYTES
from registry_grpc.domain.lineage import Direction
from registry_grpc.domain.lineage_draft import check_edges, parse_node
from registry_grpc.domain.lineage_record import LineageRecord
from registry_grpc.domain.names import NamespaceName
from registry_grpc.domain.page import Query
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.violations import Argument, Violations, invalid
from registry_grpc.interchange.lineage_export import LineageFormat, export
from registry_grpc.interchange.openlineage_reader import read_event
from registry_grpc.services.dataset_impact import KEY_SHAPE
from registry_grpc.services.lineage import MOST_DEPTH, Lineages, Wanted
from registry_grpc.services.lineage_recording import LineageRecords
from registry_grpc.services.mutation import Mutation
from registry_grpc.services.ports.lineage import UseQuery
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.lineage import (
    drafts_from,
    node_message,
    record_message,
    role_from,
    step_messages,
    use_message,
)
from registry_grpc.transport.history import seen
from registry_grpc.transport.page import page_reply

_DIRECTIONS = {
    pb.LINEAGE_DIRECTION_UP: Direction.UP,
    pb.LINEAGE_DIRECTION_DOWN: Direction.DOWN,
}
_FORMATS = {
    pb.LINEAGE_FORMAT_OPENLINEAGE: LineageFormat.OPENLINEAGE,
    pb.LINEAGE_FORMAT_PROV_JSON: LineageFormat.PROV_JSON,
}
_STAGE_BYTES = 128
_STEPS_DEFAULT = 1_000
_STEPS_MOST = 5_000
"""Of a page of a walk, of usual ones some 2 MiB. What lies before is walked again for each page."""


class LineageHandlers:
    """LineageService."""

    def __init__(self, lineages: Lineages, records: LineageRecords) -> None:
        self._lineages = lineages
        self._records = records

    def RecordLineage(self, call: Call, request: pb.RecordLineageRequest) -> bytes:
        if bool(request.edges) == bool(request.openlineage_event):
            raise invalid("edges", "give edges or an openlineage_event")
        found = Violations()
        parent = found.argument("parent", NamespaceName.parse, request.parent)
        mutation: Mutation[LineageRecord] = call.mutation(request, _recorded)
        if request.openlineage_event:
            event = read_event(found, "openlineage_event", request.openlineage_event)
            found.raise_if_any()
            if event is None:
                message = "an event that cannot be read is noted"
                raise LookupError(message)
            return self._records.record_event(mutation, parent.value, event).reply
        drafts = drafts_from(request.edges, found)
        check_edges(found, drafts)
        found.raise_if_any()
        return self._records.record_edges(mutation, parent.value, drafts).reply

    def TraverseLineage(self, call: Call, request: pb.TraverseLineageRequest) -> bytes:
        found = Violations()
        node = found.argument("node", parse_node, request.node)
        direction = _DIRECTIONS.get(request.direction)
        if direction is None:
            found.add("direction", "is required: up or down")
        _check_depth(found, request.depth)
        roles = [
            role_from(role, f"roles[{index}]", found) for index, role in enumerate(request.roles)
        ]
        found.raise_if_any()
        wanted = Wanted(node.value, direction or Direction.UP, request.depth, roles)
        query = Query(call.method, _arguments(request), (int, str, str, str))
        page = query.page(
            request.page_size, request.page_token, default=_STEPS_DEFAULT, most=_STEPS_MOST
        )
        result = self._lineages.traverse(query, page, wanted, seen(request))
        return page_reply(
            pb.TraverseLineageResponse,
            result.page,
            step_messages(result.page.items, result.nodes),
            call.history,
            start=node_message(result.start),
            truncated=result.truncated,
        )

    def FindVersionsByDataset(self, call: Call, request: pb.FindVersionsByDatasetRequest) -> bytes:
        found = Violations()
        namespace = _dataset_parent(found, request)
        check_text(found, "stage", request.stage, _STAGE_BYTES)
        found.raise_if_any()
        arguments = (request.parent, request.uri, request.digest, request.stage)
        derived = request.include_derived
        query = Query(call.method, (*arguments, str(derived)), KEY_SHAPE)
        page = query.page(request.page_size, request.page_token)
        wanted = UseQuery(
            namespace.value.namespace, request.uri, request.digest, request.stage, derived
        )
        result = self._lineages.uses(query, page, wanted, seen(request))
        return page_reply(
            pb.FindVersionsByDatasetResponse,
            result.page,
            map(use_message, result.page.items),
            call.history,
            truncated=result.truncated,
            elsewhere=result.elsewhere,
        )

    def ListDatasets(self, call: Call, request: pb.ListDatasetsRequest) -> bytes:
        found = Violations()
        namespace = _dataset_parent(found, request)
        found.raise_if_any()
        query = Query(call.method, (request.parent, request.uri, request.digest), (str,))
        page = query.page(request.page_size, request.page_token)
        wanted = UseQuery(namespace.value.namespace, request.uri, request.digest)
        result = self._lineages.datasets(query, page, wanted, seen(request))
        return page_reply(
            pb.ListDatasetsResponse, result, map(node_message, result.items), call.history
        )

    def ExportLineage(self, _call: Call, request: pb.ExportLineageRequest) -> Message:
        found = Violations()
        version = found.argument("version", Reference.parse, request.version)
        kind = _FORMATS.get(request.format)
        if kind is None:
            found.add("format", "is required: OPENLINEAGE or PROV_JSON")
        _check_depth(found, request.depth)
        found.raise_if_any()
        result = self._lineages.export(
            version.value,
            request.depth,
            seen(request),
            partial(export, kind or LineageFormat.OPENLINEAGE, most=PAGE_BYTES),
        )
        return pb.ExportLineageResponse(
            document=result.document, truncated=result.truncated, revision=result.revision
        )


def _recorded(record: LineageRecord) -> Message:
    return pb.RecordLineageResponse(record=record_message(record), revision=record.revision)


def _dataset_parent(
    found: Violations, request: pb.FindVersionsByDatasetRequest | pb.ListDatasetsRequest
) -> Argument[NamespaceName]:
    parent = found.argument("parent", NamespaceName.parse, request.parent)
    found.check("uri", bool(request.uri or request.digest), "give a uri, a digest or both")
    check_dataset(found, "uri", request.uri, "digest", request.digest)
    return parent


def _check_depth(found: Violations, depth: int) -> None:
    found.check("depth", 0 <= depth <= MOST_DEPTH, f"must be 1 to {MOST_DEPTH}, or 0")


def _arguments(request: pb.TraverseLineageRequest) -> tuple[str, ...]:
    roles = map(str, request.roles)
    return (request.node, str(request.direction), str(request.depth), *roles)
