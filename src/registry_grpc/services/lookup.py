"""Use cases of lookups: resolve references, now or as of a moment in the past."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from registry_grpc.domain.errors import (
    AliasNotFound,
    LimitExceeded,
    ModelDeleted,
    ModelNotFound,
    ModelPurged,
    NamespaceNotFound,
    RegistryError,
    RouteArmBlocked,
    StageEmpty,
    VersionNotFound,
)
from registry_grpc.domain.history import Position
from registry_grpc.domain.limits import MESSAGE_BYTES
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import (
    DEFAULT_NAMESPACE,
    AliasName,
    ModelName,
    VersionName,
)
from registry_grpc.domain.reference import ByDigest, ByName, ByNumber, Latest, Reference
from registry_grpc.domain.route import ArmState, Route
from registry_grpc.domain.route_table import RouteTable
from registry_grpc.domain.stage import NONE
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import parsed
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import (
    find_model,
    require_live_model,
    require_namespace,
    require_past,
    require_revision,
    revision_then,
)
from registry_grpc.services.reply_memory import ReplyMemory

Read = Callable[[Model, int], Version | None]


@dataclass(frozen=True, slots=True)
class LookupQuery:
    """A lookup query.

    moment: None for now. full: with detail. most_bytes: of all answers together, when encoded.
    advice: for the error if they are more. units: of each reference, '' for none; empty for none
    at all.
    """

    refs: Sequence[str]
    moment: datetime | None = None
    full: bool = False
    most_bytes: int = MESSAGE_BYTES
    advice: str = "ask for the BASIC view"
    units: Sequence[str] = ()

    @property
    def each_unit(self) -> Sequence[str]:
        """The unit of each reference."""
        return self.units or [""] * len(self.refs)


@dataclass(frozen=True, slots=True)
class Resolutions:
    """Answers at one revision: the resolution or the error of each reference.

    versions: of all named versions, each once. With detail each is read lazily. routes: the tables
    of references to routes, whose answers are those of their default arms. chosen: of each
    reference with a unit that gets another arm, the name of its version.
    """

    answers: Sequence[VersionName | RegistryError]
    routes: Mapping[str, RouteTable]
    chosen: Sequence[VersionName | None]
    versions: Iterator[Version]
    revision: int


class Lookups:
    """Resolves references."""

    def __init__(self, database: Database, clock: Clock, room: ReplyMemory) -> None:
        self._database = database
        self._clock = clock
        self._room = room

    @contextmanager
    def resolve(self, wanted: LookupQuery, seen: Position) -> Iterator[Resolutions]:
        """Resolve each reference in one snapshot; an error of one is its answer.

        To be read within the block, which is one transaction. Raises RevisionNotReached,
        InvalidRequest for a moment in the future, and RevisionCompacted for one that lies before
        what the audit trail keeps. `versions` raises LimitExceeded, before it reads the detail of
        a version, where the answers that name this version would be too large with it.
        """
        moment = wanted.moment
        with self._database.read() as tx:
            if moment is not None:
                require_past(tx, moment, self._clock, "as_of")
            require_revision(tx, seen)
            revision = tx.revision if moment is None else revision_then(tx, moment)
            reads = Reads(tx, moment)
            found = {text: reads.answer(text) for text in dict.fromkeys(wanted.refs)}
            answers = [
                one.name if isinstance(one, Version) else one
                for one in (found[text] for text in wanted.refs)
            ]
            chosen = [
                reads.chosen(*pair) for pair in zip(wanted.refs, wanted.each_unit, strict=True)
            ]
            given = [other or one for one, other in zip(answers, chosen, strict=True)]
            times = Counter(name for name in given if isinstance(name, VersionName))
            versions = {
                one.name: one
                for one in (*found.values(), *reads.arms.values())
                if isinstance(one, Version)
            }
            read = self._read(tx, wanted, versions, times)
            yield Resolutions(answers, reads.routes, chosen, read, revision)

    def _read(
        self,
        tx: Transaction,
        wanted: LookupQuery,
        versions: Mapping[VersionName, Version],
        times: Mapping[VersionName, int],
    ) -> Iterator[Version]:
        if not wanted.full:
            yield from versions.values()
            return
        for version in versions.values():
            # The answer of a default arm is kept for later, when its unit gets another arm.
            size = max(1, times[version.name]) * version.detail_bytes
            if size > wanted.most_bytes:
                raise LimitExceeded.of_reply(wanted.most_bytes, size, wanted.advice)
            with self._room.building(version.detail_bytes):
                yield with_detail(tx, version, wanted.moment)


class Reads:
    """Resolves references one by one, and reads each version once.

    routes: the tables of references to routes. arms: the versions of chosen arms.
    """

    def __init__(self, tx: Transaction, moment: datetime | None) -> None:
        self.routes: dict[str, RouteTable] = {}
        self.arms: dict[VersionName, Version | RegistryError] = {}
        self._tx = tx
        self._moment = moment
        self._versions: dict[tuple[UUID, int], Version | None] = {}

    def answer(self, text: str) -> Version | RegistryError:
        """Return what a reference resolves to: of a route the version of its default arm."""
        try:
            reference = parsed("ref", Reference.parse, text)
            model = _model(self._tx, reference.model, self._moment)
            with _told(model, reference):
                _require_lived(self._tx, model, self._moment)
                version = _find(
                    self._tx,
                    model,
                    reference,
                    self._moment,
                    self._read,
                    lambda route: self.routes.update({text: RouteTable(route)}),
                )
                version.require_usable()
        except RegistryError as error:
            return error
        return version

    def chosen(self, text: str, unit: str) -> VersionName | None:
        """Return the version of the arm for a unit, unless it is the default arm."""
        table = self.routes.get(text)
        if table is None or not unit:
            return None
        arm = table.decide(unit).arm
        if arm.id == table.default.id:
            return None
        if arm.version not in self.arms:
            self.arms[arm.version] = self.answer(str(arm.version))
        return arm.version

    def _read(self, model: Model, number: int) -> Version | None:
        key = (model.uid, number)
        if key not in self._versions:
            self._versions[key] = _version(self._tx, model, number, self._moment, full=False)
        return self._versions[key]


def with_detail(tx: Transaction, version: Version, moment: datetime | None = None) -> Version:
    """Return the version with detail and annotations, which may take much memory.

    moment: the one that the version was read as of.
    """
    annotated = tx.versions.with_annotations([version], moment)[0]
    return replace(annotated, detail=tx.versions.details([version.uid])[version.uid])


def find_version(tx: Transaction, reference: Reference, *, full: bool = True) -> Version:
    """Return the version that a reference names; by its number whatever became of it.

    With detail if `full`. Raises ModelNotFound, NamespaceNotFound, ModelRenamed, ModelDeleted,
    VersionNotFound, AliasNotFound, StageEmpty, VersionRevoked, and VersionYanked or MemberUnusable
    for a name.
    """
    model = require_live_model(tx, reference.model)
    return _find(tx, model, reference, None, partial(_version, tx, moment=None, full=full))


def look_up(tx: Transaction, reference: Reference) -> Version:
    """Return the version that a reference names, also by a former name of its model.

    Without detail. Raises what `find_version` raises, but no ModelRenamed. The errors of a model
    that a former name led to state it, as `model`. A number names a version of a purged model too.
    """
    model = find_model(tx, reference.model)
    with _told(model, reference):
        # The record of a purged version is final; only names stop to resolve.
        if model.purge_time is None or not isinstance(reference.selector, ByNumber):
            model.require_live()
        return _find(tx, model, reference, None, partial(_version, tx, moment=None, full=False))


@contextmanager
def _told(model: Model, reference: Reference) -> Iterator[None]:
    try:
        yield
    except RegistryError as error:
        if model.name != reference.model:
            error.model = str(model.name)
        raise


def _find(
    tx: Transaction,
    model: Model,
    reference: Reference,
    moment: datetime | None,
    read: Read,
    routed: Callable[[Route], None] = lambda _: None,
) -> Version:
    """Return the version; of a route that of its default arm. routed: called with a route."""
    number = _number(tx, model, reference, moment)
    if isinstance(number, Route):
        routed(number)
        number = _default_number(number)
    version = None if number is None else read(model, number)
    if version is None:
        raise VersionNotFound(_canonical(reference), _none_left(reference))
    match reference.selector:
        case ByName():
            version.require_followed(str(reference))
        case ByDigest():
            version.require_unrevoked()
        case Latest() if version.blocked:
            version.require_followed(str(reference))
    return version


def _none_left(reference: Reference) -> str:
    if reference.selector != Latest():
        return ""
    model = reference.model
    return f"{reference} is no version: {model} has none that is not deleted, yanked or revoked"


def _canonical(reference: Reference) -> str:
    match reference.selector:
        case ByNumber(number):
            return str(reference.model.version(number))
        case _:
            return str(reference)


def _model(tx: Transaction, name: ModelName, moment: datetime | None) -> Model:
    if moment is None:
        return find_model(tx, name)
    model = tx.model_names.holder(name, moment)
    if model is None:
        _require_namespace(tx, name.namespace, moment)
        raise ModelNotFound(str(name))
    return model


def _require_lived(tx: Transaction, model: Model, moment: datetime | None) -> None:
    if moment is None:
        model.require_live()
    elif model.purge_time is not None and model.purge_time <= moment:
        raise ModelPurged(str(model.name))
    elif tx.models.deleted_at(model.uid, moment):
        raise ModelDeleted(str(model.name))


def _require_namespace(tx: Transaction, name: str, moment: datetime) -> None:
    namespace = require_namespace(tx, name)
    # The default namespace always existed, independent of the clock.
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
) -> int | Route | None:
    match reference.selector:
        case ByNumber(number):
            return number
        case ByDigest(digest):
            return tx.versions.newest(model, moment, digest)
        case Latest():
            return tx.versions.newest(model, moment, None)
        case ByName(name):
            return _named(tx, model, name, moment)


def _default_number(route: Route) -> int:
    arm = route.plan.default
    if arm.state is ArmState.STAGE_LEFT:
        raise RouteArmBlocked(str(route.name), arm=arm.id, version=str(arm.version))
    return arm.version.number


def _named(tx: Transaction, model: Model, name: str, moment: datetime | None) -> int | Route:
    # No alias and no route is called like a stage of its time, nor like each other. Aliases are
    # asked first, so that looking up one takes one statement.
    alias = model.name.alias(name)
    number = _aliased(tx, model, alias, moment)
    if number is not None:
        return number
    route = _routed(tx, model, name, moment)
    if route is not None:
        return route
    if name == NONE or name not in tx.graphs.get(model.name.namespace, moment):
        raise AliasNotFound(str(alias))
    holders = tx.stages.holders(model, name, moment)
    if not holders:
        raise StageEmpty(str(model.name), name)
    return holders[0]


def _routed(tx: Transaction, model: Model, route: str, moment: datetime | None) -> Route | None:
    if moment is not None:
        return tx.routes.at(model, route, moment)
    return tx.routes.get(model.name.route(route))


def _aliased(
    tx: Transaction, model: Model, alias: AliasName, moment: datetime | None
) -> int | None:
    if moment is not None:
        return tx.aliases.at(model, alias.alias, moment)
    head = tx.aliases.get(alias)
    return None if head is None else head.version.number
