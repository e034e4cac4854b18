"""Writer of OpenLineage run events (spec 2-0-2): START and the end of each activity.

Facets of recorded events that the lineage graph does not represent are exported unchanged.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from registry_grpc.domain.document_budget import DocumentBudget
from registry_grpc.domain.lineage import (
    Code,
    Dataset,
    EdgeRole,
    Node,
    Run,
    Subgraph,
    VersionNode,
)
from registry_grpc.interchange.activity import Activity
from registry_grpc.interchange.openlineage_names import (
    DATASET_FACET,
    RUN_FACET,
    VERSIONS,
    name_of_uri,
    version_of_digest,
)

PRODUCER = "urn:modelregistry:registry-grpc"
_SPEC = "https://openlineage.io/spec"
_SCHEMA = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_VERSION = "DatasetVersionDatasetFacet"
_VERSION_FACET = f"{_SPEC}/facets/1-0-1/{_VERSION}.json#/$defs/{_VERSION}"
_CODE = "SourceCodeLocationJobFacet"
_CODE_FACET = f"{_SPEC}/facets/1-0-1/{_CODE}.json#/$defs/{_CODE}"
_OWN_FACETS = "urn:modelregistry:facets:1"
_LEAST_OF_AN_EVENT, _LEAST_OF_DATA = 300, 150
_ENDS = frozenset({"COMPLETE", "ABORT", "FAIL"})

Json = dict[str, object]
_Facets = dict[str, Json]


def openlineage_events(
    graph: Subgraph, happened: Sequence[Activity], budget: DocumentBudget
) -> Sequence[Json]:
    """Return the events of activities, in their order; raises DocumentTooLarge."""
    events = []
    for activity in happened:
        extra = _EventFacets(graph.events.get(activity.uid, ()))
        _take(budget, activity, extra)
        state = activity.facts.state
        # A run without a known end has the type OTHER.
        end = state if state in _ENDS else ("OTHER" if state else "COMPLETE")
        events.append(_event(activity, extra, "START", activity.start))
        events.append(_event(activity, extra, end, activity.end))
    return events


def _take(budget: DocumentBudget, activity: Activity, extra: "_EventFacets") -> None:
    """Count the characters of both events of an activity."""
    budget.take(2 * (_LEAST_OF_AN_EVENT + _length(extra.run) + _length(extra.job)))
    for node in (*(each.node for each in activity.used), *activity.made):
        budget.take(2 * (_LEAST_OF_DATA + extra.length(node)))


def _length(facets: _Facets) -> int:
    return len(json.dumps(facets, ensure_ascii=False)) if facets else 0


class _EventFacets:
    """The facets of a run's events; the last one with a name wins."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.run: _Facets = {}
        self.job: _Facets = {}
        self._data: dict[tuple[str, str], _Facets] = {}
        self._lengths: dict[tuple[str, str], int] = {}
        for text in texts:
            event = json.loads(text)
            self.run |= event["run"].get("facets") or {}
            self.job |= event["job"].get("facets") or {}
            for item in (*(event.get("inputs") or ()), *(event.get("outputs") or ())):
                facets = self._data.setdefault((item["namespace"], item["name"]), {})
                facets |= item.get("facets") or {}

    def data(self, namespace: str, name: str) -> _Facets:
        """Return the facets of a dataset."""
        return self._data.get((namespace, name), {})

    def length(self, node: Node) -> int:
        """Return the characters of the facets of a node; datasets of one name share them."""
        if not self._data or isinstance(node, VersionNode):
            return 0
        key = name_of_uri(cast("Dataset", node.thing).uri)
        if key not in self._lengths:
            self._lengths[key] = _length(self.data(*key))
        return self._lengths[key]


def _event(activity: Activity, extra: _EventFacets, kind: str, moment: datetime) -> Json:
    return {
        "eventType": kind,
        "eventTime": _time(moment),
        "producer": PRODUCER,
        "schemaURL": _SCHEMA,
        "run": {"runId": _run_id(activity), "facets": {**extra.run, **_run_facets(activity)}},
        "job": {**_job(activity), "facets": {**extra.job, **_code_facets(activity.code)}},
        "inputs": [_data(extra, each.node, each.role) for each in activity.used],
        "outputs": [_data(extra, node) for node in activity.made],
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _run_id(activity: Activity) -> str:
    return str(activity.uid) if _foreign_id(activity) else _own_id(activity)


def _own_id(activity: Activity) -> str:
    return str(activity.uid) if activity.run is None else cast("Run", activity.run.thing).id


def _foreign_id(activity: Activity) -> str:
    """Return the id of a run if it is not a UUID, which OpenLineage requires; else ''."""
    own = _own_id(activity)
    try:
        return "" if str(UUID(own)) == own.lower() else own
    except ValueError:
        return own


def _run_facets(activity: Activity) -> _Facets:
    foreign = _foreign_id(activity)
    return {RUN_FACET: _facet(_OWN_FACETS, id=foreign)} if foreign else {}


def _job(activity: Activity) -> Json:
    facts = activity.facts
    if facts.job_name:
        return {"namespace": facts.job_namespace, "name": facts.job_name}
    versions = [node for node in activity.made if isinstance(node, VersionNode)]
    name = str(versions[0].name.parent) if versions else "unknown"
    return {"namespace": VERSIONS, "name": name}


def _code_facets(code: Sequence[Code]) -> _Facets:
    if not code:
        return {}
    first = code[0]
    url = first.repository if "://" in first.repository else f"urn:git:{first.commit}"
    facet = _facet(_CODE_FACET, type="git", url=url, version=first.commit)
    if first.repository:
        facet["repoUrl"] = first.repository
    return {"sourceCodeLocation": facet}


def _data(extra: _EventFacets, node: Node, role: EdgeRole | None = None) -> Json:
    if isinstance(node, VersionNode):
        facets = {"version": _facet(_VERSION_FACET, datasetVersion=str(node.root_digest))}
        return {"namespace": VERSIONS, "name": str(node.name), "facets": facets}
    data = cast("Dataset", node.thing)
    namespace, name = name_of_uri(data.uri)
    facets = {**extra.data(namespace, name), DATASET_FACET: _exactly(data, role)}
    if data.digest:
        pin = version_of_digest(data.digest)
        facets["version"] = _facet(_VERSION_FACET, datasetVersion=pin)
    return {"namespace": namespace, "name": name, "facets": facets}


def _exactly(data: Dataset, role: EdgeRole | None) -> Json:
    facet = _facet(_OWN_FACETS, uri=data.uri)
    if data.digest:
        facet["digest"] = data.digest
    if role is not None:
        facet["role"] = role.value
    return facet


def _facet(schema: str, **fields: str) -> Json:
    return {"_producer": PRODUCER, "_schemaURL": schema, **fields}
