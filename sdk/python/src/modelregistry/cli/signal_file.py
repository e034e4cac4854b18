"""Signals in JSON files, in the format of `modelreg signals list --json`."""

from datetime import datetime
from pathlib import Path
from typing import Final

from modelregistry.cli.json_files import Fields, each, load
from modelregistry.cli.parsing import wrong
from modelregistry.types import Signal, SignalKind

_KINDS: Final = {kind.name.lower(): kind for kind in SignalKind}
_FIELDS: Final = (
    *("kind", "subject", "method", "statistic", "window_start", "window_end", "p_value"),
    *("dimension", "value", "arm", "target", "reference_count", "current_count"),
    *("profile_digest", "producer"),
)


def signals(option: str, path: Path) -> tuple[Signal, ...]:
    """Return the signals in a file: an array of objects with the fields of Signal.

    An object with a `signal` stands for that, so that recorded ones can be read. A usage error
    names the position of anything else.
    """
    found = load(option, path)
    if not isinstance(found, list):
        raise wrong(option, f"{path}: must be an array")
    return tuple(each(found, _signal, f"{path}: ", option))


def _signal(found: object) -> Signal:
    if isinstance(found, dict) and isinstance(found.get("signal"), dict):
        found = found["signal"]
    said = Fields(found, *_FIELDS)
    kind = _KINDS.get(said.text("kind"))
    if kind is None:
        message = f"kind must be one of {', '.join(_KINDS)}"
        raise ValueError(message)
    return Signal(
        kind=kind,
        subject=said.text("subject"),
        method=said.text("method"),
        statistic=said.number("statistic"),
        window_start=_moment(said, "window_start"),
        window_end=_moment(said, "window_end"),
        p_value=None if said.part("p_value") is None else said.number("p_value"),
        dimension=said.text("dimension", ""),
        value=said.text("value", ""),
        arm=said.text("arm", ""),
        target=said.text("target", ""),
        reference_count=said.whole("reference_count", 0),
        current_count=said.whole("current_count", 0),
        profile_digest=said.text("profile_digest", ""),
        producer=said.text("producer", ""),
    )


def _moment(said: Fields, key: str) -> datetime:
    try:
        moment = datetime.fromisoformat(said.text(key))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        message = f"{key} must be a time with a zone, such as 2026-05-03T12:00:00Z"
        raise ValueError(message)
    return moment
