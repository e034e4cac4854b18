"""A SHA-256 that can be put down and taken up again."""

import ctypes
import struct
import zlib
from hashlib import sha256
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_grpc.services.ports.hashing import ResumableSha256
from registry_grpc.storage.sha256 import Sha256, libcrypto

# States as they were first written, of bytes 0, 1, 2 ... : stored uploads are read with them for
# ever. The chaining values do not come from us: FIPS 180-4 defines them.
GOLDEN = {
    0: (
        "016a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd190000000000000000f16c30a4"
    ),
    3: (
        "016a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd"
        "1900000000000000030001025fd2c85c"
    ),
    64: (
        "01fc99a2df88f42a7a7bb9d18033cdc6a20256755f9d5b9a5044a9cc315abe84a70000000000000040ad2f4c83"
    ),
    200: (
        "012bed68b99987cae48183b2b049d393d0050868e4e8ba3730e9112b08765929"
        "b700000000000000c8c0c1c2c3c4c5c6c72c99099f"
    ),
}


def hashing() -> Sha256:
    library = libcrypto()
    assert library is not None, "OpenSSL is missing here, or its SHA256_CTX has changed"
    return Sha256(library)


def counting(length: int) -> bytes:
    return bytes(number % 251 for number in range(length))


def resumed(state: bytes) -> ResumableSha256:
    running = hashing().resume(state)
    assert running is not None
    return running


@pytest.mark.parametrize("length", GOLDEN)
def test_states_are_written_as_ever(length: int) -> None:
    running = hashing().start()
    running.update(counting(length))
    assert running.state().hex() == GOLDEN[length]


@pytest.mark.parametrize("length", GOLDEN)
def test_states_that_were_written_once_are_read_for_ever(length: int) -> None:
    running = resumed(bytes.fromhex(GOLDEN[length]))
    running.update(b"and more")
    assert running.digest().hex == sha256(counting(length) + b"and more").hexdigest()


@given(st.lists(st.binary(max_size=300), max_size=8), st.data())
def test_however_it_is_split_and_taken_up_it_is_hashlibs(
    pieces: list[bytes], data: st.DataObject
) -> None:
    running = hashing().start()
    for piece in pieces:
        running.update(piece)
        if data.draw(st.booleans()):
            running = resumed(running.state())
    assert running.digest().hex == sha256(b"".join(pieces)).hexdigest()


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_asking_for_the_digest_ends_nothing(first: bytes, second: bytes) -> None:
    running = hashing().start()
    running.update(first)
    state = running.state()
    assert running.digest().hex == sha256(first).hexdigest()
    assert running.state() == state
    running.update(second)
    assert running.digest().hex == sha256(first + second).hexdigest()


@given(st.binary(max_size=200))
def test_a_copy_leaves_the_original_alone(first: bytes) -> None:
    running = hashing().start()
    running.update(first)
    resumed(running.state()).update(b"elsewhere")
    assert running.digest().hex == sha256(first).hexdigest()


@pytest.mark.parametrize("length", [2**29 - 64, 2**29, 2**32 + 64, 2**61 - 64])
def test_lengths_beyond_32_bits_survive(length: int) -> None:
    # A test cannot hash 2 EiB: it checks only the counter.
    saved = bytes.fromhex(GOLDEN[0])[:33] + struct.pack(">Q", length)
    state = saved + struct.pack(">I", zlib.crc32(saved))
    assert resumed(state).state() == state


@given(st.integers(min_value=0, max_value=8 * 109 - 1), st.sampled_from([200, 64]))
def test_a_damaged_state_is_refused(bit: int, length: int) -> None:
    state = bytearray.fromhex(GOLDEN[length])
    state[bit // 8 % len(state)] ^= 1 << bit % 8
    assert hashing().resume(bytes(state)) is None


@given(st.binary(max_size=200))
def test_a_foreign_state_is_refused(foreign: bytes) -> None:
    assert hashing().resume(foreign) is None


@pytest.mark.parametrize("count", range(45))
def test_a_state_that_was_cut_off_is_refused(count: int) -> None:
    state = bytes.fromhex(GOLDEN[0])
    assert hashing().resume(state[:count]) is None
    assert hashing().resume(state + bytes(count + 1)) is None


@pytest.mark.parametrize(
    "version, length, rest", [(2, 0, b""), (0, 0, b""), (1, 64, b"x"), (1, 3, b""), (1, 2**61, b"")]
)
def test_a_whole_state_that_makes_no_sense_is_refused(
    version: int, length: int, rest: bytes
) -> None:
    saved = struct.pack(">B8IQ", version, *range(8), length) + rest
    assert hashing().resume(saved + struct.pack(">I", zlib.crc32(saved))) is None


def test_without_the_library_it_hashes_and_saves_nothing() -> None:
    plain = Sha256(None)
    running = plain.start()
    running.update(b"wei")
    running.update(b"ghts")
    assert running.state() == b""
    assert running.digest().hex == sha256(b"weights").hexdigest()
    assert plain.resume(b"") is None
    assert plain.resume(bytes.fromhex(GOLDEN[64])) is None


def test_the_library_is_looked_for_once() -> None:
    assert libcrypto() is libcrypto()


def test_without_hashlibs_own_library_the_systems_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("_hashlib.__file__")
    libcrypto.cache_clear()
    try:
        found = libcrypto()
        assert found is None or isinstance(found, ctypes.CDLL)
        monkeypatch.setattr("ctypes.util.find_library", lambda _: None)
        libcrypto.cache_clear()
        assert libcrypto() is None
    finally:
        libcrypto.cache_clear()


def test_a_library_that_computes_something_else_is_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = libcrypto()
    assert real is not None

    impostor = SimpleNamespace(
        SHA256_Init=real.SHA224_Init,
        SHA256_Update=real.SHA256_Update,
        SHA256_Final=real.SHA256_Final,
    )
    monkeypatch.setattr("ctypes.CDLL", lambda _: impostor)
    libcrypto.cache_clear()
    try:
        assert libcrypto() is None
    finally:
        libcrypto.cache_clear()
