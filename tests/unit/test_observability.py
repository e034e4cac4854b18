"""The dashboard and the alerts read metrics that exist, and every metric is shown."""

import json
from itertools import chain

import pytest

from tests.support.observability import (
    DASHBOARD,
    alert_expressions,
    dashboard_expressions,
    documented,
    metrics_of,
)


@pytest.mark.parametrize("expression", [*alert_expressions(), *dashboard_expressions()])
def test_an_expression_reads_metrics_that_exist(expression: str) -> None:
    assert metrics_of(expression) or expression.startswith("up{")  # made by Prometheus itself
    assert metrics_of(expression) <= documented()


def test_every_metric_is_on_the_dashboard() -> None:
    shown = set(chain.from_iterable(map(metrics_of, dashboard_expressions())))
    assert documented() - shown == set()


def test_panels_do_not_overlap_and_have_numbers_of_their_own() -> None:
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def test_there_are_alerts() -> None:
    assert len(alert_expressions()) >= 10
