"""The requirements of OpenLineage 2-0-2 for run events, as a JSON schema in our own words.

It describes the facets that the registry writes. The spec allows more everywhere; every facet has
its producer and schema.
"""

from typing import Any

Json = dict[str, Any]
_URI: Json = {"type": "string", "format": "uri", "minLength": 1}
_TEXT: Json = {"type": "string"}


def _object(required: Json, optional: Json | None = None) -> Json:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": sorted(required),
    }


_FACET: Json = _object({"_producer": _URI, "_schemaURL": _URI}, {"_deleted": {"type": "boolean"}})
_FACETS: Json = {"type": "object", "additionalProperties": {"$ref": "#/$defs/facet"}}
_DATASET: Json = _object(
    {"namespace": _TEXT, "name": _TEXT},
    {
        "facets": {
            **_FACETS,
            "properties": {
                "version": {
                    "allOf": [{"$ref": "#/$defs/facet"}, _object({"datasetVersion": _TEXT})]
                }
            },
        }
    },
)
_DATASETS: Json = {"type": "array", "items": {"$ref": "#/$defs/dataset"}}
_CODE: Json = _object({"type": _TEXT, "url": _URI}, {"repoUrl": _TEXT, "version": _TEXT})
_JOB_FACETS: Json = {
    **_FACETS,
    "properties": {"sourceCodeLocation": {"allOf": [{"$ref": "#/$defs/facet"}, _CODE]}},
}
_TYPES = ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]

RUN_EVENT: Json = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$defs": {"facet": _FACET, "dataset": _DATASET},
    **_object(
        {
            "eventTime": {"type": "string", "format": "date-time"},
            "producer": _URI,
            "schemaURL": _URI,
            "run": _object({"runId": {"type": "string", "format": "uuid"}}, {"facets": _FACETS}),
            "job": _object({"namespace": _TEXT, "name": _TEXT}, {"facets": _JOB_FACETS}),
        },
        {"eventType": {"enum": _TYPES}, "inputs": _DATASETS, "outputs": _DATASETS},
    ),
}
