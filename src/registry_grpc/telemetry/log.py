"""Log lines of the server, without secrets and payloads."""

import json
import logging
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from textwrap import indent
from typing import TextIO

from typing_extensions import override

from registry_grpc.domain.characters import visible, visible_line

LOGGER = logging.getLogger("registry_grpc")


def configure_logging(
    log_format: str, level: str = "info", fields: Mapping[str, object] | None = None
) -> None:
    """Write this package's log to stderr, as `json` lines or for the `console`.

    level: the least level of the lines, such as `warning`. `fields` are in every line. Warnings
    of libraries are written in the same form.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Adding(fields or {}))
    handler.setFormatter(_JsonFormatter() if log_format == "json" else _ConsoleFormatter())
    LOGGER.handlers[:] = [handler]
    logging.lastResort = _for_libraries(handler)
    LOGGER.setLevel(level.upper())
    LOGGER.propagate = False


def log(
    message: str, fields: Mapping[str, object] | None = None, *, level: int = logging.INFO
) -> None:
    """Write one line: a message and its fields."""
    if LOGGER.isEnabledFor(level):
        LOGGER.log(level, message, extra={"fields": fields or {}})


def log_failure(
    message: str, error: BaseException, fields: Mapping[str, object] | None = None
) -> None:
    """Write one line with the traceback of an error that is not visible to callers."""
    LOGGER.error(message, exc_info=error, extra={"fields": fields or {}})


class LineLimit:
    """Bounds how many lines of one kind are written in a second; those omitted are counted.

    For lines that a peer without credentials can cause: they must not fill a disk.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._second = 0
        self._written = 0
        self._omitted = 0

    def next(self) -> int | None:
        """Return how many were omitted since the last line, None to omit this one too."""
        second = int(self._clock())
        if second != self._second:
            self._second, self._written = second, 0
        if self._written == self._most:
            self._omitted += 1
            return None
        self._written += 1
        omitted, self._omitted = self._omitted, 0
        return omitted


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields = getattr(record, "fields", None)
    return fields if isinstance(fields, dict) else {}


class _Adding(logging.Filter):
    def __init__(self, fields: Mapping[str, object]) -> None:
        super().__init__()
        self._added = fields

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        record.fields = {**self._added, **_fields(record)}
        return True


def _for_libraries(own: logging.Handler) -> logging.StreamHandler[TextIO]:
    """Return a handler for loggers that have none, with the form of our own lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.addFilter(_shorten_lost_connection)
    for each in own.filters:
        handler.addFilter(each)
    handler.setFormatter(own.formatter)
    return handler


def _shorten_lost_connection(record: logging.LogRecord) -> bool:
    """Replace the traceback of a connection that SQLAlchemy's pool gave up by its cause.

    The statement that used the connection raises an error too, which is logged with its call.
    """
    if record.name.startswith("sqlalchemy.pool") and record.exc_info:
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.fields = {"cause": visible_line(str(record.exc_info[1]))}
        record.exc_info = record.exc_text = None
    return True


class _JsonFormatter(logging.Formatter):
    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class _ConsoleFormatter(logging.Formatter):
    @override
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S.%f")[:-3]
        fields = " ".join(f"{key}={_quoted(value)}" for key, value in _fields(record).items())
        message = visible_line(record.getMessage())
        line = f"{moment} {record.levelname.lower():7} {message} {fields}".rstrip()
        if record.exc_info:
            # Indented, so that no line of a message looks like a log line.
            line += "\n" + indent(visible(self.formatException(record.exc_info)), "  ")
        return line


def _quoted(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and " " not in text else json.dumps(text)
