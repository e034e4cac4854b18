"""The selection of changes for a watch or a list."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from registry_grpc.domain.labels import check_text
from registry_grpc.domain.names import ModelName, NamespaceName
from registry_grpc.domain.violations import Violations

MOST_NAMES = 1_000
MAX_PREFIX_BYTES = 512
_ALL = "namespaces/-"
_MODEL_PARTS = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter: one namespace or all (None); with models or prefixes, resources that match either.

    models: canonical names; each selects the model, its versions and its aliases, and the
    transitions that move its versions. prefixes: of canonical names.
    """

    namespace: str | None = None
    models: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()

    def matches(self, name: str, moved: Collection[str] = ()) -> bool:
        """Whether the filter selects the resource with this canonical name.

        moved: the models whose versions it moves.
        """
        if self.namespace is not None and namespace_of(name) != self.namespace:
            return False
        if not self.models and not self.prefixes:
            return True
        of_model = model_of(name) in self.models or not self.models.isdisjoint(moved)
        return of_model or name.startswith(self.prefixes)

    def reaches(self, model: str) -> bool:
        """Whether the filter can select the model with this canonical name or a part of it."""
        inside = f"{model}/"
        return self.matches(model) or (
            self.namespace in {None, namespace_of(model)}
            and any(inside.startswith(p) or p.startswith(inside) for p in self.prefixes)
        )

    @property
    def only_model(self) -> str | None:
        """The model to which all selected resources belong, if there is exactly one."""
        if len(self.models) == 1 and not self.prefixes:
            return next(iter(self.models))
        if len(self.prefixes) == 1 and not self.models:
            model = model_of(self.prefixes[0])
            return model if self.prefixes[0].startswith(f"{model}/") else None
        return None


EVERYTHING = Wanted()


def namespace_of(name: str) -> str:
    """Return the second part of a canonical name: every name starts with its namespace."""
    return name.split("/", 2)[1]


def wanted_from(
    found: Violations, parent: str, models: Sequence[str], prefixes: Sequence[str]
) -> Wanted:
    """Return the filter from the fields of a request; add every violation to `found`.

    A name outside `parent`, which could never match, is a violation too.
    """
    if len(models) + len(prefixes) > MOST_NAMES:
        found.add("models", f"at most {MOST_NAMES:,} together with name_prefixes")
        return EVERYTHING
    namespace = None
    if parent != _ALL and (parsed := found.parse("parent", NamespaceName.parse, parent)):
        namespace = parsed.namespace
    for index, model in enumerate(models):
        _check_model(found, f"models[{index}]", namespace, model)
    for index, prefix in enumerate(prefixes):
        _check_prefix(found, f"name_prefixes[{index}]", namespace, prefix)
    return Wanted(namespace, frozenset(models), tuple(dict.fromkeys(prefixes)))


def _check_model(found: Violations, field: str, namespace: str | None, text: str) -> None:
    name = found.parse(field, ModelName.parse, text)
    if name is not None and namespace is not None:
        inside = name.namespace == namespace
        found.check(field, inside, f"is not in {NamespaceName(namespace)}")


def _check_prefix(found: Violations, field: str, namespace: str | None, text: str) -> None:
    outer = "namespaces" if namespace is None else str(NamespaceName(namespace))
    found.check(field, f"{text}/".startswith(f"{outer}/"), f"must begin with {outer}/")
    check_text(found, field, text, MAX_PREFIX_BYTES)


def model_of(name: str) -> str:
    """Return the name of the model that a resource belongs to, or else the given name."""
    return "/".join(name.split("/", _MODEL_PARTS)[:_MODEL_PARTS])
