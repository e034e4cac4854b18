"""Use cases of lookups: which version does a reference name, now or at a moment of the past."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from registry_grpc.domain.errors import (
    AliasNotFound,
    LimitExceeded,
    ModelDeleted,
    ModelNotFound,
    NamespaceNotFound,
    RegistryError,
    StageEmpty,
    VersionNotFound,
)
from registry_grpc.domain.history import Position
from registry_grpc.domain.limits import MESSAGE_BYTES
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import DEFAULT_NAMESPACE, AliasName, ModelName, VersionName
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
from registry_grpc.services.reply_memory import ReplyMemory

Read = Callable[[Model, int], Version | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of each reference.

    moment: None for now. full: with detail. most_bytes: of all answers together, when encoded.
    advice: what to do when they are more.
    """

    refs: Sequence[str]
    moment: datetime | None = None
    full: bool = False
    most_bytes: int = MESSAGE_BYTES
    advice: str = "ask for the BASIC view"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a reference resolves to: the model, and the version as it was encoded."""

    model: ModelName
    body: bytes


@dataclass(frozen=True, slots=True)
class Resolutions:
    """Answers at one revision: per reference what it resolves to, or why to nothing."""

    answers: Sequence[Resolved | RegistryError]
    revision: int


class Lookups:
    """Resolves references."""

    def __init__(self, database: Database, clock: Clock, room: ReplyMemory) -> None:
        self._database = database
        self._clock = clock
        self._room = room

    def resolve(
        self, wanted: Wanted, seen: Position, encode: Callable[[Version], bytes]
    ) -> Resolutions:
        """Answer each reference from one snapshot; an error of one is its answer.

        What is asked for twice, and what two references resolve to, is read and encoded once.
        Raises RevisionNotReached, InvalidRequest for a moment in the future, RevisionCompacted for
        one that lies before what the audit trail keeps, and LimitExceeded as soon as the answers
        are known to be too large, before what makes them so is read.
        """
        if wanted.moment is not None and wanted.moment > self._clock():
            raise invalid("as_of", "lies in the future")
        with self._database.read() as tx:
            require_revision(tx, seen)
            moment = wanted.moment
            revision = tx.revision if moment is None else revision_then(tx, moment)
            batch = _Batch(tx, wanted, self._room, encode)
            found = {text: batch.answer(text) for text in dict.fromkeys(wanted.refs)}
            return Resolutions([found[text] for text in wanted.refs], revision)


class _Batch:
    """Answers references one by one, and knows how much they are together."""

    def __init__(
        self, tx: Transaction, wanted: Wanted, room: ReplyMemory, encode: Callable[[Version], bytes]
    ) -> None:
        self._tx = tx
        self._wanted = wanted
        self._room = room
        self._encode = encode
        self._times = Counter(wanted.refs)
        self._size = 0
        self._versions: dict[tuple[UUID, int], Version | None] = {}
        self._bodies: dict[VersionName, bytes] = {}

    def answer(self, text: str) -> Resolved | RegistryError:
        try:
            reference = parsed("ref", Reference.parse, text)
            version = _find(self._tx, reference, self._wanted.moment, self._read)
            version.require_usable()
        except RegistryError as error:
            return error
        times = self._times[text]
        if version.name not in self._bodies:
            if self._wanted.full:
                self._require_room(times * version.detail_bytes)
            self._bodies[version.name] = self._body(version)
        body = self._bodies[version.name]
        self._require_room(times * len(body))
        self._size += times * len(body)
        return Resolved(version.name.parent, body)

    def _read(self, model: Model, number: int) -> Version | None:
        key = (model.uid, number)
        if key not in self._versions:
            self._versions[key] = _version(self._tx, model, number, self._wanted.moment, full=False)
        return self._versions[key]

    def _require_room(self, more: int) -> None:
        most, size = self._wanted.most_bytes, self._size + more
        if size > most:
            raise LimitExceeded.of_reply(most, size, self._wanted.advice)

    def _body(self, version: Version) -> bytes:
        if not self._wanted.full:
            return self._encode(version)
        with self._room.building(version.detail_bytes):
            return self._encode(with_detail(self._tx, version))


def with_detail(tx: Transaction, version: Version) -> Version:
    """Return the version with its detail, which may take much memory."""
    return replace(version, detail=tx.versions.details([version.uid])[version.uid])


def find_version(
    tx: Transaction, reference: Reference, moment: datetime | None = None, *, full: bool = True
) -> Version:
    """Return the version a reference named at `moment`; by its number whatever became of it.

    It is returned as it was at that moment, with detail if `full`. Raises ModelNotFound,
    NamespaceNotFound, ModelDeleted, VersionNotFound, AliasNotFound, StageEmpty, VersionRevoked, and
    VersionYanked for a name.
    """
    return _find(tx, reference, moment, partial(_version, tx, moment=moment, full=full))


def _find(tx: Transaction, reference: Reference, moment: datetime | None, read: Read) -> Version:
    model = _model(tx, reference.model, moment)
    number = _number(tx, model, reference, moment)
    version = None if number is None else read(model, number)
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


def _version(
    tx: Transaction, model: Model, number: int, moment: datetime | None, *, full: bool
) -> Version | None:
    if moment is None:
        return tx.versions.get(model, number, full=full)
    return tx.versions.at(model, number, moment, full=full)


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
