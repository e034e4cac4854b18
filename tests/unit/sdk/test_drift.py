"""Drift: statistics as SciPy computes them, and a stated answer for every odd column."""

import math
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency, ks_2samp, wasserstein_distance
from typing_extensions import override

from modelregistry import SignalKind, drift, errors
from modelregistry.drift import ColumnComparison, ColumnKind, Comparison

NUMBERS = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=60)
TEXTS = st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=80)
DAY = datetime(2026, 5, 3, tzinfo=UTC)
NORMAL = np.random.default_rng(15).normal(size=1_000)


def compared(reference: object, current: object, **options: int) -> ColumnComparison:
    profile = drift.profile({"x": reference}, **options)  # type: ignore[arg-type] # numbers only
    # What is compared is what the file has.
    profile = drift.parse_profile(drift.profile_bytes(profile))
    return drift.compare(profile, {"x": current}).columns[0]


def statistics(column: ColumnComparison) -> dict[str, tuple[float, float | None]]:
    return {result.method: (result.statistic, result.p_value) for result in column.results}


def close(found: float | None, expected: float) -> bool:
    return found is not None and math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)


@settings(deadline=None, max_examples=40)
@given(NUMBERS, NUMBERS)
def test_numbers_give_the_statistics_of_scipy(reference: list[float], current: list[float]) -> None:
    column = compared(reference, current)
    found = statistics(column)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of p-values that are not exact
        tested = ks_2samp(reference, current)
    assert close(found["ks"][0], tested.statistic)
    assert close(found["ks"][1], tested.pvalue)
    assert close(found["wasserstein"][0], wasserstein_distance(reference, current))
    # The bins, by NumPy's own histogram.
    edges = drift.profile({"x": reference}).columns[0].edges
    whole = [-np.inf, *edges, np.inf]
    counts = [np.histogram(side, whole)[0].tolist() for side in (reference, current)]
    assert [each.reference for each in column.bins] == counts[0]
    assert [each.current for each in column.bins] == counts[1]
    assert close(found["js"][0], np.nan_to_num(jensenshannon(*counts)))
    assert close(found["psi"][0], by_definition(*counts))


@settings(deadline=None, max_examples=40)
@given(TEXTS, TEXTS)
def test_categories_give_the_statistics_of_scipy(reference: list[str], current: list[str]) -> None:
    column = compared(reference, current)
    found = statistics(column)
    known = sorted(set(reference))
    before, now = Counter(reference), Counter(current)
    counts = [
        [*(before[text] for text in known), 0],
        [*(now[text] for text in known), sum(now[text] for text in set(now) - set(known))],
    ]
    table = np.array(counts)
    tested = chi2_contingency(table[:, table.sum(axis=0) > 0])
    assert close(found["chi2"][0], tested.statistic)
    assert close(found["chi2"][1], tested.pvalue)
    assert close(found["js"][0], np.nan_to_num(jensenshannon(*counts)))
    assert close(found["psi"][0], by_definition(*counts))
    assert set(found) == {"psi", "js", "chi2"}


def by_definition(reference: list[int], current: list[int]) -> float:
    shares = [[max(count / sum(side), 0.0001) for count in side] for side in (reference, current)]
    terms = [(now - before) * math.log(now / before) for before, now in zip(*shares, strict=True)]
    return math.fsum(terms)


def test_psi_is_the_sum_that_one_computes_by_hand() -> None:
    # Deciles of 0…9 are the values themselves; half of the low ones moved to the highest bin.
    column = compared(list(range(10)) * 10, [*range(10)] * 9 + [9] * 10)
    shares = [each.current for each in column.bins]
    assert [each.reference for each in column.bins] == [10] * 10 + [0]
    assert shares == [9] * 9 + [19, 0]
    expected = 9 * (0.09 - 0.1) * math.log(0.09 / 0.1) + (0.19 - 0.1) * math.log(0.19 / 0.1)
    assert close(statistics(column)["psi"][0], expected)
    assert expected == pytest.approx(0.0672493, abs=1e-7)


def test_an_empty_bin_has_the_share_epsilon() -> None:
    column = compared(["a"] * 50 + ["b"] * 50, ["a"] * 100)
    expected = (1 - 0.5) * math.log(1 / 0.5) + (0.0001 - 0.5) * math.log(0.0001 / 0.5)
    assert close(statistics(column)["psi"][0], expected)


ODD: dict[str, tuple[Any, Any]] = {
    "one row": ([1.0], [1.0]),
    "one row, another value": ([1.0], [2.0]),
    "constant": ([3] * 50, [3] * 20),
    "constant, and larger": ([3] * 50, [4] * 20),
    "nothing but missing values in the table": (NORMAL, [None] * 30),
    "nothing but missing values in the reference": ([math.nan] * 30, NORMAL),
    "nothing but missing values": ([None] * 3, [None] * 4),
    "infinite": ([1, 2, math.inf, 4], [-math.inf, 2, 3, math.inf]),
    "nothing but infinite values": ([math.inf] * 3, [-math.inf] * 3),
    "as far apart as doubles are": ([-1.7e308, 1.7e308] * 9, [1.7e308, -1.7e308, -1.7e308] * 9),
    "subnormal": ([5e-324, 0.0], [0.0, -5e-324]),
    "integers that doubles round": ([2**60, 2**60 + 1], [2**60]),
    "booleans": ([True, False, True], [False, None, False]),
    "one boolean": ([True] * 5, [True] * 5),
    "a category that is new": (["a", "b"] * 9, ["a", "c"] * 9),
    "texts that are no texts for UTF-8": (["\ud800", "x\0"], ["\ud800", ""]),
    "long texts": (["x" * 1000, "x" * 1001], ["x" * 1000]),
    "times": ([DAY, DAY + timedelta(days=1), None], [DAY.replace(tzinfo=None)]),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_columns_have_finite_answers_or_reasons(name: str) -> None:
    column = compared(*ODD[name])
    answered = {result.method for result in column.results}
    skipped = {each.method for each in column.skipped}
    ordered = column.kind in {ColumnKind.NUMERIC, ColumnKind.DATETIME}
    methods = {"psi", "js"} | ({"ks", "wasserstein"} if ordered else {"chi2"})
    assert answered | skipped == methods
    assert not answered & skipped
    assert all(each.reason for each in column.skipped)
    for result in column.results:
        assert math.isfinite(result.statistic)
        assert result.p_value is None or 0 <= result.p_value <= 1
        assert drift.hint(result) in {"", "none", "drift", "moderate", "large"}
    assert sum(each.current for each in column.bins) == len(ODD[name][1])
    assert len({each.label for each in column.bins}) == len(column.bins)


def reasons(column: ColumnComparison) -> dict[str, str]:
    return {each.method: each.reason for each in column.skipped}


def test_missing_values_are_a_bin_of_their_own() -> None:
    column = compared(NORMAL, [None] * 30)
    assert column.missing == 30
    assert column.bins[-1] == drift.Bin(label="missing", reference=0, current=30)
    assert statistics(column)["psi"][0] > 5
    assert reasons(column)["ks"] == "the table has no finite values"
    back = compared([None] * 30, [None] * 7)
    assert statistics(back) == {"psi": (0.0, None), "js": (0.0, None), "chi2": (0.0, 1.0)}


def test_a_constant_that_changes_is_drift_in_both_directions() -> None:
    for other in (2, 4):
        found = statistics(compared([3] * 500, [other] * 500))
        assert found["psi"][0] > 5
        assert found["ks"][0] == 1.0
        assert close(found["ks"][1], 0.0)
        assert found["wasserstein"] == (1.0, None)
    assert statistics(compared([3] * 50, [3] * 20))["psi"] == (0.0, None)


def test_infinite_values_count_in_the_outer_bins_only() -> None:
    column = compared(NORMAL, np.r_[NORMAL, [np.inf] * 100, -np.inf])
    assert column.infinite == 101
    assert [each.current for each in column.bins] == [101, *[100] * 8, 200]
    assert statistics(column)["ks"] == (0.0, 1.0)
    assert statistics(column)["wasserstein"] == (0.0, None)


def test_distances_that_no_double_holds_are_skipped() -> None:
    column = compared(*ODD["as far apart as doubles are"])
    assert reasons(column) == {"wasserstein": "the values are further apart than a double holds"}
    assert "ks" in statistics(column)


@pytest.mark.parametrize(
    "reference, current, reason",
    [
        ([], [1.0], "the reference has no rows"),
        ([1.0], [], "the table has no rows"),
        (["a"], [], "the table has no rows"),
        ([1.0], ["a"], "the table has the text 'a', the profile numeric values"),
        ([1.0], [DAY], "the table has datetime values, the profile numeric ones"),
        ([DAY], [1.0], "the table has numeric values, the profile datetime ones"),
        (["a"], [DAY], "times cannot be categories"),
        ([1.0], [1.0, "a"], "has values of several kinds: categorical, numeric"),
        ([1.0], [[1.0]], "has values of builtins.list, which cannot be compared"),
        ([1.0], np.zeros((2, 2)), "is not one-dimensional"),
        ([1.0], np.array([1j]), "has values of the type complex128, which cannot be compared"),
        ([1.0], [10**400], "has a number that no double holds"),
        ([1.0], "abc", "is no column, but builtins.str"),
    ],
)
def test_a_column_that_cannot_be_compared_has_one_reason(
    reference: object, current: object, reason: str
) -> None:
    column = compared(reference, current)
    assert reasons(column) == {"": reason}
    assert not column.results


def test_a_column_that_is_absent_is_said_to_be_and_others_are_listed() -> None:
    profile = drift.profile({"x": [1.0], "y": [2.0]})
    found = drift.compare(profile, {"z": [1], "y": [2]})
    assert [column.name for column in found.columns] == ["x", "y"]
    assert reasons(found.columns[0]) == {"": "the table has no such column"}
    assert found.other_columns == ("z",)
    assert [each.name for each in drift.compare(profile, {"y": [2]}, columns=["y"]).columns] == [
        "y"
    ]


def test_rare_categories_share_a_bin() -> None:
    reference = ["a"] * 5 + ["b"] * 4 + ["c"] * 3 + ["d"]
    column = compared(reference, ["a", "d", "e"], max_categories=2)
    assert [(each.label, each.reference, each.current) for each in column.bins] == [
        ("a", 5, 1),
        ("b", 4, 0),
        ("other", 4, 2),
    ]


def test_codes_are_categories_where_the_caller_says_so() -> None:
    profile = drift.profile({"code": [1, 2, 2, None]}, categorical=["code"])
    assert profile.columns[0].categories == ("2", "1")
    found = drift.compare(profile, {"code": np.array([1.0, 2.0, 3.0, np.nan])}).columns[0]
    assert [each.current for each in found.bins] == [1, 1, 1, 1]


def test_large_columns_are_sampled_and_say_so() -> None:
    many = np.arange(60_000, dtype=float)
    column = compared(many, many)
    by_method = {result.method: result for result in column.results}
    assert by_method["psi"].statistic == 0
    assert (by_method["psi"].reference_count, by_method["psi"].current_count) == (60_000, 60_000)
    ks = by_method["ks"]
    assert (ks.reference_count, ks.current_count) == (2_000, 50_000)
    assert ks.reference_sampled
    assert ks.current_sampled
    # Samples of one distribution: each differs from it by half a rank and by one stratum at most.
    assert ks.statistic <= 1 / 4_000 + 1 / 50_000 + 1e-12
    assert by_method["wasserstein"].statistic < 60_000 / 2_000
    assert compared(many, many).results == column.results
    whole = compared(many[:2_000], many[:50_000])
    assert not any(each.reference_sampled or each.current_sampled for each in whole.results)


def test_a_sample_follows_no_period_of_the_rows() -> None:
    periodic = np.tile([0.0, 1.0, 2.0, 3.0], 50_000)  # a period that divides the stride
    found = {each.method: each for each in compared([0, 1, 2, 3] * 100, periodic).results}
    assert found["ks"].current_sampled
    assert found["ks"].statistic < 0.01


def test_signals_have_the_window_and_the_facts_of_the_comparison() -> None:
    profile = drift.profile({"x": NORMAL, "c": ["a", "b"] * 500})
    found = drift.compare(profile, {"x": NORMAL[:500] + 1, "c": ["a"] * 500})
    window = (DAY, DAY + timedelta(hours=1))
    signals = found.signals(window, dimension="country", value="de", arm="new", target="eu")
    assert [(each.subject, each.method) for each in signals] == [
        *(("x", method) for method in ("psi", "js", "ks", "wasserstein")),
        *(("c", method) for method in ("psi", "js", "chi2")),
    ]
    for signal, result in zip(signals, found.results, strict=True):
        assert (signal.statistic, signal.p_value) == (result.statistic, result.p_value)
        assert (signal.window_start, signal.window_end) == window
        assert (signal.dimension, signal.value) == ("country", "de")
        assert (signal.arm, signal.target, signal.kind) == ("new", "eu", SignalKind.DATA)
        assert (signal.reference_count, signal.current_count) == (1_000, 500)
        assert signal.profile_digest == found.profile_digest
    assert found.profile_digest.startswith("sha256:")


@pytest.mark.parametrize(
    "window",
    [
        (DAY, DAY),
        (DAY + timedelta(1), DAY),
        (DAY,),
        DAY,
        (DAY, "now"),
        (DAY.replace(tzinfo=None),) * 2,
    ],
)
def test_a_window_is_two_times_with_zones_in_order(window: tuple[datetime, datetime]) -> None:
    found = drift.compare(drift.profile({"x": [1]}), {"x": [1]})
    with pytest.raises(errors.InvalidRequest, match="window"):
        found.signals(window)


class Lazy(Mapping[str, object]):
    """Columns that are made when they are read, and counted while they live."""

    def __init__(self) -> None:
        self.read: list[str] = []

    @override
    def __getitem__(self, name: str) -> object:
        self.read.append(name)
        return NORMAL

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(["x", "y", "z"])

    @override
    def __len__(self) -> int:
        return 3


def test_a_column_is_read_once_and_only_if_it_is_compared() -> None:
    profile = drift.profile({"x": NORMAL, "z": NORMAL})
    table = Lazy()
    found: Comparison = drift.compare(profile, table)
    assert table.read == ["x", "z"]
    assert found.other_columns == ("y",)
