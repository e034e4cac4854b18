"""Routes as flags of flagd, the daemon of OpenFeature."""

from modelregistry.route_export.parts import document, overridden, require_usable, serving
from modelregistry.types import Route

_COMMENT = (
    "flagd hashes with MurmurHash3 and divides by cumulative weights: units get other arms than in "
    "the registry, and a change of weights moves more units than it has to. Shadow arms are left "
    "out."
)


def to_flagd(route: Route) -> str:
    """Return the JSON of a flag with a variant for each arm; `targetingKey` is the unit."""
    require_usable(route)
    key = {"cat": [route.salt, {"var": "targetingKey"}]}
    arms = serving(route)
    fractions = [[arm.id, arm.weight] for arm in arms if arm.weight]
    targeting: object = {"fractional": [key, *fractions]}
    for arm, units in reversed(list(overridden(route).items())):
        targeting = {"if": [{"in": [{"var": "targetingKey"}, list(units)]}, arm, targeting]}
    without_unit = {"!": [{"var": "targetingKey"}]}
    targeting = {"if": [without_unit, route.default_arm, targeting]}
    flag = {
        "state": "ENABLED",
        "variants": {arm.id: arm.version_ref for arm in route.arms},
        "defaultVariant": route.default_arm,
        "targeting": targeting,
        "metadata": {"comment": _COMMENT},
    }
    schema = "https://flagd.dev/schema/v0/flags.json"
    return document({"$schema": schema, "flags": {route.id: flag}})
