"""The cases of `routing.json`, which the server's rule wrote, by a second implementation."""

from itertools import groupby
from typing import Any

import pytest

from registry_grpc.domain.route_slots import fnv1a32, slot_of
from tests.support.conformance import cases
from tests.support.naive_routing import naive_decision, naive_hash, naive_slot, naive_slots

_CASES = cases("routing.json")


def test_there_are_enough_cases() -> None:
    decisions = sum(len(route["decisions"]) for route in _CASES["routes"])
    assert decisions >= 500
    assert len(_CASES["slots"]) >= 200


def test_hashes_and_slots() -> None:
    for case in _CASES["hashes"]:
        assert case["hash"] == naive_hash(case["text"]) == fnv1a32(case["text"].encode())
    for case in _CASES["slots"]:
        expected = naive_slot(case["salt"] + case["unit"])
        assert case["slot"] == expected == slot_of(case["salt"], case["unit"])


@pytest.mark.parametrize("route", _CASES["routes"], ids=lambda route: route["salt"])
def test_decisions(route: dict[str, Any]) -> None:
    for case in route["decisions"]:
        assert case == naive_decision(route, case["unit"])


@pytest.mark.parametrize("change", _CASES["changes"])
def test_changes(change: dict[str, Any]) -> None:
    slots: list[str] = []
    for step in change["steps"]:
        before, slots = slots, naive_slots(slots, step["weights"])
        runs = [[arm, sum(1 for _ in run)] for arm, run in groupby(slots)]
        assert step["slots"] == runs
        moved = sum(one != other for one, other in zip(before, slots, strict=False))
        assert step["moved"] == moved
