"""One check of `registry-grpc doctor`: what it found, within a bounded time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from threading import Thread
from typing import Final

from registry_grpc.domain.database_fault import DatabaseFault
from registry_grpc.domain.errors import RegistryError
from registry_grpc.persistence.database_url import DatabaseUrlError

LONGEST_S: Final = 20.0
"""The time that a check may take."""


class Result(StrEnum):
    """WARN: works, and an operator should look at it."""

    PASS = "PASS"  # noqa: S105 - no password
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """found: what is so, without secrets. advice: what to do, "" for nothing."""

    check: str
    result: Result
    found: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A named check. run: yields its findings; what it raises is a failure."""

    name: str
    run: Callable[[], Iterable[Finding]]
    advice: str = ""
    """The advice for a check that raises or does not end."""
    needs: str = ""
    """The name of a check without which it would only repeat that one's failure."""


def passed(check: str, found: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding(check, Result.PASS, found)


def warned(check: str, found: str, advice: str) -> Finding:
    """Return a finding that an operator should look at."""
    return Finding(check, Result.WARN, found, advice)


def failed(check: str, found: str, advice: str) -> Finding:
    """Return a failure."""
    return Finding(check, Result.FAIL, found, advice)


def findings(checks: Sequence[Check], longest: float = LONGEST_S) -> Iterator[Finding]:
    """Run the checks one after the other; a check that exceeds `longest` seconds is a failure.

    A check that needs a failed one is left out.
    """
    bad: set[str] = set()
    for check in checks:
        if check.needs in bad:
            continue
        found = _run(check, longest)
        bad.update(each.check for each in found if each.result is Result.FAIL)
        yield from found


def _run(check: Check, longest: float) -> Sequence[Finding]:
    found: list[Finding] = []
    ended: list[BaseException | None] = []

    def run() -> None:
        try:
            found.extend(check.run())
            ended.append(None)
        except BaseException as error:  # noqa: BLE001 - it is reported as a failure of this check
            ended.append(error)

    # A daemon: a check that hangs does not keep the program from ending.
    thread = Thread(target=run, name=check.name, daemon=True)
    thread.start()
    thread.join(longest)
    if not ended:
        late = failed(check.name, f"no answer within {longest:.0f} seconds", check.advice)
        return [*found, late]
    error = ended[0]
    if error is None:
        return found
    fault = getattr(error, "fault", None)
    advice = fault.kind.advice if isinstance(fault, DatabaseFault) else check.advice
    return [*found, failed(check.name, _reason(error), advice)]


def _reason(error: BaseException) -> str:
    if isinstance(error, RegistryError):
        return error.cause or error.message
    if isinstance(error, DatabaseUrlError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"


def worst(found: Iterable[Finding]) -> Result:
    """Return the worst result: FAIL, WARN or PASS."""
    results = {finding.result for finding in found}
    return next((each for each in (Result.FAIL, Result.WARN) if each in results), Result.PASS)
