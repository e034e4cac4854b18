"""Charts as SVG: a dot for each slice, its confidence interval as a line.

No script and no colours: strokes and fills are classes of the page.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from modelregistry.report.page import Chart, Point
from modelregistry.report.wording import escaped, number

_WIDTH: Final = 720
_LEFT: Final = 200
_RIGHT: Final = 100
_ROW: Final = 24
_TOP: Final = 24
_MAX_LABEL: Final = 26


@dataclass(frozen=True, slots=True)
class _Scale:
    """Maps values to x coordinates."""

    low: float
    high: float

    def x(self, value: float) -> str:
        # Halved first: the difference of two finite numbers may overflow.
        share = (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return f"{_LEFT + share * (_WIDTH - _LEFT - _RIGHT):.1f}"


def svg(chart: Chart) -> str:
    """Return a chart with at least one point as SVG."""
    scale = _scale(chart)
    height = _TOP + _ROW * len(chart.points) + _ROW
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" class="chart">',
        f"<title>{escaped(chart.caption)}</title>",
        *_axis(chart, scale, height),
        *(part for row, point in enumerate(chart.points) for part in _point(row, point, scale)),
        "</svg>",
    ]
    return "\n".join(parts)


def _scale(chart: Chart) -> _Scale:
    values = [value for point in chart.points for value in _extent(point)]
    if chart.overall is not None:
        values.append(chart.overall)
    low, high = min(values), max(values)
    if low == high:
        # A single value has no range: it is drawn in the middle.
        margin = max(abs(low) / 2, 1.0)
        low, high = low - margin, high + margin
    return _Scale(low, high)


def _extent(point: Point) -> tuple[float, ...]:
    return tuple(value for value in (point.value, point.low, point.high) if value is not None)


def _axis(chart: Chart, scale: _Scale, height: int) -> Iterator[str]:
    base = height - _ROW
    yield _line(scale.x(scale.low), scale.x(scale.high), base, base, "axis")
    for value, anchor in ((scale.low, "start"), (scale.high, "end")):
        yield _label(scale.x(value), base + 16, anchor, f"{value:.4g}")
    if chart.overall is not None:
        place = scale.x(chart.overall)
        yield _line(place, place, _TOP - 8, base, "overall")
        yield _label(place, _TOP - 12, "middle", f"overall {number(chart.overall)}")


def _point(row: int, point: Point, scale: _Scale) -> Iterator[str]:
    y = _TOP + row * _ROW + _ROW // 2
    said = f"{point.label}: {number(point.value)}, n={point.count:,}"
    yield f"<g><title>{escaped(said)}</title>"
    yield _label(str(_LEFT - 12), y + 4, "end", _shortened(point.label))
    if point.low is not None and point.high is not None:
        yield _line(scale.x(point.low), scale.x(point.high), y, y, "interval")
    yield f'<circle cx="{scale.x(point.value)}" cy="{y}" r="5" class="dot"/>'
    yield _label(str(_WIDTH - _RIGHT + 12), y + 4, "start", f"n={point.count:,}")
    yield "</g>"


def _shortened(label: str) -> str:
    return label if len(label) <= _MAX_LABEL else f"{label[: _MAX_LABEL - 1]}…"


def _line(x1: str, x2: str, y1: int, y2: int, kind: str) -> str:
    return f'<line x1="{x1}" x2="{x2}" y1="{y1}" y2="{y2}" class="{kind}"/>'


def _label(x: str, y: int, anchor: str, text: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escaped(text)}</text>'
