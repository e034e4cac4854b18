"""The lines of the server's log."""

import json
import logging
from collections.abc import Iterator

import pytest

from registry_grpc.config import LOG_LEVELS
from registry_grpc.telemetry import LOGGER, configure_logging, log

NUMBERS = {name: getattr(logging, name.upper()) for name in LOG_LEVELS}


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    handlers, level, propagate = LOGGER.handlers[:], LOGGER.level, LOGGER.propagate
    last_resort = logging.lastResort
    yield
    logging.lastResort = last_resort
    LOGGER.handlers[:], LOGGER.propagate = handlers, propagate
    LOGGER.setLevel(level)


@pytest.mark.parametrize("level", LOG_LEVELS)
def test_lines_below_the_level_are_not_written(
    level: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("json", level)
    for name, number in NUMBERS.items():
        log(f"a line of {name}", level=number)
    written = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    wanted = LOG_LEVELS[LOG_LEVELS.index(level) :]
    assert [line["level"] for line in written] == list(wanted)


def test_warnings_of_libraries_have_the_form_and_the_fields_of_the_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure_logging("json", fields={"worker": 2})
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # those of the test runner
    logging.getLogger("asyncio").warning("a task was destroyed")
    logging.getLogger("asyncio").info("not written")
    (line,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert {**line, "time": ""} == {
        "time": "",
        "level": "warning",
        "message": "a task was destroyed",
        "worker": 2,
    }


def test_a_lost_connection_of_the_pool_is_one_line_with_its_cause(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure_logging("console")
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # those of the test runner
    pool = logging.getLogger("sqlalchemy.pool.impl.QueuePool")
    error = ConnectionError("server closed the connection\n\tbefore the request")
    pool.error("Error closing cursor", exc_info=error)
    (line,) = capsys.readouterr().err.splitlines()
    assert "warning Error closing cursor" in line
    assert "server closed the connection" in line
