"""Content identity: SHA-256 digests."""

import re
from dataclasses import dataclass
from typing import Self

from typing_extensions import override

_HEX = re.compile(r"[0-9a-f]{64}")
PREFIX = "sha256:"


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """A SHA-256 digest, 64 lower-case hexadecimal characters (FIPS 180-4).

    Law: `Digest.parse(str(d)) == d`.
    """

    hex: str

    def __post_init__(self) -> None:
        """Refuse anything but 64 lower-case hexadecimal characters with ValueError."""
        if not _HEX.fullmatch(self.hex):
            message = f"not a sha256 digest: {self.hex[:80]!r}"
            raise ValueError(message)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `sha256:<hex>`; raise ValueError for anything else."""
        if not text.startswith(PREFIX):
            message = f"a digest starts with {PREFIX!r}: {text[:80]!r}"
            raise ValueError(message)
        return cls(text.removeprefix(PREFIX))

    @override
    def __str__(self) -> str:
        """Return the form used on the wire: `sha256:<hex>`."""
        return PREFIX + self.hex
