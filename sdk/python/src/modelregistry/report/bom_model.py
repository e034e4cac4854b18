"""The model in a bill of materials: the component with the model card."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from modelregistry.report.bom_parts import (
    Part,
    dataset_ref,
    file_part,
    parent_part,
    properties,
)
from modelregistry.report.origin import datasets, parents, shape
from modelregistry.report.wording import called, moment, number
from modelregistry.types import (
    Approval,
    Report,
    SliceMetric,
    TensorSpec,
    TransitionState,
    Version,
)

_ADDRESS: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://(?:[A-Za-z0-9._~-]+@)?[A-Za-z0-9.-]+(?::[0-9]+)?"
    r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?"
)
"""Repository addresses that are certainly URIs; `git@host:path` is not."""


def model_part(report: Report) -> Part:
    """Return the version as a component: files are its components, parents its ancestors."""
    version = report.version
    ancestors = [parent_part(name) for name in parents(report) if name != version.name]
    return {
        "type": "machine-learning-model",
        "bom-ref": version.name,
        "group": version.namespace,
        "name": version.model,
        "version": str(version.number),
        **_if("description", version.description),
        **_if("authors", [{"name": version.creator}] if version.creator else []),
        **_licence(version),
        **_if("pedigree", {"ancestors": ancestors} if ancestors else {}),
        **_repository(version),
        **_if("components", [file_part(version.name, file) for file in report.files]),
        "modelCard": _card(report),
        **properties(_facts(report)),
    }


def _if(field: str, value: object) -> Part:
    return {field: value} if value else {}


def _licence(version: Version) -> Part:
    """Return the licence, from the tag or label `license` or `licence`."""
    said: Mapping[str, str] = {**version.labels, **version.tags}
    name = said.get("license") or said.get("licence") or ""
    return _if("licenses", [{"license": {"name": name}}] if name else [])


def _repository(version: Version) -> Part:
    source = version.source
    if source is None or not _ADDRESS.fullmatch(source.repository):
        return {}
    reference = {"type": "vcs", "url": source.repository, **_if("comment", source.commit)}
    return {"externalReferences": [reference]}


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    version = report.version
    yield "uid", version.uid
    yield "root_digest", version.root_digest
    yield "stage", version.stage
    yield "state", called(version.state)
    yield from (("alias", alias) for alias in version.aliases)
    yield from (("label", f"{key}={version.labels[key]}") for key in sorted(version.labels))
    yield from (("tag", f"{key}={version.tags[key]}") for key in sorted(version.tags))
    if version.source is not None:
        yield "repository", version.source.repository
        yield "commit", version.source.commit
        yield "run_id", version.source.run_id
    if version.environment is not None:
        yield "platform", version.environment.platform
        yield "accelerator", version.environment.accelerator
    for transition in report.transitions:
        if transition.state == TransitionState.APPLIED:
            yield from (("approval", _approval(each)) for each in transition.approvals)


def _approval(approval: Approval) -> str:
    said = "approved" if approval.approved else "rejected"
    purpose = f" for {approval.requirement}" if approval.requirement else ""
    return f"{said} by {approval.actor} ({approval.role}){purpose}, {moment(approval.create_time)}"


def _card(report: Report) -> Part:
    version, signature = report.version, report.version.signature
    refs = dict.fromkeys(dataset_ref(data) for _, data in datasets(report))
    sides = (signature.inputs, signature.outputs) if signature else ((), ())
    parameters = {
        **_if("datasets", [{"ref": ref} for ref in refs]),
        **_if("inputs", list(map(_tensor, sides[0]))),
        **_if("outputs", list(map(_tensor, sides[1]))),
    }
    measured = list(_measured(report))
    named = [(f"param:{name}", version.params[name]) for name in sorted(version.params)]
    return {
        **_if("modelParameters", parameters),
        **_if("quantitativeAnalysis", {"performanceMetrics": measured} if measured else {}),
        **properties(named),
    }


def _tensor(tensor: TensorSpec) -> Part:
    return {"format": " ".join(part for part in (tensor.name, tensor.dtype, shape(tensor)) if part)}


def _measured(report: Report) -> Iterator[Part]:
    """Yield the metrics of the registration, then of each evaluation, whose id is in the slice."""
    version = report.version
    yield from _metrics(version.metrics, version.slices, "")
    for evaluation in report.evaluations:
        where = f"evaluation={evaluation.id}"
        yield from _metrics(evaluation.metrics, evaluation.slices, where)


def _metrics(
    metrics: Mapping[str, float], slices: Iterable[SliceMetric], where: str
) -> Iterator[Part]:
    for name in sorted(metrics):
        yield {"type": name, "value": number(metrics[name]), **_if("slice", where)}
    for part in sorted(slices, key=lambda each: (each.metric, each.dimension, each.value)):
        named = _joined([where, f"{part.dimension}={part.value}", f"n={part.count}"])
        yield {
            "type": part.metric,
            "value": number(part.result),
            "slice": named,
            **_confidence(part),
        }


def _joined(parts: Sequence[str]) -> str:
    return ", ".join(part for part in parts if part)


def _confidence(part: SliceMetric) -> Part:
    known = part.interval
    if known is None:
        return {}
    bounds = {"lowerBound": number(known.low), "upperBound": number(known.high)}
    return {"confidenceInterval": bounds}
