"""Scopes: the parts of a registry in which a principal may have a permission."""

from dataclasses import dataclass

from registry_grpc.domain.ids import model_id, namespace_id
from registry_grpc.domain.reference import Reference


@dataclass(frozen=True, slots=True)
class Scope:
    """A model; a namespace, where `model` is ''; the whole registry, where `namespace` is ''."""

    namespace: str = ""
    model: str = ""


REGISTRY = Scope()


def scope_of_name(text: str) -> Scope:
    """Return the scope of a resource by its canonical name; raise ValueError for another text.

    A resource of a model has the scope of the model. The rest of the name is not checked.
    """
    match text.split("/", 4):
        case ["namespaces", namespace, "models", "-"]:
            return Scope(namespace_id(namespace))  # all models
        case ["namespaces", namespace, "models", model, *_]:
            return Scope(namespace_id(namespace), model_id(model))
        case ["namespaces", namespace, *_]:
            return Scope(namespace_id(namespace))
        case _:
            message = f"is no canonical name: {text[:200]!r}"
            raise ValueError(message)


def scope_of_reference(text: str) -> Scope:
    """Return the scope of a reference, or of a canonical name; raise ValueError otherwise."""
    try:
        model = Reference.parse(text).model
    except ValueError:
        return scope_of_name(text)
    return Scope(model.namespace, model.model)
