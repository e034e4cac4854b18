"""SHA-256 of open files, computed so that it ends soon when the work is stopped."""

import hashlib
from typing import BinaryIO, Final

from modelregistry._local import interruption

_READ: Final = 1024 * 1024


def sha256_of(stream: BinaryIO) -> str:
    """Return the digest of the rest of a stream, `sha256:<hex>`; raise Cancelled once stopped."""
    seen, buffer = hashlib.sha256(), memoryview(bytearray(_READ))
    while size := stream.readinto(buffer):  # type: ignore[attr-defined]
        seen.update(buffer[:size])
        interruption.check()
    return f"sha256:{seen.hexdigest()}"
