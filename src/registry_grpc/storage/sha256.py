"""A SHA-256 whose state can be saved: libcrypto by ctypes, or hashlib if that is missing.

`hashlib` cannot export its state. OpenSSL's SHA256_CTX can be read: eight 32-bit words of chaining
value, a bit count, and the bytes that do not fill a block yet. It is saved in a separate format
(FIPS 180-4 has no other state): a version byte, the chaining value and the length in bytes as
big-endian numbers, the rest of the block, and a CRC-32 of all that. It does not depend on the
library, the byte order or the machine, and a corrupted state is rejected.

The low-level functions are deprecated since OpenSSL 3. If they are removed, states cannot
be saved or loaded, and uploads of a crashed server are hashed again from the stored bytes.
"""

import ctypes
import ctypes.util
import hashlib
import importlib
import struct
import zlib
from functools import cache

from typing_extensions import override

from registry_grpc.domain.digest import Digest
from registry_grpc.services.ports.hashing import Hashing, ResumableSha256

_FORMAT = 1
_HEAD = struct.Struct(">B8IQ")
_CHECK = struct.Struct(">I")
_BLOCK = 64
_LONGEST = 2**61  # bytes; FIPS 180-4 counts bits in 64


class _Context(ctypes.Structure):
    """SHA256_CTX of openssl/sha.h."""

    _fields_ = (
        ("h", ctypes.c_uint32 * 8),
        ("bits_low", ctypes.c_uint32),
        ("bits_high", ctypes.c_uint32),
        ("data", ctypes.c_ubyte * _BLOCK),
        ("num", ctypes.c_uint),
        ("md_len", ctypes.c_uint),
    )


class _Libcrypto:
    """A running hash in a SHA256_CTX."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._context = _Context()
        library.SHA256_Init(ctypes.byref(self._context))

    def update(self, data: bytes) -> None:
        self._library.SHA256_Update(ctypes.byref(self._context), data, ctypes.c_size_t(len(data)))

    def digest(self) -> Digest:
        context = _Context.from_buffer_copy(self._context)
        result = ctypes.create_string_buffer(32)
        self._library.SHA256_Final(result, ctypes.byref(context))
        return Digest(result.raw.hex())

    def state(self) -> bytes:
        context = self._context
        length = (context.bits_high << 32 | context.bits_low) >> 3
        head = _HEAD.pack(_FORMAT, *context.h, length)
        saved = head + bytes(context.data[: context.num])
        return saved + _CHECK.pack(zlib.crc32(saved))

    def load(self, state: bytes) -> bool:
        """Load a saved state; return False, unchanged, for an invalid one."""
        saved, check = state[: -_CHECK.size], state[-_CHECK.size :]
        if len(saved) < _HEAD.size or check != _CHECK.pack(zlib.crc32(saved)):
            return False
        version, *chain, length = _HEAD.unpack_from(saved)
        rest = saved[_HEAD.size :]
        if version != _FORMAT or len(rest) != length % _BLOCK or length >= _LONGEST:
            return False
        context = self._context
        context.h[:] = chain
        context.bits_high, context.bits_low = (length << 3) >> 32, (length << 3) & 0xFFFFFFFF
        context.num = len(rest)
        context.data[: len(rest)] = rest
        return True


class _Hashlib:
    """A running hash without a saved state."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def digest(self) -> Digest:
        return Digest(self._hash.hexdigest())

    def state(self) -> bytes:
        return b""


class Sha256(Hashing):
    """Implements `Hashing`. library: libcrypto, or None for hashlib."""

    def __init__(self, library: ctypes.CDLL | None) -> None:
        self._library = library

    @override
    def start(self) -> ResumableSha256:
        """Return a new running hash."""
        return _Hashlib() if self._library is None else _Libcrypto(self._library)

    @override
    def resume(self, state: bytes) -> ResumableSha256 | None:
        """Return a running hash with this state; None for an invalid one."""
        if self._library is None:
            return None
        running = _Libcrypto(self._library)
        return running if running.load(state) else None


@cache
def libcrypto() -> ctypes.CDLL | None:
    """Return OpenSSL's library, or None if it is missing or fails the self-test."""
    for load in (_hashlibs_own, _systems):
        try:
            library = load()
            _declare(library)
        except (OSError, AttributeError, ImportError):
            continue
        if _works(library):
            return library
    return None


def _hashlibs_own() -> ctypes.CDLL:
    # Already loaded, as hashlib's implementation: found through the extension that is linked to
    # it. Raises AttributeError if that is built into the interpreter.
    return ctypes.CDLL(importlib.import_module("_hashlib").__file__)


def _systems() -> ctypes.CDLL:
    name = ctypes.util.find_library("crypto")
    if name is None:
        raise OSError
    return ctypes.CDLL(name)


def _declare(library: ctypes.CDLL) -> None:
    context = ctypes.POINTER(_Context)
    library.SHA256_Init.argtypes = [context]
    library.SHA256_Update.argtypes = [context, ctypes.c_char_p, ctypes.c_size_t]
    library.SHA256_Final.argtypes = [ctypes.c_char_p, context]


def _works(library: ctypes.CDLL) -> bool:
    # Another libcrypto may have another context layout, so saving and loading is tested once.
    first, second = b"a" * 100, b"b" * 1_000
    running = _Libcrypto(library)
    running.update(first)
    resumed = _Libcrypto(library)
    if not resumed.load(running.state()):
        return False
    resumed.update(second)
    return resumed.digest().hex == hashlib.sha256(first + second).hexdigest()
