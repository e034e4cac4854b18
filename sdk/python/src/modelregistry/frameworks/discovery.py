"""Adapters: found by entry point, chosen by the class of a model or by name."""

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from typing import Final, NamedTuple

from modelregistry._visible import visible
from modelregistry.errors import FrameworkUnavailable
from modelregistry.frameworks.adapter import FrameworkAdapter

GROUP: Final = "modelregistry.frameworks"
_OURS: Final = "modelregistry"
"""The distribution whose adapters no other can replace."""
_LOG: Final = logging.getLogger("modelregistry")


class _Found(NamedTuple):
    """The adapters that work, and why others do not, by name."""

    adapters: Mapping[str, FrameworkAdapter]
    ours: frozenset[str]
    problems: Mapping[str, str]


_lock = threading.Lock()
_cache: list[_Found] = []


def adapters() -> Mapping[str, FrameworkAdapter]:
    """Return the installed adapters by name. A broken one is logged once and left out."""
    return _find().adapters


def by_name(name: str) -> FrameworkAdapter:
    """Return the adapter of this name; raises FrameworkUnavailable with the reason."""
    found = _find()
    adapter = found.adapters.get(name)
    if adapter is None:
        names = ", ".join(sorted(found.adapters)) or "none"
        absent = f"no installed package has one; installed: {names}"
        reason = found.problems.get(name, absent)
        message = f"there is no adapter for the framework {name!r}: {reason}"
        raise FrameworkUnavailable(visible(message))
    return adapter


def for_model(model: object) -> FrameworkAdapter:
    """Return the adapter for a model, by the packages that define its class and its bases.

    The nearest base decides; of several adapters for it, the one of this distribution. Raises
    FrameworkUnavailable when none saves the model, or when several of others do.
    """
    found = _find()
    for kind in type(model).__mro__:
        package = (kind.__module__ or "").partition(".")[0]
        able = [
            (name, adapter)
            for name, adapter in sorted(found.adapters.items())
            if _is_able(name, adapter, model, package)
        ]
        chosen = [each for each in able if each[0] in found.ours] or able
        if len(chosen) > 1:
            names = ", ".join(name for name, _ in chosen)
            message = f"several adapters save {_class(model)}: pass framework= with one of {names}"
            raise FrameworkUnavailable(message)
        if chosen:
            return chosen[0][1]
    raise _none(model, found)


def _is_able(name: str, adapter: FrameworkAdapter, model: object, package: str) -> bool:
    try:
        return package in adapter.packages and adapter.can_save(model)
    except (Exception, SystemExit):  # noqa: BLE001 - code of others may raise anything
        _LOG.warning("the framework adapter %r failed and is passed over", name, exc_info=True)
        return False


def _none(model: object, found: _Found) -> FrameworkUnavailable:
    problems = "".join(f"; {name}: {reason}" for name, reason in sorted(found.problems.items()))
    names = ", ".join(sorted(found.adapters)) or "none"
    message = (
        f"no adapter saves {_class(model)}; installed: {names}{problems}. "
        "Save it to a folder and push that"
    )
    return FrameworkUnavailable(visible(message))


def _class(model: object) -> str:
    return f"{type(model).__module__}.{type(model).__qualname__}"


def _find() -> _Found:
    with _lock:
        if not _cache:
            _cache.append(_discovered())
        return _cache[0]


def _discovered() -> _Found:
    working: dict[str, FrameworkAdapter] = {}
    problems: dict[str, str] = {}
    ours: set[str] = set()
    for name, points in sorted(_by_name().items()):
        try:
            point = _only(points)
            working[name] = _loaded(point)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - code of others may raise anything
            problems[name] = f"{type(error).__name__}: {error}"
            _LOG.warning("the framework adapter %r is left out: %s", name, problems[name])
        else:
            if _distribution(point) == _OURS:
                ours.add(name)
    return _Found(working, frozenset(ours), problems)


def _by_name() -> Mapping[str, Sequence[metadata.EntryPoint]]:
    found: dict[str, list[metadata.EntryPoint]] = {}
    for point in metadata.entry_points(group=GROUP):
        found.setdefault(point.name, []).append(point)
    return found


def _only(points: Sequence[metadata.EntryPoint]) -> metadata.EntryPoint:
    """Return the entry point of a name; raises LookupError when several distributions have it."""
    ours = [point for point in points if _distribution(point) == _OURS]
    if ours:
        for other in _others(points):
            message = "the framework adapter %r of %s is left out: modelregistry has the name"
            _LOG.warning(message, other.name, _distribution(other))
        return ours[0]
    if len({point.value for point in points}) > 1:
        names = ", ".join(sorted(map(_distribution, points)))
        message = f"several distributions have an adapter of this name: {names}; uninstall one"
        raise LookupError(message)
    return points[0]


def _others(points: Sequence[metadata.EntryPoint]) -> Iterator[metadata.EntryPoint]:
    return (point for point in points if _distribution(point) != _OURS)


def _distribution(point: metadata.EntryPoint) -> str:
    return point.dist.name if point.dist else "an unknown distribution"


def _loaded(point: metadata.EntryPoint) -> FrameworkAdapter:
    adapter = point.load()
    if not isinstance(adapter, FrameworkAdapter):
        message = f"{point.value} is no FrameworkAdapter"
        raise TypeError(message)
    if adapter.name != point.name:
        message = f"{point.value} calls itself {adapter.name!r}"
        raise ValueError(message)
    return adapter
