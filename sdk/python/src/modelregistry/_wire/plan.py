"""How a big blob is read in parallel: its blocks, their checksums, and perhaps another address."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Block:
    """Bytes `start` to `end` of a blob."""

    number: int
    start: int
    end: int
    crc32c: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The blocks of a blob, in order and without gaps."""

    blocks: tuple[Block, ...]
    url: str = field(default="", repr=False)
    """Where ranges can be read without the registry; a secret."""
