"""The work of a call: counted, bounded, stopped."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from registry_grpc.domain.errors import DeadlineExceeded, LimitExceeded
from registry_grpc.domain.work import LIMIT, MAX_WORK, Work, counted, current_work


def test_what_is_beyond_the_budget_is_refused_with_the_figures() -> None:
    work = Work()
    work.take(MAX_WORK)
    assert work.done == MAX_WORK
    with pytest.raises(LimitExceeded) as refused:
        work.take(7)
    assert refused.value.metadata == {
        "limit": LIMIT,
        "allowed": str(MAX_WORK),
        "given": str(MAX_WORK + 7),
    }


def test_a_call_without_a_caller_stops_at_its_next_count() -> None:
    work = Work()
    work.take(1)
    work.stop()
    with pytest.raises(DeadlineExceeded):
        work.take(1)


def test_only_calls_are_bounded() -> None:
    current_work().take(10 * MAX_WORK)
    work = Work()
    with counted(work):
        assert current_work() is work
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(current_work).result().allowed is None
    assert current_work().allowed is None
