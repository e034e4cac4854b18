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
    yield
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
