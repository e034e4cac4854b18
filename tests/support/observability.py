"""The metrics in deploy/observability and docs/reference/metrics.md."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "observability"
ALERTS = FOLDER / "alerts.yaml"
DASHBOARD = FOLDER / "dashboard.json"
_NAME = re.compile(r"\b(?:registry|grpc_server)_[a-z0-9_]+")
_EXPRESSION = re.compile(r"^ +expr: (.+)$", re.MULTILINE)
_ROW = re.compile(r"^\| (`[^|]*) \| (?:counter|gauge|histogram) \|", re.MULTILINE)
_PARTS = ("_bucket", "_count", "_sum")


def documented() -> set[str]:
    """Return the metrics of the tables in the docs."""
    text = (ROOT / "docs/reference/metrics.md").read_text("utf-8")
    return {name for row in _ROW.findall(text) for name in _NAME.findall(row)}


def alert_expressions() -> list[str]:
    """Return the expression of each alert."""
    return _EXPRESSION.findall(ALERTS.read_text("utf-8"))


def dashboard_expressions() -> list[str]:
    """Return the expression of each target of each panel."""
    return list(_of_targets(json.loads(DASHBOARD.read_text("utf-8"))))


def _of_targets(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(expression := value.get("expr"), str):
            yield expression
        for each in value.values():
            yield from _of_targets(each)
    elif isinstance(value, list):
        for each in value:
            yield from _of_targets(each)


def metrics_of(expression: str) -> set[str]:
    """Return the metrics that an expression reads; a histogram by its own name."""
    found = set()
    for name in _NAME.findall(expression):
        histogram = next((name.removesuffix(part) for part in _PARTS if name.endswith(part)), name)
        found.add(histogram if histogram in documented() else name)
    return found
