"""Lineage documents in standard formats. Equal lineage gives equal text."""

import json
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from registry_grpc.domain.document_budget import DocumentBudget, DocumentTooLarge
from registry_grpc.domain.lineage import Subgraph
from registry_grpc.interchange.activity import Activity, activities
from registry_grpc.interchange.openlineage_writer import openlineage_events
from registry_grpc.interchange.prov_writer import prov_document


class LineageFormat(StrEnum):
    """The formats."""

    OPENLINEAGE = "openlineage"
    PROV_JSON = "prov_json"


_WRITERS: Mapping[
    LineageFormat, Callable[[Subgraph, Sequence[Activity], DocumentBudget], object]
] = {
    LineageFormat.OPENLINEAGE: openlineage_events,
    LineageFormat.PROV_JSON: prov_document,
}


def export(kind: LineageFormat, graph: Subgraph, most: int) -> str:
    """Return an upstream walk as a document of at most `most` bytes of UTF-8.

    Raises DocumentTooLarge, before a far too large document is built.
    """
    happened = activities(graph, DocumentBudget(most))
    written = _WRITERS[kind](graph, happened, DocumentBudget(most))
    # Without indentation: nested lists would be a hundred times as long with it.
    document = json.dumps(written, sort_keys=True, ensure_ascii=False)
    if len(document.encode()) > most:
        raise DocumentTooLarge
    return document
