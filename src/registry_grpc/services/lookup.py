"""Use cases of lookups: which version does a reference name, now or at a moment of the past."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from registry_grpc.domain.errors import (
    AliasNotFound,
    ModelDeleted,
    ModelNotFound,
    NamespaceNotFound,
    RegistryError,
    StageEmpty,
    VersionNotFound,
)
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import DEFAULT_NAMESPACE, AliasName, ModelName
from registry_grpc.domain.reference import ByDigest, ByName, ByNumber, Latest, Reference
from registry_grpc.domain.stage import NONE
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import invalid, parsed
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import (
    require_live_model,
    require_namespace,
    require_revision,
    revision_then,
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Answers at one revision: per reference the version, or why there is none."""

    answers: Sequence[Version | RegistryError]
    revision: int


class Lookups:
    """Resolves references."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def resolve(self, refs: Sequence[str], moment: datetime | None, min_revision: int) -> Resolved:
        """Answer each reference from one snapshot; an error of one is its answer.

        Raises RevisionNotReached, InvalidRequest for a moment in the future, and RevisionCompacted
        for one that lies before what the audit trail keeps.
        """
        if moment is not None and moment > self._clock():
            raise invalid("as_of", "lies in the future")
        with self._database.read() as tx:
            require_revision(tx, min_revision)
            revision = tx.revision if moment is None else revision_then(tx, moment)
            answers = [_answer(tx, text, moment) for text in refs]
            return Resolved(answers, revision)


def _answer(tx: Transaction, text: str, moment: datetime | None) -> Version | RegistryError:
    try:
        version = find_version(tx, parsed("ref", Reference.parse, text), moment)
        version.require_usable()
    except RegistryError as error:
        return error
    return version


def find_version(tx: Transaction, reference: Reference, moment: datetime | None = None) -> Version:
    """Return the version a reference named at `moment`; by its number whatever became of it.

    It is returned as it was at that moment. Raises ModelNotFound, NamespaceNotFound, ModelDeleted,
    VersionNotFound, AliasNotFound, StageEmpty, VersionRevoked, and VersionYanked for a name.
    """
    model = _model(tx, reference.model, moment)
    number = _number(tx, model, reference, moment)
    version = None if number is None else _version(tx, model, number, moment)
    if version is None:
        raise VersionNotFound(_canonical(reference))
    match reference.selector:
        case ByName():
            version.require_followed(str(reference))
        case ByDigest():
            version.require_unrevoked()
    return version


def _canonical(reference: Reference) -> str:
    match reference.selector:
        case ByNumber(number):
            return str(reference.model.version(number))
        case _:
            return str(reference)


def _model(tx: Transaction, name: ModelName, moment: datetime | None) -> Model:
    if moment is None:
        return require_live_model(tx, name)
    model = tx.models.get(name)
    if model is None or moment < model.create_time:
        _require_namespace(tx, name.namespace, moment)
        raise ModelNotFound(str(name))
    if tx.models.deleted_at(model.uid, moment):
        raise ModelDeleted(str(name))
    return model


def _require_namespace(tx: Transaction, name: str, moment: datetime) -> None:
    namespace = require_namespace(tx, name)
    # The default one was there from the start, whatever the clock said.
    if name != DEFAULT_NAMESPACE and moment < namespace.create_time:
        raise NamespaceNotFound(str(namespace.name))


def _version(tx: Transaction, model: Model, number: int, moment: datetime | None) -> Version | None:
    if moment is None:
        return tx.versions.get(model, number)
    return tx.versions.at(model, number, moment)


def _number(
    tx: Transaction, model: Model, reference: Reference, moment: datetime | None
) -> int | None:
    match reference.selector:
        case ByNumber(number):
            return number
        case ByDigest(digest):
            return tx.versions.newest(model, moment, digest)
        case Latest():
            return tx.versions.newest(model, moment, None)
        case ByName(name):
            return _named(tx, model, name, moment)


def _named(tx: Transaction, model: Model, name: str, moment: datetime | None) -> int:
    # No alias is called like a stage of its time. The graph is asked second, so that looking up an
    # alias takes one statement.
    alias = model.name.alias(name)
    number = _aliased(tx, alias, moment)
    if number is not None:
        return number
    if name == NONE or name not in tx.graphs.get(model.name.namespace, moment):
        raise AliasNotFound(str(alias))
    holders = tx.stages.holders(model, name, moment)
    if not holders:
        raise StageEmpty(str(model.name), name)
    return holders[0]


def _aliased(tx: Transaction, alias: AliasName, moment: datetime | None) -> int | None:
    if moment is not None:
        return tx.aliases.at(alias, moment)
    head = tx.aliases.get(alias)
    return None if head is None else head.version.number
