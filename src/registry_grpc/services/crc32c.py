"""The crc32c of concatenated parts, computed from those of the parts.

A CRC is linear over GF(2): appending n zero bytes multiplies its register by a matrix that depends
on n alone, and the CRC of the appended bytes is added (Mark Adler's method in zlib's
crc32_combine). The matrix for one size is computed once.
"""

from functools import cache, lru_cache

_POLYNOMIAL = 0x82F63B78  # Castagnoli, reflected (RFC 3720, section 12.1)
_BITS = 32
Matrix = tuple[int, ...]


def combined(first: int, second: int, length: int) -> int:
    """Return the crc32c of two parts: `second` is that of the last `length` bytes."""
    return _times(_zeros(length), first) ^ second


# Bounded, because writers choose the lengths.
@lru_cache(maxsize=4_096)
def _zeros(length: int) -> Matrix:
    """Return the matrix of `length` zero bytes."""
    if length == 0:
        return tuple(1 << bit for bit in range(_BITS))
    half = _zeros(length // 2)
    both = tuple(_times(half, row) for row in half)
    return both if length % 2 == 0 else tuple(_times(_one_byte(), row) for row in both)


@cache
def _one_byte() -> Matrix:
    rows = []
    for bit in range(_BITS):
        register = 1 << bit
        for _ in range(8):
            register = register >> 1 ^ (_POLYNOMIAL if register & 1 else 0)
        rows.append(register)
    return tuple(rows)


def _times(matrix: Matrix, register: int) -> int:
    product = 0
    for row in matrix:
        if register & 1:
            product ^= row
        register >>= 1
    return product
