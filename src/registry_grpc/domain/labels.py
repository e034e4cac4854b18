"""Labels and tags: short text pairs for finding things."""

import re
from collections.abc import Mapping

from registry_grpc.domain.violations import Violations

MAX_PAIRS = 64
MAX_VALUE_BYTES = 256
_KEY = re.compile(r"[a-z][a-z0-9._/-]{0,62}")


def check_labels(found: Violations, field: str, labels: Mapping[str, str]) -> None:
    """Note what is wrong with labels or tags under `field`."""
    found.check(field, len(labels) <= MAX_PAIRS, f"at most {MAX_PAIRS} pairs")
    # The order of a map on the wire is arbitrary; sorting makes the messages of errors stable.
    for key, value in sorted(labels.items()):
        path = f"{field}[{key[:80]!r}]"
        check_label_key(found, path, key)
        check_text(found, path, value, MAX_VALUE_BYTES)


def check_label_key(found: Violations, field: str, key: str) -> None:
    """Note it when no label or tag can have this key."""
    found.check(
        field,
        _KEY.fullmatch(key) is not None,
        "a key is 1 to 63 of a-z 0-9 . _ - /, starting with a letter",
    )


def check_text(found: Violations, field: str, text: str, most: int) -> None:
    """Note it when `text` has more than `most` bytes of UTF-8 or a NUL (which SQL cannot store)."""
    found.check(field, len(text.encode()) <= most, f"at most {most} bytes of UTF-8")
    found.check(field, "\0" not in text, "may not contain the NUL character")
