"""Routes as splitters of KServe."""

from modelregistry.names import segment
from modelregistry.route_export.parts import (
    dns_label,
    percentages,
    quoted,
    require_usable,
    service_of,
    serving,
)
from modelregistry.types import Route

_COMMENT = """\
# {ref} as an InferenceGraph of KServe (serving.kserve.io/v1alpha1).
# Lost: KServe's splitter draws an arm for each request, so one unit gets several arms. Weights are
# whole percentages. Overrides, shadow arms and the default arm are left out.
"""


def to_kserve(route: Route) -> str:
    """Return the YAML of an InferenceGraph with one step for each arm."""
    require_usable(route)
    arms = serving(route)
    name = dns_label(f"{segment(route.name, 'models')}-{route.id}")
    lines = [
        _COMMENT.format(ref=ascii(route.ref)[1:-1]).rstrip(),
        "apiVersion: serving.kserve.io/v1alpha1",
        "kind: InferenceGraph",
        "metadata:",
        f"  name: {name}",
        "spec:",
        "  nodes:",
        "    root:",
        "      routerType: Splitter",
        "      steps:",
    ]
    for arm, weight in zip(arms, percentages(arms), strict=True):
        if weight:
            lines.append(f"        - serviceName: {quoted(service_of(arm))}")
            lines.append(f"          name: {quoted(arm.id)}")
            lines.append(f"          weight: {weight}")
    return "\n".join(lines)
