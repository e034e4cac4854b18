"""Update masks (AIP-134, AIP-161)."""

from collections.abc import Collection, Mapping

from google.protobuf.field_mask_pb2 import FieldMask

from registry_grpc.domain.labels_patch import LabelsPatch
from registry_grpc.domain.violations import Violations

_LABEL = "labels."


def masked(
    mask: FieldMask,
    values: Mapping[str, object],
    output_only: Collection[str],
    found: Violations,
) -> dict[str, object]:
    """Return those of `values` that the mask selects.

    Without a mask those that are not empty; `*` selects all. Output-only paths are ignored, other
    unknown ones noted.
    """
    if not mask.paths:
        # 0 is a value where nothing would be None.
        return {name: value for name, value in values.items() if value or value == 0}
    if list(mask.paths) == ["*"]:
        return dict(values)
    for path in mask.paths:
        if path not in values and path not in output_only:
            known = ", ".join(sorted(values))
            found.add("update_mask", f"unknown path {path[:80]!r}; there are {known}")
    return {name: value for name, value in values.items() if name in mask.paths}


def labels_patch(
    mask: FieldMask,
    labels: Mapping[str, str],
    output_only: Collection[str],
    found: Violations,
) -> LabelsPatch:
    """Return the change of labels that a mask of `labels`, `*` or `labels.{key}` describes."""
    keys = [path.removeprefix(_LABEL) for path in mask.paths if path.startswith(_LABEL)]
    if "" in keys:
        found.add("update_mask", "'labels.' needs a key: labels.team")
    others = FieldMask(paths=[path for path in mask.paths if not path.startswith(_LABEL)])
    # Without other paths `masked` would take the mask for none at all.
    whole = others.paths and masked(others, {"labels": dict(labels)}, output_only, found)
    if not mask.paths or whole:
        return LabelsPatch(dict(labels))
    chosen = {key: labels[key] for key in keys if key in labels}
    removed = frozenset(key for key in keys if key not in labels)
    return LabelsPatch(chosen, replace_all=False, removed=removed)
