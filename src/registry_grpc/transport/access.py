"""The access that the contract requires: permissions, and the resources of requests."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from modelregistry.v1 import access_pb2
from registry_grpc.domain.principal import Permission
from registry_grpc.domain.reference import ByName, ByNumber, Reference
from registry_grpc.domain.scope import REGISTRY, Scope, scope_of_name, scope_of_reference

_PERMISSIONS = {
    access_pb2.PERMISSION_READ: Permission.READ,
    access_pb2.PERMISSION_WRITE: Permission.WRITE,
    access_pb2.PERMISSION_APPROVE: Permission.APPROVE,
    access_pb2.PERMISSION_ADMIN: Permission.ADMIN,
    access_pb2.PERMISSION_REPORT: Permission.REPORT,
}
_FIELD = re.compile(r"\{([a-z_.]+)\}")
_SIBLING = re.compile(rf"{_FIELD.pattern}/\.\./{_FIELD.pattern}")
Texts = Callable[[Message], Sequence[str]]
# Lookups of routes are many, differ in their unit, and name few references.
_SHORT = 600
_scope_of_short = lru_cache(maxsize=4_096)(scope_of_reference)


class UndeclaredError(Exception):
    """The contract declares no permission for a method, or a resource that requests do not have."""


@dataclass(frozen=True, slots=True)
class Access:
    """A permission, and the texts of a request with the resources that require it.

    texts: none if the method is about the whole registry. is_reference: whether they are
    references, or canonical names.
    """

    permission: Permission
    texts: Texts = lambda _: ()
    is_reference: bool = False

    def scopes(self, request: Message) -> Iterator[Scope]:
        """Yield the scope of each named resource; the registry for an invalid name."""
        for text in filter(None, self.texts(request)):
            try:
                if not self.is_reference:
                    yield scope_of_name(text)
                elif len(text) <= _SHORT:
                    yield _scope_of_short(text)
                else:
                    yield scope_of_reference(text)
            except ValueError:
                yield REGISTRY

    def name(self, request: Message) -> str:
        """Return the first named resource, by canonical name if it has one, '' for none."""
        text = next(iter(self.texts(request)), "")
        return _canonical(text) if self.is_reference else text


def accesses_of(method: MethodDescriptor) -> tuple[Access, ...]:
    """Return the required access, at least one; raises UndeclaredError."""
    declared = method.GetOptions().Extensions[access_pb2.access]
    if not declared:
        message = f"{method.full_name} declares no permission"
        raise UndeclaredError(message)
    return tuple(_access(method, one) for one in declared)


def _access(method: MethodDescriptor, declared: access_pb2.MethodAccess) -> Access:
    permission = _PERMISSIONS.get(declared.permission)
    if permission is None:
        message = f"{method.full_name} declares no permission"
        raise UndeclaredError(message)
    path = declared.reference or declared.resource
    texts = _texts(method.input_type, path) if path else lambda _: ()
    return Access(permission, texts, bool(declared.reference))


def _texts(kind: Descriptor, resource: str) -> Texts:
    """Return the function that reads the texts at a path, or builds a name from fields."""
    fields = {path: _field(kind, path) for path in _FIELD.findall(resource)}
    if not fields:
        return _field(kind, resource)
    if sibling := _SIBLING.fullmatch(resource):
        name, last = fields[sibling[1]], fields[sibling[2]]
        return lambda request: [f"{name(request)[0].rpartition('/')[0]}/{last(request)[0]}"]
    return lambda request: [_FIELD.sub(lambda m: fields[m[1]](request)[0], resource)]


def _field(kind: Descriptor | None, path: str) -> Texts:
    name, _, rest = path.partition(".")
    field = None if kind is None else kind.fields_by_name.get(name)
    if field is None or not (rest or field.type == FieldDescriptor.TYPE_STRING):
        message = f"{kind and kind.full_name} has no text at {path!r}"
        raise UndeclaredError(message)
    inner = _field(field.message_type, rest) if rest else _itself
    if field.is_repeated:
        return lambda message: [text for one in getattr(message, name) for text in inner(one)]
    return lambda message: inner(getattr(message, name))


def _itself(value: object) -> Sequence[str]:
    return (str(value),)


def _canonical(text: str) -> str:
    try:
        reference = Reference.parse(text)
    except ValueError:
        return text
    match reference.selector:
        case ByNumber(number):
            return str(reference.model.version(number))
        case ByName(name):
            return str(reference.model.alias(name))
        case _:
            return str(reference.model)
