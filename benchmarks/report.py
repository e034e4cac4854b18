"""Outcomes as a table for people and as JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from benchmarks.figure import Comparison, Outcome, Spread

_TINY, _SMALL, _LARGE = 0.01, 10.0, 100.0
_MIB = 1024 * 1024


def table(outcomes: Sequence[Outcome]) -> Group:
    """Return one table per figure, aligned with the others, 80 columns wide; headlines bold."""
    return Group(*(part for outcome in outcomes for part in _parts(outcome)))


def _parts(outcome: Outcome) -> Sequence[RenderableType]:
    figure, measurement = outcome.figure, outcome.measurement
    heading = Text.assemble((figure.name, "bold cyan"), "  ", figure.title)
    if outcome.problem:
        return (heading, Padding(Text(f"not measured: {outcome.problem}", "red"), (0, 0, 1, 2)))
    sizes = [_setting(key, value) for key, value in measurement.settings.items()]
    versions = [f"{name} {version}" for name, version in measurement.versions.items()]
    details = ", ".join([*sizes, f"{len(measurement.pairs)} rounds", *versions])
    about = Text(f"against {figure.reference}\n{details}", "dim")
    shown = Table(box=None, padding=(0, 1, 0, 0))
    titles = ("", "registry", figure.short_name, "ratio", "spread")
    for title, width in zip(titles, (31, 11, 11, 6, 13), strict=True):
        shown.add_column(title, width=width, justify="right" if title else "left")
    for comparison in outcome.comparisons:
        shown.add_row(*_cells(comparison), style="bold" if comparison.quantity.headline else "")
    return (heading, Padding(about, (0, 0, 0, 2)), Padding(shown, (0, 0, 1, 2), expand=False))


def _cells(comparison: Comparison) -> Sequence[str]:
    quantity, ratio = comparison.quantity, comparison.ratio
    return (
        quantity.title,
        _value(comparison.ours, quantity.unit),
        _value(comparison.reference, quantity.unit),
        _ratio(ratio.median) if ratio else "-",
        f"{_ratio(ratio.low)}-{_ratio(ratio.high)}" if ratio else "-",
    )


def _ratio(value: float) -> str:
    return f"{value:.{4 if 0 < value < _TINY else 2}f}"


def _setting(key: str, value: float) -> str:
    name, _, unit = key.rpartition("_")
    if unit == "bytes" and value >= _MIB:
        return f"{name.replace('_', ' ')} {value / _MIB:,.0f} MiB"
    return f"{key.replace('_', ' ')} {value:,.0f}"


def _value(spread: Spread | None, unit: str) -> str:
    if spread is None:
        return "-"
    median = spread.median
    digits = 0 if median >= _LARGE else 1 if median >= _SMALL else 2 if median >= _TINY else 4
    return f"{median:.{digits}f} {unit}"


def write_json(path: Path, about: Mapping[str, object], outcomes: Sequence[Outcome]) -> None:
    """Write everything, every round included; folders above the file are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = {outcome.figure.name: _figure(outcome) for outcome in outcomes}
    content = {"format": 1, **about, "figures": figures}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _figure(outcome: Outcome) -> dict[str, object]:
    return {
        "title": outcome.figure.title,
        "reference": outcome.figure.reference,
        "problem": outcome.problem,
        "seconds": round(outcome.seconds, 1),
        "rounds": len(outcome.measurement.pairs),
        "settings": dict(outcome.measurement.settings),
        "versions": dict(outcome.measurement.versions),
        "quantities": {
            comparison.quantity.key: {
                "title": comparison.quantity.title,
                "unit": comparison.quantity.unit,
                "headline": comparison.quantity.headline,
                "registry": _spread(comparison.ours),
                "reference": _spread(comparison.reference),
                "ratio": _spread(comparison.ratio),
            }
            for comparison in outcome.comparisons
        },
    }


def _spread(spread: Spread | None) -> dict[str, object] | None:
    return None if spread is None else asdict(spread)
