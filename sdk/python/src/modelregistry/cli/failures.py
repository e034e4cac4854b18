"""What an error means on the command line: an exit code, a sentence, and what to do next."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from modelregistry import errors, names
from modelregistry.cli import formats
from modelregistry.cli.short_names import shortened
from modelregistry.errors import RegistryError

_COUNT: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
DENIED: Final = 4
UNAVAILABLE: Final = 5
UNKNOWN: Final = 6
INTERRUPTED: Final = 130

EXIT_CODES: Final = (
    "Exit codes: 0 done; 1 refused or failed; 2 wrong usage or an invalid value; 3 not found; "
    "4 not authenticated or not permitted; 5 unavailable or out of time; "
    "6 done or not, which could not be found out; 130 interrupted."
)

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

_ENTRY: Final = "give one with --token-file, MODELREG_TOKEN or a profile"
_UNREACHED: Final = (
    "is a registry listening at {server}? --server or MODELREG_SERVER selects another"
)
_BACK: Final = "`modelreg rollback` moves an alias or a stage back to an earlier version"
_LATER: Final = "nothing changed; try again in a moment"

_REPEAT: Final = "run the same command again with --request-id {request_id}: it takes effect once"

HINTS: Final[Mapping[str, str]] = {
    "NAMESPACE_NOT_FOUND": "`modelreg namespaces list` shows the namespaces",
    "MODEL_NOT_FOUND": "`modelreg models list` shows the models; --namespace selects another one",
    "VERSION_NOT_FOUND": "`modelreg versions list {model}` shows the versions",
    "ALIAS_NOT_FOUND": "`modelreg alias list {model}` shows the aliases",
    "LINEAGE_NODE_NOT_FOUND": "`modelreg lineage REF --json` shows the names of nodes",
    "STAGE_EMPTY": "`modelreg promote {model}/NUMBER --to {stage}` moves a version there",
    "NAMESPACE_ALREADY_EXISTS": "choose another name, or use the existing one",
    "MODEL_ALREADY_EXISTS": "`modelreg models show {model}` shows it, even if it is deleted",
    "ETAG_MISMATCH": "it was changed meanwhile: read it again, then retry",
    "HISTORY_CHANGED": "the registry was restored from a backup: read it again, then retry",
    "MODEL_DELETED": "`modelreg models undelete {model}` restores it",
    "MODEL_NOT_DELETED": "`modelreg models show {model}` shows it",
    "VERSION_DELETED": "`modelreg versions list {model}` shows the versions that are left",
    "VERSION_YANKED": f"`modelreg versions restore {{model}}/NUMBER` takes that back; {_BACK}",
    "VERSION_REVOKED": f"`modelreg versions list {{model}}` shows what else there is; {_BACK}",
    "VERSION_IN_USE": "point what names it at another version, or add --force",
    "BLOBS_MISSING": "push it again: only what is missing will be sent",
    "DIGEST_MISMATCH": "nothing was stored; push it again",
    "SCHEMA_NOT_FOUND": "`modelreg schema history` shows those that there were",
    "SCHEMA_VIOLATED": "nothing was registered; `modelreg schema show` shows what is wanted",
    "TRANSITION_NOT_ALLOWED": "`modelreg stage graph show` shows where a version may go",
    "ALIAS_PROTECTED": "`modelreg stage graph show` shows what aliases demand",
    "STAGE_GRAPH_IN_USE": "move versions and aliases, end policies, then set the stages again",
    "POLICY_NOT_FOUND": "`modelreg policy list` shows the policies",
    "EVALUATION_NOT_FOUND": "`modelreg evaluations REF` shows the evaluations of a version",
    "CEL_UNAVAILABLE": "ask the operators of the registry to install registry-grpc[cel]",
    "GATE_REFUSED": "`modelreg check REF --to STAGE` says what the rules want",
    "APPROVAL_REQUIRED": "`modelreg promote REF --to STAGE` asks for the approvals",
    "APPROVAL_NOT_ALLOWED": "`modelreg transitions show ID` says what is needed, "
    "`modelreg policy show POLICY` from whom",
    "BINDING_MISMATCH": "`modelreg transitions show ID` shows it as it is now",
    "TRANSITION_NOT_FOUND": "`modelreg transitions list` shows the transitions",
    "TRANSITION_NOT_OPEN": "`modelreg transitions show ID` says where it stands or how it ended",
    "ROLLBACK_NOT_POSSIBLE": "`modelreg stage history {model}`, or `modelreg alias history {model} "
    "ALIAS`, shows who was there; --to names one",
    "TOKEN_REQUIRED": f"{_ENTRY} (a profile's token goes to its own server only)",
    "TOKEN_INVALID": f"it is unknown, revoked or expired: {_ENTRY}",
    "PERMISSION_DENIED": "ask an administrator of the registry for a token with that permission",
    "SERVER_OVERLOADED": _LATER,
    "QUOTA_EXCEEDED": "delete versions that are no longer needed, or ask for a larger quota",
    "TOO_MANY_UPLOADS": "wait until other uploads end, then run this again",
    "CALLER_LIMIT_EXCEEDED": "`modelreg uploads list` shows open uploads; wait until others of "
    "this token's principal end, then run this again",
    "STREAM_IDLE": _LATER,
    "WATCH_TOO_SLOW": _LATER,
    "REVISION_COMPACTED": "history is no longer retained; restart the watch without --from",
    "BLOB_BEING_DELETED": "run this again in a moment",
    "DATABASE_FULL": "ask the operators of the registry to free disk space",
    "STORAGE_FULL": "ask the operators of the registry to free disk space",
    "DATABASE_UNAVAILABLE": _LATER,
    "COMMIT_UNKNOWN": _REPEAT,
    "STORAGE_UNAVAILABLE": _LATER,
    "SERVER_DRAINING": _LATER,
    "INTERNAL": "report it to the operators of the registry; their log has the cause",
    "UNAVAILABLE": _UNREACHED,
    "DEADLINE_EXCEEDED": f"{_UNREACHED}; --timeout sets a longer deadline",
    "FILE_CHANGED": "nothing was registered; push again when the files no longer change",
    "TARGET_REFUSED": "nothing changed; choose another target",
    "MALFORMED_REPLY": "the reply was discarded; report it to the operators of {server}",
    "CONTENT_MISMATCH": "the target is unchanged; pull again, or report it to the operators",
    "INTERRUPTED": "check whether it was done before you run it again; a push or pull resumes",
    "REQUEST_ID_REUSED": "another request has used this id already: check what it changed",
}
"""What to do next, by reason. `{model}`, `{stage}` and `{server}` are filled in."""


def exit_code(error: Exception) -> int:
    """Return the exit code that stands for an error."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return FAILED


def reason(error: Exception) -> str:
    """Return the stable name of an error: the registry's reason, else made of the class' name."""
    if isinstance(error, RegistryError) and error.reason:
        return error.reason
    name = "OSError" if isinstance(error, OSError) else type(error).__name__
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).upper()


def lines(error: Exception, server: str) -> Iterator[str]:
    """Yield what to print: the error, its violations, and a hint where there is one to give."""
    sentence = _sentence(error)
    if isinstance(error, errors.DeadlineExceeded) and server:
        sentence = f"{server} did not answer in time"
    yield f"error: {formats.clean(shortened(sentence))}"
    if isinstance(error, errors.Invalid):  # other sentences name their obstacles themselves
        for violation in error.violations:
            if violation.description not in sentence:
                yield f"  {formats.clean(f'{violation.field}: {violation.description}')}"
    if isinstance(error, errors.SchemaViolated):
        yield from _schema_violations(error)
    hint = hint_for(error, server)
    if hint:
        yield f"hint: {formats.clean(hint)}"


def _schema_violations(error: errors.SchemaViolated) -> Iterator[str]:
    for violation in error.violations:
        yield f"  {formats.clean(violation.description)}"
    count = error.metadata.get("violation_count", "")
    more = int(count) - len(error.violations) if _COUNT.fullmatch(count) else 0
    if more > 0:
        yield f"  and {more:,} more"


def _sentence(error: Exception) -> str:
    if isinstance(error, RegistryError):
        return error.message
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__


def hint_for(error: Exception, server: str) -> str:
    """Return what to do next; empty when there is nothing to add."""
    template = HINTS.get(reason(error), "")
    if isinstance(error, errors.Cancelled) and "request_id" in error.metadata:
        template = _REPEAT
    if not isinstance(error, RegistryError) or not template:
        return template
    hint = template.format(
        model=_model(error.metadata.get("resource", "")) or "MODEL",
        stage=error.metadata.get("stage", "STAGE"),
        server=server,
        request_id=error.metadata.get("request_id", "ID"),
    )
    return f"{hint}{_trace(error)}"


def _model(resource: str) -> str:
    """Return the model of a resource's full name, or of a reference as it was asked for."""
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
