"""Validation of replies: each function returns a value that is safe to use, or raises.

A client does not trust its registry. Every digest, path, name, number and time of a reply passes
through here before it becomes a value, a path on this disk or a cache key. A value that does not
parse, or that does not answer the request, raises MalformedReply.
"""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final, Protocol, TypeVar

from google.protobuf.duration_pb2 import Duration

from modelregistry._local.manifest import path_problem
from modelregistry.errors import MalformedReply

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,17}")
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}")
_LONGEST_ID: Final = 256
_LONGEST_NAME: Final = 2_048
_LONGEST_TOKEN: Final = 16 * 1024
_NOT_IN_IDS: Final = re.compile(
    r"^[ \u0300-\u036f]| \Z|[\\@\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f"
    r"\uffa0\U000e0100-\U000e01ef]"
)
_HEX_16: Final = re.compile(r"[0-9a-f]{16}")
_SHOWN: Final = 120
REPLY_HAS: Final = "the registry's reply has "
"""The beginning of every message of `malformed`."""
_NEWEST: Final = 2**63 - 2
"""The largest revision; the next one, from which a watch resumes, still fits into 64 bits."""


class _HasName(Protocol):
    @property
    def name(self) -> str: ...


Named = TypeVar("Named", bound=_HasName)
Plain = TypeVar("Plain", str, int)
_VERSION: Final = ("namespaces", "models", "versions")
_ALIAS: Final = ("namespaces", "models", "aliases")
_ROUTE: Final = ("namespaces", "models", "routes")


def malformed(field: str, value: object, problem: str) -> MalformedReply:
    """Return the error for a field of a reply that violates the contract."""
    shown = _shortened(repr(value))
    return MalformedReply(f"{REPLY_HAS}{shown} as {field}: {problem}", metadata={"field": field})


def digest(text: str, field: str) -> str:
    """Return `sha256:<hex>`, 64 lower-case hexadecimal characters."""
    if _DIGEST.fullmatch(text) is None:
        raise malformed(field, text, "not a SHA-256 digest")
    return text


def digest_or_none(text: str, field: str) -> str:
    """Return a digest, or the empty text for an absent one."""
    return digest(text, field) if text else text


def count(number: int, field: str) -> int:
    """Return a number of bytes or items: at least 0."""
    if number < 0:
        raise malformed(field, number, "below 0")
    return number


def revision(number: int, field: str = "revision") -> int:
    """Return a revision: from 0 to 2^63 - 2."""
    if not 0 <= number <= _NEWEST:
        raise malformed(field, number, "not a revision")
    return number


def history(text: str, field: str = "history_id") -> str:
    """Return a history id: 16 hexadecimal digits, or the empty text."""
    if text and _HEX_16.fullmatch(text) is None:
        raise malformed(field, text, "not a history id")
    return text


def salt(text: str, field: str = "salt") -> str:
    """Return the salt of a route: 16 hexadecimal digits, or the empty text."""
    if text and _HEX_16.fullmatch(text) is None:
        raise malformed(field, text, "not 16 hexadecimal digits")
    return text


def at_least(number: int, least: int, field: str = "revision") -> int:
    """Return the revision that a reply reflects; raise unless it is at least the requested one."""
    if revision(number, field) < least:
        raise malformed(field, number, f"{least} or later was requested")
    return number


def finite(number: float, field: str) -> float:
    """Return a finite number."""
    if not math.isfinite(number):
        raise malformed(field, number, "not finite")
    return number


def metrics(numbers: Mapping[str, float]) -> dict[str, float]:
    """Return metrics by name, all of them finite."""
    return {name: finite(number, f"metrics.{name}") for name, number in numbers.items()}


def duration(message: Duration, field: str) -> timedelta:
    """Return a duration that Python can represent."""
    try:
        return message.ToTimedelta()
    except (OverflowError, ValueError) as error:
        raise malformed(field, message.seconds, "out of range") from error


def path(text: str, field: str) -> str:
    """Return a path of a manifest: relative, and safe to create below any folder."""
    problem = path_problem(text)
    if problem is not None:
        raise malformed(field, text, problem)
    return text


def token(text: str) -> str:
    """Return a page token of at most 16 KiB."""
    if len(text) > _LONGEST_TOKEN:
        raise malformed("next_page_token", text, f"longer than {_LONGEST_TOKEN} characters")
    return text


def namespace_name(text: str, field: str = "name") -> str:
    """Return `namespaces/{namespace}`."""
    return _of(("namespaces",), text, field)


def model_name(text: str, field: str = "name") -> str:
    """Return `namespaces/{namespace}/models/{model}`."""
    return _of(("namespaces", "models"), text, field)


def version_name(text: str, field: str = "name") -> str:
    """Return `namespaces/{namespace}/models/{model}/versions/{number}`."""
    _of(_VERSION, text, field)
    if _NUMBER.fullmatch(text.rpartition("/")[2]) is None:
        raise malformed(field, text, "its number is not a version number")
    return text


def alias_name(text: str, field: str = "name") -> str:
    """Return `namespaces/{namespace}/models/{model}/aliases/{alias}`."""
    return _of(_ALIAS, text, field)


def route_name(text: str, field: str = "name") -> str:
    """Return `namespaces/{namespace}/models/{model}/routes/{route}`."""
    return _of(_ROUTE, text, field)


def child_name(text: str, parent: str, collection: str, field: str = "name") -> str:
    """Return `{parent}/{collection}/{id}`, where `parent` was requested."""
    head, _, last = text.rpartition("/")
    if head != f"{parent}/{collection}" or not _is_id(last):
        raise malformed(field, text, f"not one of {parent}/{collection}")
    return text


def resource_name(text: str, field: str = "name") -> str:
    """Return the full name of any resource: it begins with `namespaces/`."""
    parts = text.split("/")
    if len(text) > _LONGEST_NAME or len(parts) < len(("namespaces", "")):
        raise malformed(field, text, "not a resource name")
    if parts[0] != "namespaces" or not all(map(_is_id, parts)):
        raise malformed(field, text, "not a resource name")
    return text


def name_or_none(text: str, field: str) -> str:
    """Return the full name of a resource, or the empty text for an absent one."""
    return resource_name(text, field) if text else text


def same(actual: Plain, asked: Plain, field: str) -> Plain:
    """Return a value of a reply; raise unless it equals the requested one."""
    if actual != asked:
        raise malformed(field, actual, f"expected {_shortened(str(asked))}")
    return actual


def none_of(actual: Plain, excluded: Collection[Plain], field: str) -> Plain:
    """Return a value of a reply; raise when the request rules it out."""
    if actual in excluded:
        raise malformed(field, actual, "not a possible answer to the request")
    return actual


def begins(actual: str, start: str, field: str) -> str:
    """Return a value of a reply; raise unless it begins with the requested prefix."""
    if not actual.startswith(start):
        raise malformed(field, actual, f"expected {_shortened(start)}")
    return actual


def named(resource: Named, name: str) -> Named:
    """Return a resource; raise unless it has the requested name."""
    same(resource.name, name, "name")
    return resource


def redirected(stated: str, asked: str, model: str) -> None:
    """Raise unless a reply that a former name of a model led to states the requested name.

    model: the full name of the model that it led to, another one in the same namespace.
    """
    same(stated, asked, "redirected_from")
    if model == asked or model.rpartition("/")[0] != asked.rpartition("/")[0]:
        raise malformed("redirected_from", stated, f"{_shortened(model)} was never called so")


def below(actual: str, parent: str, field: str = "name") -> str:
    """Return a name; raise unless it is below the requested parent."""
    return begins(actual, f"{parent}/", field)


def in_order(actual: Sequence[str], asked: Sequence[str], field: str) -> None:
    """Raise unless a reply answers exactly the requested items: each once, in order."""
    for number, (one, other) in enumerate(zip(actual, asked, strict=False)):
        if one != other:
            where, problem = f"{field}[{number}]", f"expected {other[:_SHOWN]}"
            raise malformed(where, one, problem)
    if len(actual) != len(asked):
        problem = f"{len(asked)} were requested"
        raise malformed(field, len(actual), problem)


def unique(names: Iterable[str], field: str) -> None:
    """Raise when a name occurs twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise malformed(field, name, "occurs twice")
        seen.add(name)


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _of(collections: Sequence[str], text: str, field: str) -> str:
    parts = text.split("/", 2 * len(collections))
    if tuple(parts[::2]) != tuple(collections) or not all(map(_is_id, parts[1::2])):
        pattern = "/".join(f"{name}/…" for name in collections)
        raise malformed(field, text, f"not a name like {pattern}")
    return text


def _is_id(part: str) -> bool:
    if _PLAIN_ID.fullmatch(part) is not None:
        return True
    # Letters of any script and spaces inside, but nothing that controls a terminal, a path or a
    # reference, nothing that is invisible, and no mark that would join what stands before the id.
    fits = 0 < len(part) <= _LONGEST_ID and part not in {".", ".."}
    return fits and part.isprintable() and _NOT_IN_IDS.search(part) is None
