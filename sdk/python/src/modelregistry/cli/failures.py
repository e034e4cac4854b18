"""Errors on the command line: an exit code, a sentence, and the next step."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from modelregistry import errors, names
from modelregistry._credentials import redacted
from modelregistry.cli import formats
from modelregistry.cli.short_names import shortened
from modelregistry.cli.standard_streams import OutputFailed
from modelregistry.errors import RegistryError

_COUNT: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
DENIED: Final = 4
UNAVAILABLE: Final = 5
UNKNOWN: Final = 6
PENDING: Final = 7
REJECTED: Final = 8
LAPSED: Final = 9
NOT_CONVERGED: Final = 10
INTERRUPTED: Final = 130
TERMINATED: Final = 143
"""As a shell reports a process that SIGTERM ended."""

MEANINGS: Final[Mapping[int, str]] = {
    OK: "done",
    FAILED: "refused or failed",
    USAGE: "wrong usage or an invalid value",
    NOT_FOUND: "not found",
    DENIED: "not authenticated or not permitted",
    UNAVAILABLE: "unavailable or out of time",
    UNKNOWN: "outcome unknown",
    PENDING: "not applied yet: waits for approvals or time",
    REJECTED: "rejected or withdrawn by a person",
    LAPSED: "expired or superseded",
    NOT_CONVERGED: "instances do not serve it yet",
    INTERRUPTED: "interrupted",
}
OF_TRANSITIONS: Final = frozenset({PENDING, REJECTED, LAPSED})
_OF_ALL: Final = MEANINGS.keys() - OF_TRANSITIONS - {UNKNOWN, NOT_CONVERGED}


def codes(*, changes: bool, transitions: bool, own: Iterable[int] = ()) -> list[int]:
    """Return the exit codes of a command that changes something or not, or ends transitions.

    own: those that no other command has.
    """
    more = set(own) | ({UNKNOWN} if changes else set()) | (OF_TRANSITIONS if transitions else set())
    return sorted(_OF_ALL | more)


def codes_text(those: Iterable[int]) -> str:
    """Return exit codes with their meanings, for the help of a command."""
    return f"Exit codes: {'; '.join(f'{code} {MEANINGS[code]}' for code in those)}."


_CODES: Final[tuple[tuple[type[RegistryError], int], ...]] = (
    (errors.InvalidRequest, USAGE),
    (errors.ConfigurationError, USAGE),
    (errors.NotFound, NOT_FOUND),
    (errors.Unauthenticated, DENIED),
    (errors.PermissionDenied, DENIED),
    (errors.Unavailable, UNAVAILABLE),
    (errors.DeadlineExceeded, UNAVAILABLE),
    (errors.ServerOverloaded, UNAVAILABLE),
    (errors.CommitUnknown, UNKNOWN),
)

_ADVISED: Final = frozenset({"server_without_tls", "server_with_tls", "certificate", "not_grpc"})
"""Causes of a failure to connect whose message says what to do."""
_CREDENTIAL: Final = "--token-file, MODELREG_TOKEN or a profile"
_SERVER: Final = "is a registry listening at {server}? --server or MODELREG_SERVER selects another"
_BACK: Final = "`modelreg rollback` moves an alias or a stage back"
_TRANSITION: Final = "`modelreg transitions show ID`"
_GRAPH: Final = "`modelreg stage graph show`"

COMMANDS: Final[Mapping[str, str]] = {
    "NAMESPACE_NOT_FOUND": "`modelreg namespaces list`",
    "MODEL_NOT_FOUND": "`modelreg models list`; --namespace selects another namespace",
    "VERSION_NOT_FOUND": "`modelreg versions list {model}`",
    "ALIAS_NOT_FOUND": "`modelreg alias list {model}`",
    "LINEAGE_NODE_NOT_FOUND": "`modelreg lineage REF --json`",
    "STAGE_EMPTY": "`modelreg promote {model}/NUMBER --to {stage}`",
    "SCHEMA_NOT_FOUND": "`modelreg schema history`",
    "POLICY_NOT_FOUND": "`modelreg policy list`",
    "TRANSITION_NOT_FOUND": "`modelreg transitions list`",
    "EVALUATION_NOT_FOUND": "`modelreg evaluations REF`",
    "MODEL_ALREADY_EXISTS": "`modelreg models show {model}`",
    "BINDING_MISMATCH": _TRANSITION,
    "MODEL_DELETED": "`modelreg models undelete {model}`",
    "MODEL_NOT_DELETED": "`modelreg models show {model}`",
    "MODEL_RENAMED": "`modelreg models show {model}` shows the name that it has now",
    "MODEL_PURGED": "`modelreg models list --deleted` shows the names that are taken",
    "MODEL_NOT_EMPTY": "`modelreg models purge {model}`",
    "VERSION_NOT_DELETED": "`modelreg versions delete {model}/NUMBER`",
    "VERSION_DELETED": "`modelreg versions list {model}`",
    "VERSION_YANKED": f"`modelreg versions restore {{model}}/NUMBER`; {_BACK}",
    "VERSION_REVOKED": f"`modelreg versions list {{model}}`; {_BACK}",
    "VERSION_IN_USE": "add --force",
    "BLOBS_MISSING": "push again; only the missing bytes are sent",
    "SCHEMA_VIOLATED": "`modelreg schema show`",
    "TRANSITION_NOT_ALLOWED": _GRAPH,
    "ALIAS_PROTECTED": _GRAPH,
    "GATE_REFUSED": "`modelreg check REF --to STAGE`",
    "APPROVAL_REQUIRED": "`modelreg promote REF --to STAGE`",
    "APPROVAL_NOT_ALLOWED": f"{_TRANSITION}, `modelreg policy show POLICY`",
    "TRANSITION_NOT_OPEN": _TRANSITION,
    "ROLLBACK_NOT_POSSIBLE": "`modelreg stage history {model}` or `modelreg alias history {model} "
    "ALIAS`, then --to",
    "TOKEN_REQUIRED": f"{_CREDENTIAL}; a profile's token goes to its own server only",
    "TOKEN_INVALID": _CREDENTIAL,
    "CALLER_LIMIT_EXCEEDED": "`modelreg uploads list`",
    "REVISION_COMPACTED": "restart the watch without --from",
    "UNAVAILABLE": _SERVER,
    "CANNOT_CONNECT": _SERVER,
    "COMMIT_UNKNOWN": "run the same command again with --request-id {request_id}",
    "INTERRUPTED": "a push or pull resumes",
    "DEADLINE_EXCEEDED": f"--timeout, --request-id; {_SERVER}",
}
"""The addition of the command line to the hint of an error, by reason: a command or an option.

`{model}`, `{stage}`, `{server}` and `{request_id}` are filled in.
"""


def exit_code(error: Exception) -> int:
    """Return the exit code that stands for an error."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return FAILED


def reason(error: Exception) -> str:
    """Return the stable name of an error: the registry's reason, or one made of the class name."""
    if isinstance(error, RegistryError) and error.reason:
        return error.reason
    local = isinstance(error, OSError) and not isinstance(error, OutputFailed)
    name = "OSError" if local else type(error).__name__
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).upper()


def lines(error: Exception, server: str) -> Iterator[str]:
    """Yield what to print: the error, its violations, and a hint where there is one to give."""
    sentence = _sentence(error)
    if isinstance(error, errors.DeadlineExceeded) and server:
        sentence = f"{server} did not answer in time"
    yield f"error: {formats.clean(shortened(sentence))}"
    problems = error.problems if isinstance(error, RegistryError) else ()
    yield from _violations(problems[0] if problems else error, sentence)
    for problem in problems[1:]:
        message = _sentence(problem)
        yield f"also: {formats.clean(shortened(message))}"
        yield from _violations(problem, message)
    hint = hint_for(error, server)
    if isinstance(error, OutputFailed):
        hint = "changes that the command made are in effect; do not repeat them"
    if hint:
        yield f"hint: {formats.clean(hint)}"


def _violations(error: Exception, sentence: str) -> Iterator[str]:
    """Yield the violations of one problem that its sentence does not have."""
    if isinstance(error, errors.Invalid):  # other sentences name their obstacles themselves
        for violation in error.violations:
            if violation.description not in sentence:
                yield f"  {formats.clean(f'{violation.field}: {violation.description}')}"
    if isinstance(error, errors.SchemaViolated):
        yield from _schema_violations(error)


def _schema_violations(error: errors.SchemaViolated) -> Iterator[str]:
    for violation in error.violations:
        yield f"  {formats.clean(violation.description)}"
    count = error.metadata.get("violation_count", "")
    more = int(count) - len(error.violations) if _COUNT.fullmatch(count) else 0
    if more > 0:
        yield f"  and {more:,} more"


def _sentence(error: Exception) -> str:
    """Return the sentence of an error, without the passwords that an address in it may have."""
    if isinstance(error, RegistryError):
        return redacted(error.message)
    if isinstance(error, OSError) and error.strerror:
        return redacted(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    return redacted(str(error)) or type(error).__name__


def hint_for(error: Exception, server: str) -> str:
    """Return what to do next: the error's hint, and its row of COMMANDS; '' for none."""
    if not isinstance(error, RegistryError):
        return ""
    if isinstance(error, errors.CannotConnect) and error.metadata.get("cause") in _ADVISED:
        return ""
    if isinstance(error, errors.Cancelled) and "request_id" in error.metadata:
        error = errors.CommitUnknown(error.message, metadata=error.metadata)
    command = COMMANDS.get(_row(error), "").format(
        model=formats.shell_word(_model(error.metadata.get("resource", "")) or "MODEL"),
        stage=error.metadata.get("stage", "STAGE"),
        server=server,
        request_id=error.metadata.get("request_id", "ID"),
    )
    return ": ".join(filter(None, (error.hint, command))) + _trace(error)


def _row(error: RegistryError) -> str:
    """Return the row of COMMANDS for an error: a name that is taken may be of a deleted model."""
    if isinstance(error, errors.ModelAlreadyExists) and "delete_time" in error.metadata:
        return "MODEL_PURGED" if "purge_time" in error.metadata else "MODEL_DELETED"
    return reason(error)


def _model(resource: str) -> str:
    """Return the model of a resource's full name, or of a reference as it was requested."""
    if resource.startswith("namespaces/"):
        model = names.segment(resource, "models")
        full = names.model_name(model, names.segment(resource, "namespaces"))
        return names.short_ref(full) if model else ""
    model, at, _ = resource.partition("@")
    head, _, number = resource.rpartition("/")
    return model if at else (head if number.isdigit() else resource)


def _trace(error: RegistryError) -> str:
    if not isinstance(error, errors.InternalError):
        return ""
    incident = error.metadata.get("incident_id")
    return f" (incident {incident})" if incident else f" (request {error.request_id})"


def document(error: Exception) -> dict[str, object]:
    """Return the JSON form of an error: reason, message, metadata and violations, always all."""
    known = error if isinstance(error, RegistryError) else None
    return {
        "reason": reason(error),
        "message": _sentence(error),
        "metadata": known.metadata if known else {},
        "violations": known.violations if known else (),
    }
