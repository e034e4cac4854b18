"""Lineage: the inputs of versions, and what was made from them."""

import json
from collections.abc import Iterable, Mapping
from typing import Final, Literal, TypeVar

from modelregistry._async.methods import Methods
from modelregistry._async.pager import Pager
from modelregistry._convert import checked
from modelregistry._convert import lineage as convert
from modelregistry._convert.arguments import Violations
from modelregistry._convert.ordering import by_name
from modelregistry._convert.page import ListProgress, page_of_named
from modelregistry._convert.writing import build
from modelregistry._wire import reading
from modelregistry._wire.call import new_id
from modelregistry.errors import InvalidRequest, Violation
from modelregistry.types import (
    DatasetNode,
    DatasetUse,
    Lineage,
    LineageEdge,
    LineageRecord,
    LineageRole,
    LineageStep,
    Page,
    Version,
)
from modelregistry.types.lineage import LineageNode
from modelregistry.v1 import lineage_pb2
from modelregistry.v1 import lineage_service_pb2 as pb

Chosen = TypeVar("Chosen")

_PAGE: Final = 5_000  # the most that the contract allows: the fewest calls
_MOST_EDGES = 10_000  # the most that the contract allows
_DIRECTIONS: Final = {"up": pb.LINEAGE_DIRECTION_UP, "down": pb.LINEAGE_DIRECTION_DOWN}
_FORMATS: Final = {
    "openlineage": pb.LINEAGE_FORMAT_OPENLINEAGE,
    "prov": pb.LINEAGE_FORMAT_PROV_JSON,
}


class LineageMethods(Methods):
    """Lineage. A node is a reference such as `fraud/7`, a Version, a node or the name of one."""

    async def lineage(
        self,
        node: str | Version | LineageNode,
        direction: Literal["up", "down"] = "up",
        *,
        depth: int = 10,
        roles: Iterable[LineageRole] = (),
        min_revision: int = 0,
        history_id: str = "",
    ) -> Lineage:
        """Walk the graph from a node: upstream to its inputs, downstream to what was made from it.

        `depth` is the highest number of edges, 1 to 100; `roles` restricts the walk to such edges.
        A walk has at most 10,000 edges; the result states whether it was truncated. Raises the
        errors of `get_version`, or LineageNodeNotFound.
        """
        request = build(
            pb.TraverseLineageRequest,
            node=self._node(node),
            direction=_chosen("direction", direction, _DIRECTIONS),
            depth=depth,
            roles=map(convert.role_to_message, roles),
            page_size=_PAGE,
            min_revision=min_revision,
            history_id=history_id,
        )
        steps: list[LineageStep] = []
        progress = ListProgress()
        with reading.bounded():
            while True:
                stubs = self._connection.stubs
                reply = await self._connection.unary(stubs.lineage.TraverseLineage, request)
                steps += map(convert.step_from_message, reply.steps)
                progress.check(reply.next_page_token, len(reply.steps))
                if len(steps) > _MOST_EDGES:
                    problem = f"a walk has at most {_MOST_EDGES}"
                    raise checked.malformed("steps", len(steps), problem)
                request.page_token = reply.next_page_token
                if not reply.next_page_token:
                    return Lineage(
                        start=convert.node_from_message(reply.start),
                        steps=tuple(steps),
                        truncated=reply.truncated,
                        revision=checked.revision(reply.revision),
                        history_id=checked.history(reply.history_id),
                    )

    async def record_lineage(
        self, edges: Iterable[LineageEdge], *, namespace: str | None = None, request_id: str = ""
    ) -> LineageRecord:
        """Record edges, all or none; edges that exist already do not change.

        Nodes that are given with a description are created in the namespace. Raises InvalidRequest,
        the errors of `get_version`, or LineageNodeNotFound.
        """

        def draft(edge: LineageEdge) -> pb.LineageEdgeDraft:
            return build(
                pb.LineageEdgeDraft,
                source=self._end(edge.source),
                role=convert.role_to_message(edge.role),
                target=self._end(edge.target),
            )

        found = Violations()
        drafts = found.each("edges", edges, LineageEdge, draft)
        found.raise_if_any()
        return await self._record(
            build(pb.RecordLineageRequest, edges=drafts), namespace, request_id
        )

    async def record_openlineage(
        self,
        event: str | Mapping[str, object],
        *,
        namespace: str | None = None,
        request_id: str = "",
    ) -> LineageRecord:
        """Record an OpenLineage RunEvent, given as JSON text or as the value of parsed JSON.

        The same event again changes nothing. Raises InvalidRequest with all problems of the event,
        and the errors of `get_version` for the versions in it.
        """
        text = event if isinstance(event, str) else json.dumps(event)
        return await self._record(
            build(pb.RecordLineageRequest, openlineage_event=text), namespace, request_id
        )

    def versions_using(
        self,
        uri: str = "",
        *,
        digest: str = "",
        stage: str = "",
        derived: bool = False,
        namespace: str | None = None,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[DatasetUse]:
        """List the live versions that used a dataset, by its location, its content or both.

        With `derived` also, after them, the versions of the namespace that derive from it in any
        number of steps, through deleted versions too: their `derived_from` is the node before. With
        `stage` only those in that stage now. Raises NamespaceNotFound, or InvalidRequest, also for
        a stage that never existed. Each of `pages()` is a DatasetUsePage.
        """

        async def fetch(token: str) -> Page[DatasetUse]:
            request = build(
                pb.FindVersionsByDatasetRequest,
                parent=self._parent(namespace),
                uri=uri,
                digest=digest,
                stage=stage,
                include_derived=derived,
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = await self._connection.unary(stubs.lineage.FindVersionsByDataset, request)
            return convert.uses_page(reply, request.parent)

        return Pager(fetch)

    def datasets(
        self,
        uri: str = "",
        *,
        digest: str = "",
        namespace: str | None = None,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[DatasetNode]:
        """List the datasets with this location, content or both, from which `lineage` can start.

        One URI can be several datasets, each with its digest. Raises InvalidRequest or
        NamespaceNotFound.
        """

        async def fetch(token: str) -> Page[DatasetNode]:
            request = build(
                pb.ListDatasetsRequest,
                parent=self._parent(namespace),
                uri=uri,
                digest=digest,
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = await self._connection.unary(stubs.lineage.ListDatasets, request)
            found = map(convert.dataset_from_message, reply.datasets)
            return page_of_named(reply, found, f"{request.parent}/lineage/datasets")

        return Pager(fetch, by_name)

    async def export_lineage(
        self,
        version: str | Version,
        format: Literal["openlineage", "prov"] = "openlineage",  # noqa: A002 - what the contract calls it
        *,
        depth: int = 10,
        min_revision: int = 0,
        history_id: str = "",
    ) -> str:
        """Return the upstream lineage of a version as JSON: OpenLineage events, or PROV-JSON.

        The same lineage gives the same text. An export has at most 2,000 edges: those nearest to
        the version. Raises the errors of `get_version`.
        """
        request = build(
            pb.ExportLineageRequest,
            version=self._ref(version),
            format=_chosen("format", format, _FORMATS),
            depth=depth,
            min_revision=min_revision,
            history_id=history_id,
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.lineage.ExportLineage, request)
        return reply.document

    async def _record(
        self, request: pb.RecordLineageRequest, namespace: str | None, request_id: str
    ) -> LineageRecord:
        request.parent = self._parent(namespace)
        request.request_id = request_id or new_id()
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.lineage.RecordLineage, request)
        return convert.record_from_message(reply.record)

    def _node(self, node: str | Version | LineageNode) -> str:
        return self._ref(node) if isinstance(node, str | Version) else node.name

    def _end(self, end: str | Version | LineageNode) -> lineage_pb2.LineageNode:
        return convert.node_to_message(self._ref(end) if isinstance(end, str | Version) else end)


def _chosen(field: str, text: str, known: Mapping[str, Chosen]) -> Chosen:
    if text not in known:
        problem = f"must be one of {', '.join(known)}"
        sentence = f"{field}: {problem}"
        raise InvalidRequest(sentence, violations=[Violation(field, problem)])
    return known[text]
