"""Lineage as W3C PROV-JSON (member submission of 24 April 2013).

Versions, datasets and code are entities; runs, the production of versions without a run, and
approvals are activities; principals are agents. All names have one prefix.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from registry_grpc.domain.document_budget import DocumentBudget
from registry_grpc.domain.lineage import (
    Approver,
    Code,
    Dataset,
    EdgeRole,
    Node,
    Run,
    Subgraph,
    ThingNode,
    VersionNode,
    name_of,
)
from registry_grpc.interchange.activity import Activity

_LEAST_OF_A_RECORD = 80
_PREFIX, _SPACE = "mr", "urn:modelregistry:"

Json = dict[str, object]


def prov_document(graph: Subgraph, happened: Sequence[Activity], budget: DocumentBudget) -> Json:
    """Return the document; raises DocumentTooLarge."""
    made = _Document(budget)
    for uid in sorted(graph.nodes):
        made.node(graph.nodes[uid])
    for activity in happened:
        made.activity(activity)
    for edge in graph.edges:
        source, target = graph.nodes.get(edge.source), graph.nodes.get(edge.target)
        if source is not None and target is not None:
            made.edge(source, edge.role, target, edge.time)
    return made.written()


class _Document:
    def __init__(self, budget: DocumentBudget) -> None:
        self._budget = budget
        self._records: dict[str, dict[str, Json]] = {}

    def written(self) -> Json:
        return {"prefix": {_PREFIX: _SPACE}, **self._records}

    def node(self, node: Node) -> None:
        match node:
            case VersionNode():
                attributes: Json = {
                    "prov:type": _name("ModelVersion"),
                    "prov:label": str(node.name),
                    "mr:digest": str(node.root_digest),
                    "mr:stage": node.stage,
                    "mr:state": node.state.value,
                }
                self._add("entity", _of(node), attributes)
                if node.creator:
                    self._agent(node.creator)
                    self._relate(
                        "wasAttributedTo",
                        {"prov:entity": _of(node), "prov:agent": _agent_name(node.creator)},
                    )
            case ThingNode(thing=Dataset(uri, digest)):
                attributes = {"prov:type": _name("Dataset"), "prov:location": uri}
                attributes |= {"mr:digest": digest} if digest else {"mr:pinned": False}
                self._add("entity", _of(node), attributes)
            case ThingNode(thing=Code(repository, commit)):
                attributes = {"prov:type": _name("Code"), "mr:commit": commit}
                attributes |= {"prov:location": repository} if repository else {}
                self._add("entity", _of(node), attributes)
            case ThingNode(thing=Approver(principal)):
                self._agent(principal)

    def activity(self, activity: Activity) -> None:
        name = _activity_name(activity)
        attributes: Json = {
            "prov:startTime": _time(activity.start),
            "prov:endTime": _time(activity.end),
            "prov:type": _name("Run" if activity.run else "Making"),
        }
        if activity.run is not None and isinstance(activity.run.thing, Run):
            attributes["mr:runId"] = activity.run.thing.id
        if activity.facts.job_name:
            attributes["prov:label"] = f"{activity.facts.job_namespace}/{activity.facts.job_name}"
        if activity.facts.state:
            attributes["mr:state"] = activity.facts.state
        self._add("activity", name, attributes)
        for used in activity.used:
            self._relate(
                "used",
                {
                    "prov:activity": name,
                    "prov:entity": _of(used.node),
                    "prov:role": _name(used.role.value),
                },
            )
        for node in activity.made:
            when = node.create_time if isinstance(node, VersionNode) else activity.end
            self._relate(
                "wasGeneratedBy",
                {"prov:entity": _of(node), "prov:activity": name, "prov:time": _time(when)},
            )
        self._association(activity, name)

    def _association(self, activity: Activity, name: str) -> None:
        agents = sorted(
            {n.creator for n in activity.made if isinstance(n, VersionNode) and n.creator}
        )
        namespaces = {node.name.namespace for node in activity.made}
        plans = [
            _of(ThingNode(name_of(space, code), code))
            for space in sorted(namespaces)
            for code in activity.code
        ]
        for agent in agents:
            for plan in plans or [""]:
                attributes: Json = {"prov:activity": name, "prov:agent": _agent_name(agent)}
                self._relate(
                    "wasAssociatedWith", attributes | ({"prov:plan": plan} if plan else {})
                )

    def edge(self, source: Node, role: EdgeRole, target: Node, time: datetime) -> None:
        match role:
            case EdgeRole.DERIVED_FROM if not _is_run(source):
                self._relate(
                    "wasDerivedFrom",
                    {"prov:generatedEntity": _of(source), "prov:usedEntity": _of(target)},
                )
            case EdgeRole.MEMBER_OF:
                self._relate(
                    "hadMember", {"prov:collection": _of(target), "prov:entity": _of(source)}
                )
            case EdgeRole.APPROVED_BY if isinstance(target, ThingNode):
                self._approval(source, target, time)
            case _:
                return  # attributes by the activities

    def _approval(self, version: Node, approver: ThingNode, time: datetime) -> None:
        name = f"{_PREFIX}:approvals/{version.uid}/{approver.uid}"
        attributes: Json = {"prov:type": _name("Approval"), "prov:startTime": _time(time)}
        self._add("activity", name, attributes | {"prov:endTime": _time(time)})
        self._relate("used", {"prov:activity": name, "prov:entity": _of(version)})
        self._relate("wasAssociatedWith", {"prov:activity": name, "prov:agent": _of(approver)})

    def _agent(self, principal: str) -> None:
        attributes: Json = {"prov:type": _name("Principal"), "prov:label": principal}
        self._add("agent", _agent_name(principal), attributes)

    def _add(self, kind: str, name: str, attributes: Json) -> None:
        self._budget.take(_LEAST_OF_A_RECORD)
        self._records.setdefault(kind, {})[name] = attributes

    def _relate(self, kind: str, attributes: Json) -> None:
        self._budget.take(_LEAST_OF_A_RECORD)
        records = self._records.setdefault(kind, {})
        records[f"_:{kind}{len(records) + 1}"] = attributes


def _is_run(node: Node) -> bool:
    return isinstance(node, ThingNode) and isinstance(node.thing, Run)


def _of(node: Node) -> str:
    """Return the qualified name of a node."""
    if isinstance(node, ThingNode) and isinstance(node.thing, Approver):
        return _agent_name(node.thing.principal)
    # The local part of a qualified name, and so of a URI, has no spaces and parentheses.
    return f"{_PREFIX}:{quote(str(node.name), safe='/')}"


def _activity_name(activity: Activity) -> str:
    if activity.run is not None:
        return _of(activity.run)
    return f"{_PREFIX}:making/{activity.uid}"


def _agent_name(principal: str) -> str:
    return f"{_PREFIX}:principals/{quote(principal, safe='')}"


def _name(local: str) -> Json:
    return {"$": f"{_PREFIX}:{local}", "type": "prov:QUALIFIED_NAME"}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
