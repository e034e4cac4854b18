"""Formats of sizes, times, numbers and texts. Pure functions."""

import re
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from modelregistry._visible import visible, visible_line
from modelregistry.names import DEFAULT_NAMESPACE

_KIB: Final = 1024
_SIZES: Final = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_SPANS: Final = (
    (365 * 86_400, "year"),
    (30 * 86_400, "month"),
    (86_400, "day"),
    (3_600, "hour"),
    (60, "minute"),
)
_SKEW: Final = 5
"""Seconds by which the registry's clock may be ahead of this one before it is shown."""
_SHORT_HEX: Final = 12
_PLAIN_WORD: Final = re.compile(r"[\w@%+=:,./-]+")
"""What no shell changes; letters of other scripts are none of its signs."""


def clean(text: str) -> str:
    r"""Return a text on one line with control characters escaped, such as `\x1b`.

    All texts come from other users, or from a hostile registry: a line break in a name could
    imitate a line of output.
    """
    return visible_line(text)


def shell_word(ref: str) -> str:
    """Return a model or reference as one word of a command that users can paste into a shell.

    `My model 2/7` is put in quotes. `-x/7` would be read as an option, and gets its namespace.
    """
    word = clean(f"{DEFAULT_NAMESPACE}/{ref}" if ref.startswith("-") else ref)
    return word if _PLAIN_WORD.fullmatch(word) else shlex.quote(word)


def paragraphs(text: str) -> str:
    """Return a text with control characters escaped, but not line breaks, as a paragraph."""
    return visible(text)


def one_line(text: str) -> str:
    """Return the first line of a text, with `…` when there is more."""
    first, _, rest = text.strip().partition("\n")
    return clean(first.rstrip() + (" …" if rest.strip() else ""))


def size(byte_count: int) -> str:
    """Return a number of bytes such as `512 B`, `1.5 KiB`, `90.9 MiB`."""
    if byte_count < _KIB:
        return f"{byte_count} B"
    amount, power = byte_count / _KIB, 0
    while round(amount, 1) >= _KIB and power < len(_SIZES) - 1:
        amount, power = amount / _KIB, power + 1
    return f"{amount:.1f} {_SIZES[power]}"


def quota(byte_count: int | None) -> str:
    """Return a storage quota: `500.0 GiB`, `none`, or the server's `default`."""
    if byte_count is None:
        return "default"
    return size(byte_count) if byte_count else "none"


def count(number: int, noun: str) -> str:
    """Return `1 file`, `20,000 files`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def number(value: float) -> str:
    """Return a metric to four digits, such as `0.9713`; whole numbers as they are."""
    if value == int(value) and abs(value) < 10**15:
        return f"{int(value)}"
    return f"{value:.4g}"


def metrics(values: Mapping[str, float], most: int = 3) -> str:
    """Return the first few metrics by name on one line: `auc=0.97 f1=0.88 +2`."""
    shown = [f"{clean(name)}={number(values[name])}" for name in sorted(values)[:most]]
    if len(values) > most:
        shown.append(f"+{len(values) - most}")
    return " ".join(shown)


def pairs(values: Mapping[str, str]) -> str:
    """Return labels, tags or params by key: `team=risk tier=1`."""
    return " ".join(f"{clean(key)}={clean(values[key])}" for key in sorted(values))


def ago(moment: datetime | None, now: datetime) -> str:
    """Return a time relative to now: `just now`, `3 minutes ago`, `in 9 seconds`; `-` for none."""
    if moment is None:
        return "-"
    seconds = int((now - moment).total_seconds())
    for span, noun in _SPANS:
        passed = abs(seconds) // span
        if passed:
            said = f"{passed} {noun}" + ("" if passed == 1 else "s")
            return f"{said} ago" if seconds > 0 else f"in {said}"
    return "just now" if seconds >= -_SKEW else f"in {-seconds} seconds"


def exact(moment: datetime | None, now: datetime) -> str:
    """Return a time in full: `2026-10-04 12:01:33 UTC (3 minutes ago)`; `-` for none."""
    if moment is None:
        return "-"
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC ({ago(moment, now)})"


def local(moment: datetime | None) -> str:
    """Return a time in local time with its zone: `2026-10-04 14:01:33+02:00`; `-` for none."""
    if moment is None:
        return "-"
    return moment.astimezone().isoformat(sep=" ", timespec="seconds")


def short_digest(digest: str) -> str:
    """Return the first hexadecimal characters of a digest: `sha256:0123456789ab`."""
    algorithm, colon, value = digest.partition(":")
    return f"{algorithm}{colon}{value[:_SHORT_HEX]}"


def short_digests(text: str) -> str:
    """Return a text with each of its digests as by `short_digest`."""
    return " ".join(short_digest(word) if ":" in word else word for word in text.split(" "))


def by_whom(who: str, when: str) -> str:
    """Return `3 minutes ago by ann`; without a name only the time."""
    return f"{when} by {clean(who)}" if who else when
