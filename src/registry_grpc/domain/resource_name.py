"""The mechanism of resource names (AIP-122): one pattern reads and writes each of them."""

import re
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, ClassVar, Self

from typing_extensions import override

from registry_grpc.domain.ids import (
    alias_id,
    lineage_collection,
    model_id,
    monitor_id,
    namespace_id,
    policy_id,
    uuid,
    version_number,
)

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_READERS: Mapping[str, Callable[[str], object]] = {
    "namespace": namespace_id,
    "model": model_id,
    "number": version_number,
    "alias": alias_id,
    "route": alias_id,
    "policy": policy_id,
    "monitor": monitor_id,
    "collection": lineage_collection,
    "uuid": uuid,
}
"""The parser of the segment at each placeholder; it raises ValueError with a sentence for users."""


class NamePattern:
    """A form such as `namespaces/{namespace}/models/{model}`, compiled once.

    A placeholder is the name of a field of the name class, and of a row of `_READERS`. A name's
    text is `template % values(name)`.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        fields: list[str] = _PLACEHOLDER.findall(text)
        self._readers = [_READERS[field] for field in fields]
        self._match = re.compile(_PLACEHOLDER.sub("([^/]*)", text)).fullmatch
        self.template = _PLACEHOLDER.sub("%s", text)
        self.values = attrgetter(*fields)

    def read(self, text: str) -> list[Any]:
        """Return the values of the placeholders; raise ValueError for any other text."""
        found = self._match(text)
        if found is None:
            message = f"must look like {self.text}: {text[:200]!r}"
            raise ValueError(message)
        return [read(part) for read, part in zip(self._readers, found.groups(), strict=True)]


class ResourceName:
    """A parsed name. Law: `T.parse(str(name)) == name`.

    Subclasses are frozen dataclasses: their fields are the placeholders of `PATTERN`, in its order.
    """

    __slots__ = ()
    PATTERN: ClassVar[NamePattern]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the canonical form; raise ValueError, with a sentence for people, for other text."""
        return cls(*cls.PATTERN.read(text))

    @override
    def __str__(self) -> str:
        """Return the canonical form."""
        pattern = self.PATTERN
        return pattern.template % pattern.values(self)
