"""Histograms as SVG: for each label a bar before and a bar now."""

from collections.abc import Iterator
from typing import Final

from modelregistry.report.page import Bar, Bars
from modelregistry.report.wording import escaped

_WIDTH: Final = 720
_LEFT: Final = 200
_RIGHT: Final = 120
_ROW: Final = 28
_BAR: Final = 10
_MAX_LABEL: Final = 26


def paired(bars: Bars) -> str:
    """Return bars as SVG; the longest one has the whole width."""
    longest = max((max(bar.before, bar.now) for bar in bars.bars), default=0.0) or 1.0
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_ROW * len(bars.bars) + 8}" role="img" class="chart">',
        f"<title>{escaped(bars.caption)}</title>",
        *(part for row, bar in enumerate(bars.bars) for part in _bar(row, bar, longest)),
        "</svg>",
    ]
    return "\n".join(parts)


def _bar(row: int, bar: Bar, longest: float) -> Iterator[str]:
    top = 4 + row * _ROW
    said = f"{_percent(bar.before)} → {_percent(bar.now)}"
    yield f"<g><title>{escaped(f'{bar.label}: {said}')}</title>"
    shown = bar.label if len(bar.label) <= _MAX_LABEL else f"{bar.label[: _MAX_LABEL - 1]}…"
    yield _text(_LEFT - 12, top + 14, "end", shown)
    for share, y, kind in ((bar.before, top, "before"), (bar.now, top + _BAR, "now")):
        width = share / longest * (_WIDTH - _LEFT - _RIGHT)
        yield f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR}" class="{kind}"/>'
    yield _text(_WIDTH - _RIGHT + 12, top + 14, "start", said)
    yield "</g>"


def _text(x: int, y: int, anchor: str, text: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escaped(text)}</text>'


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"
