"""Routes as virtual services of Istio."""

from modelregistry.names import segment
from modelregistry.route_export.parts import (
    dns_label,
    quoted,
    require_usable,
    service_of,
    serving,
    shadows,
)
from modelregistry.types import Route

_COMMENT = """\
# {ref} as a VirtualService of Istio (networking.istio.io/v1).
# Lost: Istio draws a destination for each request, so one unit gets several arms. Overrides and
# the default arm are left out. Shadow arms are mirrors. Each host is the service of a version.
"""


def to_istio(route: Route) -> str:
    """Return the YAML of a VirtualService with weighted destinations and mirrors."""
    require_usable(route)
    name = dns_label(f"{segment(route.name, 'models')}-{route.id}")
    lines = [
        _COMMENT.format(ref=ascii(route.ref)[1:-1]).rstrip(),
        "apiVersion: networking.istio.io/v1",
        "kind: VirtualService",
        "metadata:",
        f"  name: {name}",
        "spec:",
        "  hosts:",
        f"    - {quoted(name)}",
        "  http:",
        "    - route:",
    ]
    for arm in serving(route):
        if arm.weight:
            lines.append("        - destination:")
            lines.append(f"            host: {quoted(service_of(arm))}")
            lines.append(f"          weight: {arm.weight}")
    mirrors = shadows(route)
    if mirrors:
        lines.append("      mirrors:")
    for arm in mirrors:
        lines.append("        - destination:")
        lines.append(f"            host: {quoted(service_of(arm))}")
        lines.append("          percentage:")
        lines.append(f"            value: {arm.weight / 100:g}")
    return "\n".join(lines)
