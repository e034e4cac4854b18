"""Checks of `registry-grpc doctor` end, whatever they do."""

from collections.abc import Iterator
from threading import Event

from registry_grpc.app.doctor.finding import (
    Check,
    Finding,
    Result,
    failed,
    findings,
    passed,
    warned,
    worst,
)
from registry_grpc.domain.errors import StorageUnavailable


def test_a_check_that_hangs_is_a_failure_and_the_next_one_runs() -> None:
    never = Event()

    def hangs() -> Iterator[Finding]:
        yield passed("first", "was quick")
        never.wait()

    checks = [Check("slow", hangs, "look at it"), Check("next", lambda: [passed("next", "ran")])]
    first, late, following = findings(checks, longest=0.2)
    never.set()
    assert (first.found, following.found) == ("was quick", "ran")
    assert late == failed("slow", "no answer within 0 seconds", "look at it")


def test_what_a_check_raises_is_what_it_found() -> None:
    def raising(error: Exception) -> Check:
        def run() -> Iterator[Finding]:
            yield passed("before", "well")
            raise error

        return Check("bad", run, "advice")

    errors = (
        (StorageUnavailable("the host is away"), "the host is away"),
        (StorageUnavailable(), "the registry's blob store does not answer; try again"),
        (PermissionError(13, "Permission denied", "/srv/blobs"), "Permission denied: /srv/blobs"),
        (KeyError("x"), "KeyError: 'x'"),
    )
    for error, text in errors:
        assert list(findings([raising(error)]))[1:] == [failed("bad", text, "advice")]


def test_a_check_that_needs_a_failed_one_is_left_out() -> None:
    checks = [
        Check("database", lambda: [failed("database", "away", "")]),
        Check("schema", lambda: [passed("schema", "well")], needs="database"),
        Check("disk", lambda: [passed("disk", "well")]),
        Check("blobs", lambda: [passed("blobs", "well")], needs="disk"),
    ]
    assert [each.check for each in findings(checks)] == ["database", "disk", "blobs"]


def test_the_worst_result_is_the_result() -> None:
    well, look, bad = passed("a", ""), warned("b", "", ""), failed("c", "", "")
    assert worst([]) is worst([well]) is Result.PASS
    assert worst([look, well]) is Result.WARN
    assert worst([well, bad, look]) is Result.FAIL
