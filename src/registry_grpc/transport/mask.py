"""Update masks (AIP-134, AIP-161)."""

from collections.abc import Collection, Mapping, Sequence

from google.protobuf.field_mask_pb2 import FieldMask

from registry_grpc.domain.map_patch import UNCHANGED, MapPatch
from registry_grpc.domain.violations import Violations

_ALL = ["*"]


def masked(
    mask: FieldMask,
    values: Mapping[str, object],
    output_only: Collection[str],
    found: Violations,
    maps: Sequence[str] = (),
) -> dict[str, object]:
    """Return those of `values` that the mask selects.

    Without a mask those that are not empty; `*` selects all. Output-only paths are ignored, other
    unknown ones noted. maps: names of maps, whose paths are read by `map_patch`.
    """
    if not mask.paths:
        # 0 is a value where nothing would be None.
        return {name: value for name, value in values.items() if value or value == 0}
    if list(mask.paths) == _ALL:
        return dict(values)
    known = {*values, *maps}
    for path in mask.paths:
        name, dot, _ = path.partition(".")
        of_map = bool(dot) and name in maps
        if path not in known and path not in output_only and not of_map:
            found.add(
                "update_mask", f"unknown path {path[:80]!r}; there are {', '.join(sorted(known))}"
            )
    return {name: value for name, value in values.items() if name in mask.paths}


def map_patch(
    mask: FieldMask,
    name: str,
    pairs: Mapping[str, str],
    found: Violations,
    *,
    clears: bool = False,
) -> MapPatch:
    """Return the change of the map `name` that a mask with its name, `*` or `{name}.{key}` means.

    The key is all that follows the first dot. Without a mask, pairs replace all others, and no
    pairs change nothing unless it `clears`.
    """
    if not mask.paths:
        return MapPatch(dict(pairs)) if pairs or clears else UNCHANGED
    start = f"{name}."
    keys = [path.removeprefix(start) for path in mask.paths if path.startswith(start)]
    if "" in keys:
        found.add("update_mask", f"'{start}' needs a key: {start}team")
    if list(mask.paths) == _ALL or name in mask.paths:
        return MapPatch(dict(pairs))
    chosen = {key: pairs[key] for key in keys if key in pairs}
    removed = frozenset(key for key in keys if key not in pairs)
    return MapPatch(chosen, replace_all=False, removed=removed)
