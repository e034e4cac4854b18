"""Short references: how people name a version (design: `fraud/7`, `risk/fraud@champion`).

    reference = [namespace "/"] model ("/" number | "@" selector)
    selector  = "latest" | "sha256:" hex | stage | alias | route

Canonical names of versions, aliases and routes are references too. `risk/fraud/7` has three parts
and `fraud/7` two, the last a number; a two-part reference without `@` always ends in a number.
"""

from dataclasses import dataclass
from typing import Self

from typing_extensions import override

from registry_grpc.domain.digest import PREFIX, Digest
from registry_grpc.domain.ids import LATEST, alias_id, model_id, namespace_id, version_number
from registry_grpc.domain.names import (
    DEFAULT_NAMESPACE,
    AliasName,
    ModelName,
    RouteName,
    VersionName,
)

MAX_LENGTH = 1_024
_NAMESPACE_AND_MODEL = 2


@dataclass(frozen=True, slots=True)
class ByNumber:
    """One exact version."""

    number: int


@dataclass(frozen=True, slots=True)
class ByDigest:
    """The newest version with this root digest."""

    digest: Digest


@dataclass(frozen=True, slots=True)
class ByName:
    """A reference by alias, route or stage: these share the ids of a model."""

    name: str


@dataclass(frozen=True, slots=True)
class Latest:
    """The highest number."""


Selector = ByNumber | ByDigest | ByName | Latest


@dataclass(frozen=True, slots=True)
class Reference:
    """A model and how to choose one of its versions. Law: `parse(str(r)) == r`."""

    model: ModelName
    selector: Selector

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a short reference or canonical name; raise ValueError with a sentence for people."""
        if len(text) > MAX_LENGTH:
            message = f"a reference has at most {MAX_LENGTH} characters"
            raise ValueError(message)
        if text.startswith("namespaces/") and text.count("/") > _NAMESPACE_AND_MODEL:
            return cls(*_canonical(text))
        return cls(*_short(text))

    @override
    def __str__(self) -> str:
        """Return the short form, with the namespace unless it is the default one."""
        prefix = "" if self.model.namespace == DEFAULT_NAMESPACE else f"{self.model.namespace}/"
        return f"{prefix}{self.model.model}{self.suffix}"

    @property
    def suffix(self) -> str:
        """The selector as the short form has it, such as `@champion` or `/7`."""
        return _shown(self.selector)


def _shown(selector: Selector) -> str:
    match selector:
        case ByNumber(number):
            return f"/{number}"
        case ByDigest(digest):
            return f"@{digest}"
        case ByName(name):
            return f"@{name}"
        case Latest():
            return f"@{LATEST}"


def _canonical(text: str) -> tuple[ModelName, Selector]:
    collection = text.split("/")[-2]
    if collection == "aliases":
        alias = AliasName.parse(text)
        return alias.parent, _selector(alias.alias)
    if collection == "routes":
        route = RouteName.parse(text)
        return route.parent, _selector(route.route)
    version = VersionName.parse(text)
    return version.parent, ByNumber(version.number)


def _short(text: str) -> tuple[ModelName, Selector]:
    path, at, chosen = text.partition("@")
    parts = path.split("/")
    selector = _selector(chosen) if at else ByNumber(version_number(_last(parts, text)))
    if len(parts) == 1:
        return ModelName(DEFAULT_NAMESPACE, model_id(parts[0])), selector
    if len(parts) == _NAMESPACE_AND_MODEL:
        return ModelName(namespace_id(parts[0]), model_id(parts[1])), selector
    message = f"must look like fraud/7, fraud@champion or risk/fraud@champion: {text[:200]!r}"
    raise ValueError(message)


def _last(parts: list[str], text: str) -> str:
    if len(parts) == 1:
        message = f"must say which version: fraud/7, fraud@champion, fraud@latest: {text[:200]!r}"
        raise ValueError(message)
    return parts.pop()


def _selector(text: str) -> Selector:
    if text == LATEST:
        return Latest()
    if text.startswith(PREFIX):
        return ByDigest(Digest.parse(text))
    return ByName(alias_id(text))
