"""Random names of every kind, from the segments that the contract allows."""

from collections.abc import Mapping
from typing import Any, Final, get_type_hints

from hypothesis import strategies as st

from registry_grpc.domain import names
from registry_grpc.domain.resource_name import ResourceName

_SEGMENTS: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "namespace": st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True),
    "model": st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?", fullmatch=True),
    "number": st.integers(1, 10**18 - 1),
    "alias": st.from_regex(r"[a-z][a-z0-9._-]{0,62}", fullmatch=True),
    "policy": st.from_regex(r"[a-z][a-z0-9._-]{0,62}", fullmatch=True),
    "collection": st.sampled_from(("datasets", "runs", "code", "approvers", "records")),
    "uuid": st.uuids(),
}
KINDS: Final = tuple(
    kind
    for kind in vars(names).values()
    if isinstance(kind, type) and issubclass(kind, ResourceName) and kind is not ResourceName
)


def built(kind: type[ResourceName]) -> st.SearchStrategy[ResourceName]:
    """Return names of a kind, built from its fields."""
    fields = (field for field in get_type_hints(kind) if field != "PATTERN")
    return st.builds(kind, *(_SEGMENTS[field] for field in fields))
