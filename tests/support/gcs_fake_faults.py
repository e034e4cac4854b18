"""Faults to inject into `gcs_fake`: the fault, the step and the number of times."""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from threading import Lock


class Step(Enum):
    """The purpose of a request."""

    START = auto()
    PUT = auto()  # bytes that are not the last
    FINISH = auto()  # the last bytes
    QUERY = auto()
    CANCEL = auto()
    STAT = auto()
    MEDIA = auto()
    DELETE = auto()
    LIST = auto()
    REWRITE = auto()


@dataclass(frozen=True)
class Answer:
    """Do nothing and answer with this status."""

    status: int


@dataclass(frozen=True)
class AnswerAfter:
    """Do what was asked and answer with this status instead."""

    status: int


@dataclass(frozen=True)
class DropReply:
    """Do what was asked and close the connection without a word."""


@dataclass(frozen=True)
class DropRequest:
    """Close the connection without having done anything."""


@dataclass(frozen=True)
class KeepOnly:
    """Keep only the first bytes of the body: a 308 that acknowledges less than was sent."""

    count: int


@dataclass(frozen=True)
class HideRange:
    """Do what was asked and leave the Range header out of the answer."""


@dataclass(frozen=True)
class FlipBit:
    """Damage one bit of the body on its way in, or of what is read on its way out."""


@dataclass(frozen=True)
class LoseSession:
    """Forget the session for ever; this answer and all later ones have this status."""

    status: int


@dataclass(frozen=True)
class SomebodyElsePublishes:
    """Before doing what was asked, let another publisher finish the same object."""

    body: bytes


@dataclass(frozen=True)
class SomebodyElseDeletes:
    """Before doing what was asked about an object, let it be deleted."""


@dataclass(frozen=True)
class OmitFields:
    """Do what was asked and leave these fields out of the JSON, as other servers than Google's."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class AnswerWith:
    """Do what was asked and answer with this body instead."""

    body: bytes


@dataclass(frozen=True)
class CutBody:
    """Close the connection after so many bytes of the answer's body."""

    count: int


@dataclass(frozen=True)
class ShortBody:
    """Send a well-formed answer that has only so many bytes."""

    count: int


Fault = (
    Answer
    | AnswerAfter
    | DropReply
    | DropRequest
    | KeepOnly
    | HideRange
    | FlipBit
    | LoseSession
    | SomebodyElsePublishes
    | SomebodyElseDeletes
    | OmitFields
    | AnswerWith
    | CutBody
    | ShortBody
)


class FaultQueue:
    """Ordered faults, each used once, at the first request of its step."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ordered: deque[tuple[Step, Fault]] = deque()

    def order(self, step: Step, fault: Fault, *, times: int = 1) -> None:
        """Let the next `times` requests of this step go wrong."""
        with self._lock:
            self._ordered.extend([(step, fault)] * times)

    def take(self, step: Step) -> Fault | None:
        """Return the fault for this request, if one was ordered."""
        with self._lock:
            for index, (at, fault) in enumerate(self._ordered):
                if at is step:
                    del self._ordered[index]
                    return fault
        return None

    @property
    def left(self) -> list[tuple[Step, Fault]]:
        """The faults that nothing has run into yet."""
        with self._lock:
            return list(self._ordered)
