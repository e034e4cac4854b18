"""The registry's errors as MLflow's: its codes, and its messages where it has one.

MLflow's own client branches on codes: RESOURCE_ALREADY_EXISTS is not an error of `register_model`.
Clients of `mlflow server` repeat a call for minutes after a code of HTTP status 429 or 5xx, so only
errors that a repeat may cure have one: a failed promotion is BAD_REQUEST.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from mlflow.exceptions import MlflowException
from mlflow.protos import databricks_pb2 as codes

from modelregistry import errors
from modelregistry._credentials import redacted
from modelregistry.types import Finding, FindingOutcome, Transition

NO_MODEL: Final = (
    errors.ModelNotFound,
    errors.ModelDeleted,
    errors.ModelPurged,
    errors.ModelRenamed,
)
"""Errors for a name that no model of MLflow has: there a deleted or renamed one leaves no trace."""
_GONE: Final = (*NO_MODEL, errors.NamespaceNotFound)
_NO_VERSION: Final = (errors.VersionNotFound, errors.VersionDeleted)

_CODES: Final[tuple[tuple[type[errors.RegistryError], int], ...]] = (
    # The first that matches: exact classes before the kinds that they belong to.
    (errors.LimitExceeded, codes.INVALID_PARAMETER_VALUE),
    (errors.QuotaExceeded, codes.BAD_REQUEST),
    (errors.StorageFull, codes.BAD_REQUEST),
    (errors.DatabaseFull, codes.BAD_REQUEST),
    (errors.Invalid, codes.INVALID_PARAMETER_VALUE),
    (errors.NotFound, codes.RESOURCE_DOES_NOT_EXIST),
    (errors.AlreadyExists, codes.RESOURCE_ALREADY_EXISTS),
    (errors.Conflict, codes.RESOURCE_CONFLICT),
    (errors.WrongState, codes.BAD_REQUEST),
    (errors.OutOfRange, codes.INVALID_PARAMETER_VALUE),
    (errors.Corrupt, codes.DATA_LOSS),
    (errors.Unauthenticated, codes.UNAUTHENTICATED),
    (errors.PermissionDenied, codes.PERMISSION_DENIED),
    (errors.Exhausted, codes.RESOURCE_EXHAUSTED),
    (errors.Unavailable, codes.TEMPORARILY_UNAVAILABLE),
    (errors.NotImplementedYet, codes.NOT_IMPLEMENTED),
    # The change may exist: a repeat by `mlflow server`'s clients could make it twice.
    (errors.CommitUnknown, codes.ABORTED),
    (errors.DeadlineExceeded, codes.ABORTED),
    (errors.Cancelled, codes.ABORTED),
    (errors.LocalError, codes.INVALID_PARAMETER_VALUE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The arguments of a call that MLflow's messages name."""

    name: str = ""
    version: int | str = ""
    alias: str = ""


@contextmanager
def translated(**subject: int | str) -> Iterator[None]:
    """Raise MlflowException for the errors of the registry in the block.

    subject: the name, version and alias of the call, as far as it has them.
    """
    try:
        yield
    except errors.RegistryError as error:
        raise exception(error, Subject(**subject)) from error  # type: ignore[arg-type]


def exception(error: errors.RegistryError, subject: Subject) -> MlflowException:
    """Return the error as MLflow's."""
    if isinstance(error, errors.AliasNotFound):
        return alias_not_found(subject.alias)
    if isinstance(error, _NO_VERSION) and subject.version != "":
        return version_not_found(subject.name, subject.version)
    if isinstance(error, _GONE) and subject.name:
        return model_not_found(subject.name, error)
    if isinstance(error, errors.GateRefused):
        return _blocked(error)
    return MlflowException(_sentence(error), _code(error))


def model_not_found(name: str, cause: errors.RegistryError | None = None) -> MlflowException:
    """Return the error for a registered model that does not exist."""
    message = f"Registered Model with name={name} not found"
    if isinstance(cause, errors.NamespaceNotFound):
        message = f"{message}: {_sentence(cause)}"
    return MlflowException(message, codes.RESOURCE_DOES_NOT_EXIST)


def version_not_found(name: str, version: int | str) -> MlflowException:
    """Return the error for a version that does not exist."""
    return MlflowException(
        f"Model Version (name={name}, version={version}) not found", codes.RESOURCE_DOES_NOT_EXIST
    )


def alias_not_found(alias: str) -> MlflowException:
    """Return the error for an alias that does not exist."""
    return MlflowException(
        f"Registered model alias {alias} not found.", codes.INVALID_PARAMETER_VALUE
    )


def is_name_problem(error: errors.RegistryError) -> bool:
    """Return whether a request was refused for a name that nothing in the registry can have."""
    return isinstance(error, errors.InvalidRequest)


def waits(transition: Transition) -> MlflowException:
    """Return the error for a promotion that needs approvals or time before it is applied."""
    needs = ", ".join(
        f"{need.key} ({need.given} of {need.count})"
        for need in transition.needs
        if need.given < need.count
    )
    state = f"needs approval: {needs}" if needs else f"is applied at {transition.apply_time}"
    return MlflowException(
        f"The promotion was requested and {state}. Nothing has moved yet. "
        f"See `modelreg transitions show {transition.ref}`.",
        codes.BAD_REQUEST,
    )


def _blocked(error: errors.GateRefused) -> MlflowException:
    lines = [error.message, *(f"- {_line(finding)}" for finding in error.findings)]
    if error.omitted_count:
        lines.append(f"- and {error.omitted_count} more")
    return MlflowException("\n".join(lines), codes.BAD_REQUEST)


def _line(finding: Finding) -> str:
    outcome = finding.outcome
    word = outcome.name if isinstance(outcome, FindingOutcome) else f"outcome {outcome}"
    return f"{word} {finding.policy} {finding.rule}: {finding.message}"


def _sentence(error: errors.RegistryError) -> str:
    parts = [error.message]
    known = [f"{each.field}: {each.description}" for each in error.violations]
    if known and not all(each.description in error.message for each in error.violations):
        parts.append("; ".join(known))
    if error.hint:
        parts.append(f"hint: {error.hint}")
    return redacted(" | ".join(parts))


def _code(error: errors.RegistryError) -> int:
    found = next((code for kind, code in _CODES if isinstance(error, kind)), None)
    return codes.INTERNAL_ERROR if found is None else found
