"""Routes as GrowthBook features, with the exact slots."""

from modelregistry.route_export.parts import SLOTS, document, overridden, require_usable, runs
from modelregistry.types import Route

_COMMENT = (
    "GrowthBook hashes UTF-16 code units and the registry UTF-8 bytes: units with characters other "
    "than ASCII may get another arm. Shadow arms are left out. The attribute `id` is the unit."
)


def to_growthbook(route: Route) -> str:
    """Return the JSON of a feature: hash version 2, with a range for each run of slots."""
    require_usable(route)
    versions = {arm.id: arm.version_ref for arm in route.arms}
    rules: list[object] = [
        {"condition": {"id": {"$in": list(units)}}, "force": versions[arm]}
        for arm, units in overridden(route).items()
    ]
    found = runs(route)
    rules.append(
        {
            "key": route.id,
            "seed": route.salt,
            "hashAttribute": "id",
            "hashVersion": 2,
            "variations": [versions[arm] for arm, _, _ in found],
            "ranges": [[start / SLOTS, end / SLOTS] for _, start, end in found],
            "meta": [{"key": str(index), "name": arm} for index, (arm, _, _) in enumerate(found)],
        }
    )
    feature = {"defaultValue": versions[route.default_arm], "rules": rules}
    return document({"comment": _COMMENT, "features": {route.id: feature}})
