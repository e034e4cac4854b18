"""Random names of every kind, from the segments that the contract allows."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, get_type_hints
from unicodedata import normalize

from hypothesis import strategies as st

from registry_grpc.domain import names
from registry_grpc.domain.ids import LATEST, alias_id, model_id
from registry_grpc.domain.resource_name import ResourceName

_LETTERS: Final = st.characters(categories=["Lu", "Ll", "Lo", "Lm", "Mn", "Nd"])


def _is(parser: Callable[[str], object], text: str) -> bool:
    try:
        parser(text)
    except ValueError:
        return False
    return True


MODEL_IDS: Final = (
    st.from_regex(r"[A-Za-z0-9._+()-]([A-Za-z0-9 ._+()-]{0,254}[A-Za-z0-9._+()-])?", fullmatch=True)
    | st.text(_LETTERS | st.sampled_from(" ._-+()"), min_size=1, max_size=60).map(
        lambda text: normalize("NFC", text).strip()
    )
).filter(partial(_is, model_id))
ALIAS_IDS: Final = (
    st.from_regex(r"[A-Za-z0-9._-]{1,255}", fullmatch=True)
    | st.text(_LETTERS, min_size=1, max_size=60).map(partial(normalize, "NFC"))
).filter(lambda text: _is(alias_id, text) and text != LATEST)
_SEGMENTS: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "namespace": st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True),
    "model": MODEL_IDS,
    "number": st.integers(1, 10**18 - 1),
    "alias": ALIAS_IDS,
    "route": ALIAS_IDS,
    "policy": st.from_regex(r"[a-z][a-z0-9._-]{0,62}", fullmatch=True),
    "monitor": st.from_regex(r"[a-z][a-z0-9._-]{0,62}", fullmatch=True),
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
