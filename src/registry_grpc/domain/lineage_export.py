"""What a version was made of, in the formats of others. The same lineage gives the same text."""

import json
from collections.abc import Callable, Mapping
from enum import StrEnum

from registry_grpc.domain.lineage_activity import Subgraph, activities
from registry_grpc.domain.openlineage_export import openlineage_events
from registry_grpc.domain.prov import prov_document


class LineageFormat(StrEnum):
    """The formats."""

    OPENLINEAGE = "openlineage"
    PROV_JSON = "prov_json"


_WRITERS: Mapping[LineageFormat, Callable[[Subgraph], object]] = {
    LineageFormat.OPENLINEAGE: lambda graph: openlineage_events(graph, activities(graph)),
    LineageFormat.PROV_JSON: lambda graph: prov_document(graph, activities(graph)),
}


def export(kind: LineageFormat, graph: Subgraph) -> str:
    """Return a walk up from a version as a document."""
    written = _WRITERS[kind](graph)
    return json.dumps(written, indent=2, sort_keys=True, ensure_ascii=False)
