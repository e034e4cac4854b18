"""The only sources of times, ids and secrets in the server."""

import os
import random
import secrets
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from registry_grpc.domain.clock_check import Uptime

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_UPTIME: Final = Path("/proc/uptime")


def clock() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def uptime() -> Uptime | None:
    """Return how long this machine has run, suspended or not; None where Linux does not say it.

    Setting the clock does not change it.
    """
    try:
        boot = _BOOT.read_text(encoding="ascii").strip()
        seconds = float(_UPTIME.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return Uptime(boot, timedelta(seconds=seconds))


def uuid7() -> UUID:
    """Return a new UUIDv7 (RFC 9562, section 5.7): milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    bits = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | bits
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def secret() -> str:
    """Return a new secret of 256 random bits, in characters that a header can hold."""
    return secrets.token_urlsafe(32)


def history_id() -> str:
    """Return the id of a new history of a change log: 64 random bits, as 16 hexadecimal digits."""
    return secrets.token_hex(8)


def salt() -> str:
    """Return the salt of a route: 64 random bits, as 16 hexadecimal digits."""
    return secrets.token_hex(8)


def session_id() -> str:
    """Return the id of a stream that reports an instance: 128 random bits."""
    return secrets.token_hex(16)


def jitter(seconds: float) -> float:
    """Return 0.5 to 1.5 times these seconds, so that servers do not act simultaneously."""
    return seconds * random.uniform(0.5, 1.5)  # noqa: S311 - spreads load
