"""Every problem of a registration, found in one transaction and without effect.

`Registrations` runs these checks both before it registers and for a caller that asks first.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from registry_grpc.domain.alias import Alias, alias_word
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.ensemble import MOST_MEMBERS, MemberPin
from registry_grpc.domain.errors import (
    AlreadyExists,
    BlobsMissing,
    Conflict,
    Invalid,
    LimitExceeded,
    ModelNotFound,
    ModelRenamed,
    NotFound,
    Problem,
    VersionNotFound,
    WrongState,
)
from registry_grpc.domain.history import ABSENT_ETAG, require_etag
from registry_grpc.domain.manifest import FileEntry
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import ModelName, NamespaceName
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.resolved_names import ResolvedNames
from registry_grpc.domain.stage import NONE
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import Violations
from registry_grpc.services.alias import require_allowed, require_free, require_unrouted
from registry_grpc.services.ensemble_members import (
    by_number,
    member_version,
    pin_of,
    references_of,
    require_bounds,
    require_fitting,
    uids_of,
)
from registry_grpc.services.lookup import find_version
from registry_grpc.services.model_name import require_unused
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.reading import no_such_model
from registry_grpc.services.record_check import RecordCheck

_T = TypeVar("_T")
_NEW = "the new version"


@dataclass(frozen=True, slots=True)
class Registration:
    """A version to register, with options. alias: '' for none; alias_etag: '' for any.

    source: the version that this is a copy of, if it is one: then the only parent of the draft.
    """

    draft: VersionDraft
    alias: str = ""
    alias_etag: str = ""
    create_model: bool = False
    source: Version | None = None

    def field_of_parent(self, index: int) -> str:
        """Return the path of a parent in the request."""
        return f"version.parents[{index}]" if self.source is None else "source"

    def check(self, found: Violations) -> None:
        """Note everything that is wrong, under the paths of RegisterVersionRequest."""
        self.draft.check(found)
        for index, text in enumerate(self.draft.detail.parents):
            found.parse(f"version.parents[{index}]", Reference.parse, text)
        for index, text in enumerate(references_of(self.draft.detail.ensemble)):
            found.parse(field_of_member(index), Reference.parse, text)
        if self.alias:
            found.parse("alias", alias_word, self.alias)
        elif self.alias_etag:
            found.add("alias_etag", "needs an alias")


def field_of_member(index: int) -> str:
    """Return the path of the version of a member in a registration."""
    return f"version.ensemble.members[{index}].version"


@dataclass(slots=True)
class Examination:
    """The facts that a registration is checked against, read in one transaction.

    problems: all of them, in a stable order. model: None if it is to be created. parents, members:
    None for each with a problem. head: of the alias. missing: digests with sizes.
    """

    problems: list[Problem]
    model: Model | None = None
    parents: list[Version | None] = field(default_factory=list)
    members: list[Version | None] = field(default_factory=list)
    head: Alias | None = None
    missing: Sequence[tuple[Digest, int]] = ()
    needs_digests: bool = False

    def attempt(self, where: str, step: Callable[[], _T]) -> _T | None:
        """Return what `step` returns; note the problem and return None when it raises one.

        LimitExceeded, for the work of the call, ends the call at once.
        """
        try:
            return step()
        except (Invalid, NotFound, WrongState, Conflict, AlreadyExists) as error:
            self.problems.append(Problem(where, error))
            return None


def problems_of(wanted: Registration, found: Violations) -> list[Problem]:
    """Return the problems that need no transaction: wrong fields, and too large a record."""
    known = [Problem("", found.error())] if found else []
    if wanted.source is not None:
        return known  # its record was within the limits, and a copy adds only names
    try:
        wanted.draft.require_size()
    except LimitExceeded as error:
        known.append(Problem("version", error))
    return known


def examine(
    tx: Transaction,
    name: ModelName | None,
    wanted: Registration,
    check: RecordCheck,
    known: Sequence[Problem] = (),
    *,
    bytes_first: bool,
) -> Examination:
    """Return all that is found, after what is known. name: None where it could not be read.

    bytes_first: whether missing bytes are a problem.
    """
    found = Examination(list(known))
    if name is not None:
        found.model = found.attempt("parent", lambda: _model(tx, name, create=wanted.create_model))
        found.missing = _missing(tx, name.namespace, wanted.draft.files)
        if bytes_first and found.missing:
            space = str(NamespaceName(name.namespace))
            listed = [f"{digest} ({size} bytes)" for digest, size in found.missing]
            found.problems.append(Problem("files", BlobsMissing(space, listed)))
    for index, text in enumerate(wanted.draft.detail.parents):
        found.parents.append(_parent(tx, found, wanted.field_of_parent(index), text))
        _require_source(found, wanted)
    if name is not None and wanted.draft.detail.ensemble is not None:
        _check_members(tx, found, name, wanted)
    if name is not None:
        _check_record(tx, found, name.namespace, wanted.draft, check)
        if wanted.alias and _is_word(wanted.alias):
            _check_alias(tx, found, name, wanted)
    return found


def _model(tx: Transaction, name: ModelName, *, create: bool) -> Model | None:
    model = tx.models.get(name)
    missing = None if model is not None else no_such_model(tx, name)
    if create and (model is None or model.purge_time is not None):
        if isinstance(missing, ModelRenamed):  # a new model would take the name unasked
            raise missing
        require_unused(tx, name)
        return None
    if model is None:
        raise missing or ModelNotFound(str(name))
    model.require_live()
    return model


def _missing(
    tx: Transaction, namespace: str, files: Iterable[FileEntry]
) -> Sequence[tuple[Digest, int]]:
    wanted = {(file.digest, file.size): None for file in files if file.is_hashed}
    if not wanted:
        return ()
    held = tx.blobs.held(namespace, list(dict.fromkeys(digest for digest, _ in wanted)))
    return [(digest, size) for digest, size in wanted if held.get(digest) != size]


def _parent(tx: Transaction, found: Examination, where: str, text: str) -> Version | None:
    try:
        reference = Reference.parse(text)
    except ValueError:
        return None  # it is a violation already
    return found.attempt(where, lambda: parent_version(tx, reference))


def _check_members(
    tx: Transaction, found: Examination, name: ModelName, wanted: Registration
) -> None:
    draft, known = wanted.draft, dict[str, Version | None]()
    texts, uids = references_of(draft.detail.ensemble), uids_of(draft.detail.ensemble)
    if len(texts) > MOST_MEMBERS:
        found.members = [None] * len(texts)  # it is a violation already
        return
    read = by_number(tx, texts)
    for index, text in enumerate(texts):
        if text not in known:
            field = field_of_member(index) if wanted.source is None else "source"
            known[text] = _member(tx, found, name, field, text, read.get(text), uids[index])
        found.members.append(known[text])
    members = [one for one in found.members if one is not None]
    if members and len(members) == len(found.members):
        require_bounds(tx, draft, members)
        found.attempt("version.ensemble", lambda: require_fitting(tx, name, draft, members))


def _member(
    tx: Transaction,
    found: Examination,
    name: ModelName,
    field: str,
    text: str,
    read: Version | None,
    uid: UUID | None,
) -> Version | None:
    try:
        reference = Reference.parse(text)
    except ValueError:
        return None  # it is a violation already
    return found.attempt(field, lambda: member_version(tx, field, name, reference, read, uid))


def _require_source(found: Examination, wanted: Registration) -> None:
    """Note a problem when the name of the source names another version than when it was read."""
    parent, source = found.parents[-1], wanted.source
    if source is not None and parent is not None and parent.uid != source.uid:
        found.problems.append(Problem("source", VersionNotFound(str(source.name))))


def parent_version(tx: Transaction, reference: Reference) -> Version:
    """Return a version that a new one may be derived from; raises as `find_version`."""
    version = find_version(tx, reference, full=False)
    version.require_followed()
    return version


def _check_record(
    tx: Transaction,
    found: Examination,
    namespace: str,
    draft: VersionDraft,
    check: RecordCheck,
) -> None:
    """Check the record by the schema, unless it has numbers that no schema can compare."""
    too_large = any(isinstance(problem.error, LimitExceeded) for problem in found.problems)
    if too_large or not all(map(math.isfinite, _numbers(draft))):
        return
    texts = draft.detail.parents
    members = references_of(draft.detail.ensemble)
    named = ResolvedNames(
        tuple(
            text if parent is None else str(parent.name)
            for text, parent in zip(texts, found.parents, strict=True)
        ),
        tuple(
            MemberPin(text) if member is None else pin_of(member)
            for text, member in zip(members, found.members, strict=True)
        ),
    )
    complete = found.attempt("version", lambda: check.require(tx, namespace, named))
    found.needs_digests = complete is False


def _numbers(draft: VersionDraft) -> Iterable[float]:
    yield from draft.metrics.values()
    for part in draft.detail.slices:
        yield part.result
        if part.interval is not None:
            yield from (part.interval.low, part.interval.high, part.interval.level)


def _is_word(alias: str) -> bool:
    try:
        alias_word(alias)
    except ValueError:
        return False
    return True


def _check_alias(
    tx: Transaction, found: Examination, model: ModelName, wanted: Registration
) -> None:
    name = model.alias(wanted.alias)
    graph = tx.graphs.get(name.namespace, None)
    found.head = head = tx.aliases.get(name)
    current = head.etag if head else ABSENT_ETAG
    found.attempt("alias", lambda: require_free(graph, "alias", name))
    found.attempt("alias", lambda: require_unrouted(tx, name))
    found.attempt("alias_etag", lambda: require_etag(name, wanted.alias_etag, current, tx.head))
    found.attempt("alias", lambda: require_allowed(graph, name, _NEW, NONE))
