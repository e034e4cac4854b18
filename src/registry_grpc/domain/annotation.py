"""Annotations: changeable texts of any kind on models and versions."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from registry_grpc.domain.canonical import canonical_json
from registry_grpc.domain.characters import has_control_characters
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.violations import Violations

MAX_PAIRS = 1_000
MAX_KEY_BYTES = 1_024
MAX_VALUE_BYTES = 400_000
"""100,000 characters of any script, as MLflow allows."""
MAX_BYTES = 1_024 * 1_024
"""Keys and values of one resource together."""


@dataclass(frozen=True, slots=True)
class Annotations:
    """The annotations of a resource.

    size: an upper bound of their encoded bytes. digest: of the pairs, None without any; two values
    with the same digest are equal. pairs: empty unless they were read.
    """

    size: int = 0
    digest: Digest | None = None
    pairs: Mapping[str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, pairs: Mapping[str, str]) -> "Annotations":
        """Return these pairs with their size and digest."""
        if not pairs:
            return cls()
        digest = Digest(hashlib.sha256(canonical_json(dict(pairs))).hexdigest())
        return cls(most_encoded(pairs), digest, pairs)

    def brief(self) -> "Annotations":
        """Return them without the pairs."""
        return Annotations(self.size, self.digest)


NO_ANNOTATIONS = Annotations()


@dataclass(frozen=True, slots=True)
class AnnotationChange:
    """A change of one annotation. before, after: the digests of its values; None for none."""

    key: str
    before: Digest | None
    after: Digest | None


def check_annotations(found: Violations, field_path: str, pairs: Mapping[str, str]) -> None:
    """Note what is wrong with annotations under `field_path`."""
    found.check(field_path, len(pairs) <= MAX_PAIRS, f"at most {MAX_PAIRS} pairs")
    total = sum(len(key.encode()) + len(value.encode()) for key, value in pairs.items())
    found.check(field_path, total <= MAX_BYTES, f"at most {MAX_BYTES} bytes of UTF-8 together")
    for key, value in sorted(pairs.items()):
        path = f"{field_path}[{key[:80]!r}]"
        found.check(
            path,
            0 < len(key.encode()) <= MAX_KEY_BYTES and not has_control_characters(key),
            f"a key is 1 to {MAX_KEY_BYTES} bytes of UTF-8 without control characters",
        )
        check_text(found, path, value, MAX_VALUE_BYTES)


def annotation_changes(
    before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[AnnotationChange, ...]:
    """Return what differs, by the UTF-8 bytes of the keys."""
    keys = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    return tuple(
        AnnotationChange(key, _digest(before.get(key)), _digest(after.get(key)))
        for key in sorted(keys, key=str.encode)
    )


def _digest(value: str | None) -> Digest | None:
    return None if value is None else Digest(hashlib.sha256(value.encode()).hexdigest())
