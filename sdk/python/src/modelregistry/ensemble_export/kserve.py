"""Ensembles as inference graphs of KServe."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from modelregistry.ensemble_export.parts import ensemble_of, levels_of
from modelregistry.names import segment
from modelregistry.route_export.parts import dns_label, quoted, service_of
from modelregistry.types import EnsembleMember, RouteArm, Signature, Version

_COMMENT: Final = """\
# {ref} as an InferenceGraph of KServe (serving.kserve.io/v1alpha1). Members are services, called by
# model and number.
# Lost: the graph passes whole requests and replies on. Names of inputs and outputs, the edges
# beyond their order, and the combiner {combiner} are left to the services.
"""


def to_kserve(version: Version, _signatures: Mapping[str, Signature | None]) -> str:
    """Return the YAML of an InferenceGraph: members without edges between them run at once.

    A soft member is a step with the dependency Soft. Raises NotExportable for a version without
    members.
    """
    ensemble = ensemble_of(version)
    levels = levels_of(ensemble)
    name = dns_label(f"{segment(version.name, 'models')}-{version.number}")
    combiner = ascii(ensemble.combiner)
    lines = [
        _COMMENT.format(ref=ascii(version.ref)[1:-1], combiner=combiner).rstrip(),
        "apiVersion: serving.kserve.io/v1alpha1",
        "kind: InferenceGraph",
        "metadata:",
        f"  name: {name}",
        "spec:",
        "  nodes:",
    ]
    if len(levels) == 1:
        lines += _node("root", levels[0])
    else:
        lines += ["    root:", "      routerType: Sequence", "      steps:"]
        for number in range(len(levels)):
            lines.append(f"        - nodeName: level-{number + 1}")
            lines.append(f"          data: {'$response' if number else '$request'}")
        for number, members in enumerate(levels, 1):
            lines += _node(f"level-{number}", members)
    return "\n".join(lines)


def _node(name: str, members: Sequence[EnsembleMember]) -> Iterator[str]:
    yield f"    {name}:"
    yield "      routerType: Ensemble"
    yield "      steps:"
    for member in members:
        arm = RouteArm(id=member.role, version=member.version)
        yield f"        - serviceName: {quoted(service_of(arm))}"
        yield f"          name: {quoted(member.role)}"
        yield f"          dependency: {'Soft' if member.soft else 'Hard'}"
