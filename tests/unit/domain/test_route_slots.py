"""Slots of routes: least movement, equal on every machine, and units that spread evenly."""

import subprocess
import sys
from collections import Counter
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.route_slots import (
    SLOTS,
    ArmSlots,
    assign,
    fnv1a32,
    moved,
    runs_of,
    slot_of,
    slots_of,
)
from tests.support.naive_routing import naive_slots

Numbers = npt.NDArray[np.int64]

_ARMS = [f"arm{index}" for index in range(12)]
_UNITS = 1_000_000
# Chi-square of 9,999 degrees of freedom: mean 9,999, deviation 141. Six deviations.
_CHI_SQUARE_SLOTS = 9_999 + 6 * 141
_CHI_SQUARE_PAIRS = 99 * 99 + 6 * 140


def flat(runs: list[ArmSlots]) -> list[str]:
    """Return the arm of each slot."""
    return [arm for arm, count in runs for _ in range(count)]


@st.composite
def plans(draw: st.DrawFn) -> dict[str, int]:
    """Return weights of a few arms that sum to 10,000."""
    arms = draw(st.permutations(_ARMS))[: draw(st.integers(1, len(_ARMS)))]
    cuts = sorted(draw(st.lists(st.integers(0, SLOTS), min_size=len(arms) - 1, max_size=11)))
    ends = [0, *cuts[: len(arms) - 1], SLOTS]
    return {arm: ends[index + 1] - ends[index] for index, arm in enumerate(arms)}


@settings(deadline=None)
@given(st.lists(plans(), min_size=1, max_size=6))
def test_histories_of_weights_move_the_minimum(history: list[dict[str, int]]) -> None:
    runs: list[ArmSlots] = []
    slots: list[str] = []
    for weights in history:
        earlier, before = runs, slots
        runs = assign(runs, weights)
        slots = flat(runs)
        assert slots == naive_slots(before, weights.items())
        assert Counter(slots) == Counter({arm: n for arm, n in weights.items() if n})
        if not before:
            continue
        had = Counter(before)
        shrunk = {arm: had[arm] - weights.get(arm, 0) for arm in had}
        assert moved(earlier, runs) == sum(n for n in shrunk.values() if n > 0)
        for one, other in zip(before, slots, strict=True):
            assert one == other or (shrunk[one] > 0 and weights[other] > had[other])


@settings(deadline=None)
@given(plans(), plans())
def test_runs_state_every_slot(first: dict[str, int], second: dict[str, int]) -> None:
    slots = assign(assign((), first), second)
    arms = list(second)
    runs = runs_of(slots, arms)

    assert slots_of(runs, arms) == slots
    assert all(run.count > 0 for run in runs)
    assert sum(run.count for run in runs) == SLOTS
    assert all(one.arm != other.arm for one, other in pairwise(runs))


def test_ten_to_fifty_percent_moves_forty() -> None:
    before = assign((), {"champion": 9_000, "challenger": 1_000})
    after = assign(before, {"champion": 5_000, "challenger": 5_000})

    assert moved(before, after) == 4_000
    pairs = zip(flat(before), flat(after), strict=True)
    assert {a for a, b in pairs if a != b} == {"champion"}


def test_another_process_computes_the_same() -> None:
    weights = [{"a": 2_500, "b": 7_500}, {"c": 1, "a": 6_000, "b": 3_999}, {"b": 10_000}]
    code = f"""
from registry_grpc.domain.route_slots import *
slots = []
for weights in {weights!r}:
    slots = assign(slots, weights)
    print(fnv1a32(str(slots).encode()))
"""
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    slots: list[ArmSlots] = []
    own = []
    for each in weights:
        slots = assign(slots, each)
        own.append(fnv1a32(str(slots).encode()))

    assert list(map(int, output.split())) == own


@pytest.mark.parametrize(
    "data, value", [(b"", 0x811C9DC5), (b"a", 0xE40C292C), (b"foobar", 0xBF9CF968)]
)
def test_the_hash_is_fnv_1a(data: bytes, value: int) -> None:
    """The published test vectors of FNV-1a, 32 bits."""
    assert fnv1a32(data) == value


def _hashed(columns: Numbers, state: int) -> Numbers:
    found = np.full(columns.shape[0], state, dtype=np.int64)
    for column in columns.T:
        found = ((found ^ column) * 16_777_619) & 0xFFFF_FFFF
    return found


def _slots_of(salt: str) -> Numbers:
    """Return the slots of a million units, computed by arrays."""
    numbers = np.arange(_UNITS)
    digits = np.stack([numbers // 10**place % 10 + 48 for place in range(6, -1, -1)], axis=1)
    inner = _hashed(digits.astype(np.int64), fnv1a32(f"{salt}user-".encode()))
    found = np.zeros(_UNITS, dtype=np.int64)
    for length in range(1, 11):
        of = (inner >= (10 ** (length - 1) if length > 1 else 0)) & (inner < 10**length)
        texts = np.stack(
            [inner[of] // 10**place % 10 + 48 for place in range(length - 1, -1, -1)], axis=1
        )
        found[of] = _hashed(texts.astype(np.int64), fnv1a32(b"")) % SLOTS
    return found


def _chi_square(counts: Numbers) -> float:
    expected = counts.sum() / counts.size
    return float(((counts - expected) ** 2 / expected).sum())


@pytest.mark.parametrize("salt", ["5c0ffee15bad51de", "0123456789abcdef", "feedfacecafebeef"])
def test_a_million_units_spread_evenly(salt: str) -> None:
    slots = _slots_of(salt)

    assert [slot_of(salt, f"user-{n:07d}") for n in (0, 7, 999_999)] == list(slots[[0, 7, 999_999]])
    assert _chi_square(np.bincount(slots, minlength=SLOTS)) < _CHI_SQUARE_SLOTS


@pytest.mark.parametrize("other", ["0123456789abcdef", "5c0ffee15bad51df"])
def test_two_salts_divide_units_independently(other: str) -> None:
    one, two = _slots_of("5c0ffee15bad51de"), _slots_of(other)
    pairs = np.bincount(one // 100 * 100 + two // 100, minlength=10_000)

    assert _chi_square(pairs) < _CHI_SQUARE_PAIRS
