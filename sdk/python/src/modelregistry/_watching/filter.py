"""Which changes a watch or a list of changes returns."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from modelregistry import names

EVERYWHERE: Final = "namespaces/-"
_WITHIN_NAMESPACE: Final = 3
"""A name with this many parts lies in one namespace: `namespaces/risk/…`."""


@dataclass(frozen=True, slots=True)
class Filter:
    """The fields of a request that select changes, as full names."""

    parent: str
    models: tuple[str, ...]
    prefixes: tuple[str, ...]


def completed(
    namespace: str | None, models: Iterable[str], prefixes: Iterable[str], own_namespace: str
) -> Filter:
    """Return the filter with its names completed.

    `-` as the namespace is all of them. Without a `namespace` the parent is the namespace of the
    names if they share one, and all namespaces if not: a registry rejects names outside the parent.
    """
    home = own_namespace if namespace in {None, "-", EVERYWHERE} else namespace or own_namespace
    home = home.removeprefix("namespaces/")
    whole_models = tuple(names.model_name(model, home) for model in models)
    whole_prefixes = tuple(
        prefix if prefix.startswith("namespaces/") else names.model_name(prefix, home)
        for prefix in prefixes
    )
    if namespace is not None:
        return Filter(names.namespace_name(namespace), whole_models, whole_prefixes)
    return Filter(parent_of((*whole_models, *whole_prefixes), home), whole_models, whole_prefixes)


def parent_of(full_names: Iterable[str], own_namespace: str) -> str:
    """Return the narrowest parent that contains all resources that these names begin."""
    parents = {_parent(name) for name in full_names} or {names.namespace_name(own_namespace)}
    return parents.pop() if len(parents) == 1 else EVERYWHERE


def _parent(name: str) -> str:
    parts = name.split("/")
    return "/".join(parts[:2]) if len(parts) >= _WITHIN_NAMESPACE else EVERYWHERE
