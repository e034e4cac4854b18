"""The facts of a denied request that go into the audit trail."""

from collections.abc import Callable
from datetime import datetime

from google.protobuf.message import Message

from registry_grpc.domain.denied_request import DeniedRequest, belongs_in_the_trail
from registry_grpc.domain.errors import RegistryError, WrongState
from registry_grpc.services.denied_request import DeniedRequestRecorder
from registry_grpc.transport.method import Method

_MAX_NAME = 512
_MAX_MESSAGE = 1_000
_MAX_CAUSES, _MAX_CAUSE = 100, 500
Note = Callable[[Method, str, str, Message | None, RegistryError], None]


class DeniedRequestReporter:
    """Passes the denied requests that belong in the trail to the recorder."""

    def __init__(self, recorder: DeniedRequestRecorder, clock: Callable[[], datetime]) -> None:
        self._recorder = recorder
        self._clock = clock

    def __call__(
        self,
        method: Method,
        actor: str,
        call_id: str,
        request: Message | None,
        error: RegistryError,
    ) -> None:
        """Record why a known caller was denied. Never waits."""
        if not belongs_in_the_trail(error, changing=method.changes):
            return
        causes = error.causes if isinstance(error, WrongState) else ()
        call = DeniedRequest(
            actor=actor,
            method=method.name,
            name="" if request is None else named_by(method, request),
            reason=error.reason,
            message=_storable(error.message, _MAX_MESSAGE),
            causes=tuple(_storable(cause, _MAX_CAUSE) for cause in causes[:_MAX_CAUSES]),
            request_id=call_id,
            time=self._clock(),
        )
        self._recorder.note(call)


def named_by(method: Method, request: Message) -> str:
    """Return the resource that a request is about, by canonical name if it has one, else ''."""
    return _storable(method.access[0].name(request), _MAX_NAME)


def _storable(text: str, most: int) -> str:
    """Return so much of a text, and without NUL, which PostgreSQL cannot hold."""
    return text[:most].replace("\0", "\ufffd")
