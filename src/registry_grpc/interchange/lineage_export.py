"""Lineage documents in standard formats. The same lineage gives the same text."""

import json
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from registry_grpc.domain.document_room import DocumentRoom, DocumentTooLarge
from registry_grpc.domain.lineage import Subgraph
from registry_grpc.interchange.activity import Activity, activities
from registry_grpc.interchange.openlineage_writer import openlineage_events
from registry_grpc.interchange.prov_writer import prov_document


class LineageFormat(StrEnum):
    """The formats."""

    OPENLINEAGE = "openlineage"
    PROV_JSON = "prov_json"


_WRITERS: Mapping[LineageFormat, Callable[[Subgraph, Sequence[Activity], DocumentRoom], object]] = {
    LineageFormat.OPENLINEAGE: openlineage_events,
    LineageFormat.PROV_JSON: prov_document,
}


def export(kind: LineageFormat, graph: Subgraph, most: int) -> str:
    """Return a walk up from a version as a document of at most so many bytes of UTF-8.

    Raises DocumentTooLarge, before what would be far too large is built.
    """
    happened = activities(graph, DocumentRoom(most))
    written = _WRITERS[kind](graph, happened, DocumentRoom(most))
    # Without indentation: a facet of lists in lists would be a hundred times as long with it.
    document = json.dumps(written, sort_keys=True, ensure_ascii=False)
    if len(document.encode()) > most:
        raise DocumentTooLarge
    return document
