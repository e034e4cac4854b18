"""Lineage as OpenLineage run events (spec 2-0-2): START and the end of each activity.

What events told of runs and data sets that the graph has no place for goes out as it came in.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from registry_grpc.domain.document_room import DocumentRoom
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
    graph: Subgraph, happened: Sequence[Activity], room: DocumentRoom
) -> Sequence[Json]:
    """Return the events of activities, in their order; raises DocumentTooLarge."""
    events = []
    for activity in happened:
        told = _Told(graph.events.get(activity.uid, ()))
        _take(room, activity, told)
        state = activity.facts.state
        # A run that is not known to have ended, and made nothing yet, has no end to tell of.
        end = state if state in _ENDS else ("OTHER" if state else "COMPLETE")
        events.append(_event(activity, told, "START", activity.start))
        events.append(_event(activity, told, end, activity.end))
    return events


def _take(room: DocumentRoom, activity: Activity, told: "_Told") -> None:
    """Count what both events of an activity will have."""
    room.take(2 * (_LEAST_OF_AN_EVENT + _length(told.run) + _length(told.job)))
    for node in (*(each.node for each in activity.used), *activity.made):
        room.take(2 * (_LEAST_OF_DATA + told.length(node)))


def _length(facets: _Facets) -> int:
    return len(json.dumps(facets, ensure_ascii=False)) if facets else 0


class _Told:
    """The facets of a run's events; of facets with one name the last one counts."""

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
        """Return the facets of a data set."""
        return self._data.get((namespace, name), {})

    def length(self, node: Node) -> int:
        """Return the characters of the facets of a node: data sets of one name share them."""
        if not self._data or isinstance(node, VersionNode):
            return 0
        key = name_of_uri(cast("Dataset", node.thing).uri)
        if key not in self._lengths:
            self._lengths[key] = _length(self.data(*key))
        return self._lengths[key]


def _event(activity: Activity, told: _Told, kind: str, moment: datetime) -> Json:
    return {
        "eventType": kind,
        "eventTime": _time(moment),
        "producer": PRODUCER,
        "schemaURL": _SCHEMA,
        "run": {"runId": _run_id(activity), "facets": {**told.run, **_run_facets(activity)}},
        "job": {**_job(activity), "facets": {**told.job, **_code_facets(activity.code)}},
        "inputs": [_data(told, each.node, each.role) for each in activity.used],
        "outputs": [_data(told, node) for node in activity.made],
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _run_id(activity: Activity) -> str:
    return str(activity.uid) if _foreign_id(activity) else _own_id(activity)


def _own_id(activity: Activity) -> str:
    return str(activity.uid) if activity.run is None else cast("Run", activity.run.thing).id


def _foreign_id(activity: Activity) -> str:
    """Return the id of a run that is no UUID, which OpenLineage demands; '' when it is one."""
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


def _data(told: _Told, node: Node, role: EdgeRole | None = None) -> Json:
    if isinstance(node, VersionNode):
        facets = {"version": _facet(_VERSION_FACET, datasetVersion=str(node.root_digest))}
        return {"namespace": VERSIONS, "name": str(node.name), "facets": facets}
    data = cast("Dataset", node.thing)
    namespace, name = name_of_uri(data.uri)
    facets = {**told.data(namespace, name), DATASET_FACET: _exactly(data, role)}
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
