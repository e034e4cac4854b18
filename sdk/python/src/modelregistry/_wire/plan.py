"""How a big blob is read in parallel: its blocks, their checksums, and perhaps another address."""

from dataclasses import dataclass

from modelregistry._secret import Secret

_NO_ADDRESS = Secret()


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
    url: Secret = _NO_ADDRESS
    """Where ranges can be read without the registry."""
