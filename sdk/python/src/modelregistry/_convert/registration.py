"""Registrations: the request, the check before it, and its errors in the terms of callers."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final
from uuid import UUID

from modelregistry._convert import checked
from modelregistry._convert.writing import invalid, is_unicode, keyed, refused, sentence
from modelregistry.errors import (
    InvalidRequest,
    LimitExceeded,
    ModelNotFound,
    RegistryError,
    SchemaViolated,
    Violation,
)
from modelregistry.types import RegistrationCheck
from modelregistry.v1 import access_pb2
from modelregistry.v1 import catalog_service_pb2 as pb

UNHASHED: Final = "sha256:" + "0" * 64
"""The digest of a file in a request until it is hashed: of the length that every digest has."""

_METHOD: Final = pb.DESCRIPTOR.services_by_name["CatalogService"].methods_by_name["RegisterVersion"]
MAX_BYTES: Final[int] = _METHOD.GetOptions().Extensions[access_pb2.max_request_bytes]
"""The most bytes of a request, as the contract states them."""

_FILE: Final = re.compile(r"files\[(\d+)\](?:\.\w+)?")
_ITEM: Final = re.compile(r"\w+\[\d+\]")
_KEY: Final = re.compile(r"(\w+)\[((?:'|\").*(?:'|\"))\]", re.DOTALL)


def require_size(request: pb.RegisterVersionRequest, most: int = MAX_BYTES) -> None:
    """Raise LimitExceeded for a request that is larger than the registry takes."""
    size = request.ByteSize()
    if size > most:
        limit = "bytes of the record and the paths of its files"
        message = f"{limit}: {size} exceed the limit of {most}; nothing was sent"
        metadata = {"limit": limit, "allowed": str(most), "given": str(size)}
        raise LimitExceeded(message, metadata=metadata)


def check_request(request: pb.RegisterVersionRequest) -> pb.CheckRegistrationRequest:
    """Return the request to check a registration; its unhashed files have no digest."""
    # The fields of both have the same numbers.
    asked = pb.CheckRegistrationRequest.FromString(request.SerializeToString())
    asked.DiscardUnknownFields()
    for file in asked.files:
        if file.digest == UNHASHED:
            file.digest = ""
    return asked


def check_from_message(message: pb.CheckRegistrationResponse) -> RegistrationCheck:
    """Read the reply to a check."""
    return RegistrationCheck(
        missing={
            checked.digest(blob.digest, "missing.digest"): checked.count(
                blob.size_bytes, "missing.size_bytes"
            )
            for blob in message.missing
        },
        needs_digests=message.needs_digests,
        revision=checked.revision(message.revision),
        history_id=checked.history(message.history_id),
    )


def request_id(given: object) -> str:
    """Return a request id, '' for none; raise InvalidRequest unless it is a UUID."""
    if not given:
        return ""
    try:
        if isinstance(given, str) and str(UUID(given)) == given:
            return given
    except ValueError:
        pass
    raise invalid("request_id", "must be a UUID in canonical form, or absent")


def parent(ref: str, qualified: Callable[[str], str]) -> str:
    """Return a parent by its whole reference; an error is about the item, not a field of it."""
    if not is_unicode(ref):
        raise invalid("", "is not valid Unicode")
    return qualified(ref)


def joined(
    local: InvalidRequest, error: RegistryError, request: pb.RegisterVersionRequest
) -> InvalidRequest:
    """Return the error for wrong arguments with the problems of `request`, which lacks them.

    Problems that the missing arguments may have caused are left out: of the same field or list, and
    of the registration schema. An error of another kind than a problem of the registration adds
    nothing.
    """
    fields = {violation.field for violation in local.violations}
    fields |= set() if request.files else {"files"}  # they could not be read
    caused = (SchemaViolated, ModelNotFound) if "create_model" in fields else (SchemaViolated,)
    lists = {field.partition("[")[0] for field in fields if _ITEM.match(field)}
    wrong, others = list(local.violations), []
    for problem in error.problems or (error,):
        more = [
            violation
            for violation in problem.violations
            if violation.field not in fields and violation.field.partition("[")[0] not in lists
        ]
        if isinstance(problem, InvalidRequest):
            wrong += more
        elif more and not isinstance(problem, caused):
            others.append(problem)
    found = refused([*wrong, *(each for problem in others for each in problem.violations)])
    found.problems = (refused(wrong), *others) if others else ()
    return found


def in_callers_terms(error: RegistryError, paths: Sequence[str]) -> RegistryError:
    """Return an error of a registration with its fields as callers know them.

    `parent` is `model`, `version.params['lr']` is `params["lr"]`, and `files[3].path` is the path
    of that file. paths: of the files of the request.
    """
    error.violations = tuple(_renamed(error.violations, paths))
    if isinstance(error, InvalidRequest) and error.violations:
        message = sentence(error.violations)
        field = {"field": error.violations[0].field}
        restated = InvalidRequest(
            message,
            metadata={**error.metadata, **field},
            violations=error.violations,
            request_id=error.request_id,
        )
        restated.problems = error.problems
        error = restated
    for problem in error.problems:
        problem.violations = tuple(_renamed(problem.violations, paths))
    return error


def _renamed(violations: Sequence[Violation], paths: Sequence[str]) -> Iterator[Violation]:
    for violation in violations:
        yield Violation(_name(violation.field, paths), violation.description)


def _name(field: str, paths: Sequence[str]) -> str:
    file = _FILE.fullmatch(field)
    if file is not None and int(file[1]) < len(paths):
        return repr(paths[int(file[1])])
    if field == "parent":
        return "model"
    name = field.removeprefix("version.")
    key = _KEY.fullmatch(name)
    return keyed(key[1], ast.literal_eval(key[2])) if key else name
