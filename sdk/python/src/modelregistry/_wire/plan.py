"""How a big blob is read in parallel: its blocks, their checksums, and perhaps another address."""

from dataclasses import dataclass, field

from modelregistry.v1 import artifact_service_pb2 as pb


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


def plan_from_message(message: pb.DownloadPlan, size: int) -> Plan | None:
    """Read a plan for a blob of so many bytes; None when it has no blocks or does not fit."""
    step, sums = message.block_bytes, message.block_crc32c
    if step <= 0 or message.blob.size_bytes != size or len(sums) != -(-size // step):
        return None
    blocks = tuple(
        Block(number, number * step, min(size, (number + 1) * step), crc32c)
        for number, crc32c in enumerate(sums)
    )
    return Plan(blocks, message.url)
