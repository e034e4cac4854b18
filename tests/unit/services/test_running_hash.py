"""Running hashes: any division gives the same, and they can be put down and taken up anywhere."""

import hashlib

import google_crc32c
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain import blob
from registry_grpc.services import running_hash
from registry_grpc.services.running_hash import RunningHash
from registry_grpc.storage.sha256 import Sha256, libcrypto
from tests.support.faults.amount import examples

_quick = settings(max_examples=examples(60))
HASHING = Sha256(libcrypto())


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make blocks of 100 bytes, so that few bytes reach their edges."""
    monkeypatch.setattr(running_hash, "BLOCK_BYTES", 100)


def blocks_of(data: bytes) -> tuple[int, ...]:
    return tuple(google_crc32c.value(data[at : at + 100]) for at in range(0, len(data), 100))


@given(st.lists(st.binary(max_size=100), max_size=12), st.data())
@_quick
def test_any_division_and_any_interruption_give_the_same(
    pieces: list[bytes], data: st.DataObject
) -> None:
    stop = data.draw(st.integers(0, len(pieces)))
    before = RunningHash.start(HASHING)
    for piece in pieces[:stop]:
        before.update(piece, google_crc32c.value(piece))

    after = RunningHash.load(HASHING, before.save())
    assert after is not None
    for piece in pieces[stop:]:
        after.update(piece, google_crc32c.value(piece))

    whole = b"".join(pieces)
    assert after.offset == len(whole)
    assert after.digest().hex == hashlib.sha256(whole).hexdigest()
    assert after.crc32c == google_crc32c.value(whole)
    assert after.blocks() == blocks_of(whole)


@pytest.mark.parametrize("damage", [b"", b"\x02", b"\x01" + bytes(19), b"\x01" + bytes(60)])
def test_a_checkpoint_that_is_not_ours_is_not_taken_up(damage: bytes) -> None:
    assert RunningHash.load(HASHING, damage) is None


def test_a_checkpoint_without_a_state_is_not_taken_up() -> None:
    without = Sha256(None)
    running = RunningHash.start(without)
    running.update(b"abc", google_crc32c.value(b"abc"))
    assert RunningHash.load(without, running.save()) is None
    assert RunningHash.over(without, [b"a", b"bc"]).digest() == running.digest()


def test_a_block_is_64_mib() -> None:
    assert blob.BLOCK_BYTES == 64 * 2**20
