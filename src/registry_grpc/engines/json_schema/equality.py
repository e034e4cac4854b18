"""Equality of JSON values: true is not 1, 1 is 1.0, and the order of names does not matter."""

from registry_grpc.domain.work import Work

_CHARACTERS_PER_UNIT = 1_000


def equal(left: object, right: object, work: Work) -> bool:
    """Return whether two JSON values are equal. Comparisons count as work."""
    work.take(0.8)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            equal(left[key], right[key], work) for key in left
        )
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(
            equal(one, other, work) for one, other in zip(left, right, strict=True)
        )
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left == right


def frozen(value: object, work: Work) -> object:
    """Return a hashable value that is equal for equal JSON values. It counts as work."""
    work.take(2)
    if isinstance(value, dict):
        return frozenset((key, frozen(item, work)) for key, item in value.items())
    if isinstance(value, list):
        return tuple(frozen(item, work) for item in value)
    if isinstance(value, str):
        work.take(len(value) / _CHARACTERS_PER_UNIT)
    return (bool, value) if isinstance(value, bool) else value
