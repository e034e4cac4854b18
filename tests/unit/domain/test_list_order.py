import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_grpc.domain.list_order import (
    MAX_BYTES,
    VERSION_ORDER,
    OrderTerm,
    SortValue,
    parse_order,
    sort_text,
)


@pytest.mark.parametrize(
    "text, terms",
    [
        ("", []),
        ("  ", []),
        ("number", [OrderTerm("number")]),
        (" number  desc ", [OrderTerm("number", None, descending=True)]),
        ("create_time asc,number", [OrderTerm("create_time"), OrderTerm("number")]),
        ("metrics.auc desc", [OrderTerm("metrics", "auc", descending=True)]),
        ("metrics.val/auc@5.x", [OrderTerm("metrics", "val/auc@5.x")]),
        (r'metrics."a, \"b\" desc" desc', [OrderTerm("metrics", 'a, "b" desc', descending=True)]),
        ("metrics.a, metrics.b", [OrderTerm("metrics", "a"), OrderTerm("metrics", "b")]),
    ],
)
def test_an_order_is_read_as_in_aip_132(text: str, terms: list[OrderTerm]) -> None:
    assert parse_order(text, VERSION_ORDER) == terms


@pytest.mark.parametrize(
    "text",
    [
        *(",", "number,", "number desc asc", "number;", "metrics.", 'metrics."a', "-number"),
        *("auc", "metrics", "number.x", "number, number", "stage", "number DESC", "metrics.a\0"),
        ", ".join(f"metrics.m{n}" for n in range(5)),
        "metrics." + "x" * MAX_BYTES,
    ],
)
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"order|read|field|metrics"):
        parse_order(text, VERSION_ORDER)


values = (
    st.tuples(st.just(OrderTerm("number")), st.integers(-(2**63) + 1, 2**63 - 1))
    | st.tuples(st.just(OrderTerm("create_time")), st.datetimes(timezones=st.just(UTC)))
    | st.tuples(
        st.just(OrderTerm("metrics", "a")),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
    )
)


@given(values)
def test_a_value_is_kept_exactly_in_a_token(pair: tuple[OrderTerm, SortValue]) -> None:
    term, value = pair
    assert term.read(sort_text(value)) == value


@pytest.mark.parametrize(
    "term, text",
    [
        *((OrderTerm("number"), text) for text in ("", "x", str(2**63), "1.5")),
        *((OrderTerm("create_time"), text) for text in ("", "2026-05-03T12:00:00", "x")),
        *((OrderTerm("metrics", "a"), text) for text in ("x", "inf", "nan", "0x1p9999")),
    ],
)
def test_a_forged_value_is_refused(term: OrderTerm, text: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        term.read(text)


def test_times_are_kept_to_the_microsecond() -> None:
    moment = datetime(2026, 5, 3, 12, 0, 0, 1, UTC)
    assert OrderTerm("create_time").read(sort_text(moment)) == moment
    assert math.isclose(float.fromhex(sort_text(0.1)), 0.1, rel_tol=0)
