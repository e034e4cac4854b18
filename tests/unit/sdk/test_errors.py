"""The tree of errors: complete, drawn, and chosen by reason."""

import pickle
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from modelregistry import errors
from modelregistry._watching.retry import WatchRetryPolicy
from modelregistry._wire import retry_policy
from modelregistry._wire.failure import BY_CODE, BY_REASON, DOMAIN, from_status
from modelregistry._wire.mutation_retry import MutationRetryPolicy
from modelregistry.errors import reasons
from modelregistry.v1 import error_reason_pb2
from tests.support.conformance import cases, label

REASONS = [
    name.removeprefix("ERROR_REASON_")
    for name, number in error_reason_pb2.ErrorReason.items()
    if number
]


def test_every_reason_of_the_contract_has_one_class_and_no_other_has() -> None:
    assert sorted(BY_REASON) == sorted(REASONS)
    assert len(set(BY_REASON.values())) == len(REASONS)


def test_every_status_but_ok_has_a_class() -> None:
    assert set(BY_CODE) == set(grpc.StatusCode) - {grpc.StatusCode.OK}


@pytest.mark.parametrize("kind", list(errors.descendants()), ids=lambda kind: kind.__name__)
def test_every_class_is_drawn_in_the_tree_or_is_that_of_a_reason(
    kind: type[errors.RegistryError],
) -> None:
    drawn = kind.__name__ in (errors.__doc__ or "").replace("\n", " ").split()
    assert drawn or kind.__name__ in reasons.__all__


def test_the_package_has_every_class() -> None:
    assert all(getattr(errors, kind.__name__) is kind for kind in errors.descendants())


CASES = cases("errors.json")["errors"]


def test_the_classes_of_reasons_are_those_of_the_cases() -> None:
    assert sorted(reasons.__all__) == sorted(case["class"] for case in CASES)


def test_there_is_a_case_for_every_reason() -> None:
    assert [case["reason"] for case in CASES] == REASONS


@pytest.mark.parametrize("case", CASES, ids=label)
def test_a_reason_gives_the_class_of_its_case_below_that_of_its_status(
    case: dict[str, Any],
) -> None:
    code = grpc.StatusCode[case["code"]]
    keys = [*case["metadata"], *case.get("optional_metadata", [])]
    status = status_pb2.Status(code=code.value[0], message="text")
    info = error_details_pb2.ErrorInfo(
        reason=case["reason"], domain=DOMAIN, metadata=dict.fromkeys(keys, "7")
    )
    status.details.add().Pack(info)
    error = from_status(status, "r")
    assert type(error).__name__ == case["class"]
    assert isinstance(error, BY_CODE[code])
    assert error.metadata == dict.fromkeys(keys, "7")
    assert error.hint == case["hint"]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_a_hint_is_one_clause(case: dict[str, Any]) -> None:
    assert re.fullmatch(r"[a-z][^.:]+[^.:;, ]", case["hint"])


@pytest.mark.parametrize("case", CASES, ids=label)
def test_what_is_retried_after_an_error_is_what_its_case_says(case: dict[str, Any]) -> None:
    error = BY_REASON[case["reason"]]("text")
    retried = {
        "mutation": _is_retried(lambda: MutationRetryPolicy("r", 30).pause_after(error)),
        "transfer": isinstance(error, retry_policy.TRANSIENT),
        "watch": _is_retried(lambda: WatchRetryPolicy(30, 0).pause_after(error, 0)),
    }
    assert [operation for operation, is_retried in retried.items() if is_retried] == case.get(
        "retried", []
    )


def _is_retried(pause: Callable[[], float]) -> bool:
    try:
        return pause() >= 0
    except errors.RegistryError:
        return False


def test_an_error_survives_being_sent_to_another_process() -> None:
    error = errors.EtagMismatch(
        "moved",
        metadata={"current_etag": "r2"},
        violations=[errors.Violation("etag", "stale")],
        request_id="r",
        retry_after=timedelta(seconds=1),
    )
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert isinstance(again, errors.EtagMismatch)
    assert vars(again) == vars(error)
    assert str(again) == "moved"
