"""What a report of an instance changes: planned from reads alone, then made at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from registry_grpc.domain.change import Change
from registry_grpc.domain.deployment import (
    Deployment,
    DeploymentAction,
    Instance,
    InstanceKey,
    Reported,
    StoredDeployment,
    begun_at,
    deployment_id,
    reference_text,
    session_id,
    stream_of,
)
from registry_grpc.domain.errors import (
    InstanceHeld,
    InstanceSuperseded,
    RegistryError,
    StreamIdle,
    TooManyDeployments,
    VersionNotFound,
)
from registry_grpc.domain.limits import MIB
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import DeploymentName, ModelName, NamespaceName, VersionName
from registry_grpc.domain.violations import invalid
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.ports.deployment import DeploymentQuery, InstanceUse
from registry_grpc.services.reading import find_model, require_namespace

MOST_INSTANCES, MOST_BYTES = 32_000, 64 * MIB
"""The instances of a namespace, and the bytes of their deployments; of one principal half."""
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Report:
    """All deployments of an instance at one moment.

    session: the stream in the first report, then the session that this report began. begins:
    whether it is the first one, which takes the instance over from an older stream. ended: whether
    the last one had no deployments, so that the session has no instance. since: the time since the
    stream was opened, asked once the database can be written.
    """

    session: str
    key: InstanceKey
    principal: str
    ttl: timedelta
    deployments: Sequence[Reported]
    begins: bool
    ended: bool = False
    since: Callable[[], timedelta] = timedelta

    @property
    def size(self) -> int:
        """The approximate bytes of the deployments."""
        return sum(one.size for one in self.deployments)


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A stream that reports an instance. end: ends the stream with an error, in the event loop.

    seconds: its time to live.
    """

    id: str
    key: InstanceKey
    principal: str
    ttl: timedelta
    end: Callable[[RegistryError], None]
    seconds: float = field(init=False)

    def __post_init__(self) -> None:
        """Convert the time to live once: each heartbeat needs it."""
        object.__setattr__(self, "seconds", self.ttl.total_seconds())


@dataclass(slots=True)
class Uses:
    """The use of namespaces by instances, read once for the reports of one transaction."""

    _known: dict[tuple[str, str | None], InstanceUse] = field(default_factory=dict)

    def require(self, tx: Transaction, report: Report, before: Instance | None) -> None:
        """Add a report to the use; raise TooManyDeployments if there is no room for it."""
        own = 0 if before is None else before.size
        for share, principal in ((1, None), (2, report.principal)):
            of = (report.key.namespace, principal)
            used = self._known.get(of)
            if used is None:
                used = tx.deployments.use(*of)
            more = InstanceUse(used.count + (before is None), used.size + report.size - own)
            whose = "of a namespace" if principal is None else "of one principal in a namespace"
            self._check(f"live instances {whose}", MOST_INSTANCES // share, used.count, more.count)
            limit = f"bytes in deployments {whose}"
            self._check(limit, MOST_BYTES // share, used.size, more.size)
            self._known[of] = more

    @staticmethod
    def _check(limit: str, allowed: int, before: int, after: int) -> None:
        if after > allowed and after > before:
            raise TooManyDeployments(limit, allowed, after)


@dataclass(frozen=True, slots=True)
class ReportPlan:
    """What a report changes. session: that the instance belongs to from then on."""

    report: Report
    session: str
    before: Mapping[UUID, StoredDeployment]
    wanted: Mapping[UUID, tuple[Reported, Model]]

    def make(self, tx: Transaction) -> bool:
        """Make the changes, and record those of weight; return whether there are any."""
        report, stores = self.report, tx.deployments
        changes = list[Change]()
        for uid, stored in self.before.items():
            if uid not in self.wanted:
                stores.drop(uid)
                changes.append(ended(DeploymentAction.END, stored))
        for uid, (one, model) in self.wanted.items():
            changes += self._put(tx, uid, self.before.get(uid), one, model)
        if self.wanted:
            stores.hold(
                Instance(report.key, report.principal, self.session, report.ttl, report.size)
            )
        else:
            stores.remove(report.key)
        if changes:
            tx.record(changes)
        return bool(changes)

    def _put(
        self,
        tx: Transaction,
        uid: UUID,
        before: StoredDeployment | None,
        one: Reported,
        model: Model,
    ) -> Iterator[Change]:
        if before is not None and not before.recorded_by(one):
            if (one.phase, one.message) != (before.now.phase, before.now.message):
                tx.deployments.put(before.reported(one))
            return
        report = self.report
        now = Deployment(
            name=DeploymentName(report.key.namespace, uid),
            target=report.key.target,
            instance=report.key.instance,
            version=model.name.version(one.version.number),
            reference=reference_text(model.name, one.follows),
            arm=one.arm,
            phase=one.phase,
            message=one.message,
            reporter=report.principal,
            create_time=tx.time if before is None else before.now.create_time,
            update_time=tx.time,
        )
        tx.deployments.put(StoredDeployment(now, now, model.uid, one.follows))
        action = DeploymentAction.START if before is None else DeploymentAction.CHANGE
        earlier = None if before is None else before.recorded
        yield Change(action, str(now.name), report.principal, earlier, now)


def ended(action: DeploymentAction, stored: StoredDeployment, reason: str = "") -> Change:
    """Return the change of a deployment that exists no longer."""
    before = stored.recorded
    return Change(action, str(before.name), before.reporter, before, None, reason)


def plan_report(tx: Transaction, report: Report, uses: Uses) -> ReportPlan:
    """Return what a report changes; writes nothing.

    Raises InstanceHeld, InstanceSuperseded, StreamIdle for an instance that has expired meanwhile,
    TooManyDeployments, NamespaceNotFound, ModelNotFound, VersionNotFound, or InvalidRequest for a
    deployment that is there twice, under two names of its model.
    """
    key, stores = report.key, tx.deployments
    parent = str(NamespaceName(key.namespace))
    held = stores.instance(key)
    if held is not None and held.principal != report.principal:
        # Also past its time to live, until it has expired: perhaps the registry was away.
        raise InstanceHeld(parent, key.target, key.instance)
    if report.begins or (report.ended and held is None):
        require_namespace(tx, key.namespace)
    elif held is None and report.deployments:
        raise StreamIdle(report.ttl.total_seconds())
    # Without deployments: perhaps the outcome of this report was unknown, and it is applied again.
    session = _session(tx, report, held)
    before = {one.now.name.uuid: one for one in stores.of_instance(key)}
    wanted = _wanted(tx, report, before)
    if wanted:
        uses.require(tx, report, held)
    return ReportPlan(report, session, before, wanted)


def _session(tx: Transaction, report: Report, held: Instance | None) -> str:
    """Return the session of a report; raise InstanceSuperseded or StreamIdle if it lost its own."""
    if held is not None and report.session in {held.session, stream_of(held.session)}:
        return held.session  # also if the first report is applied again
    if not report.begins:
        if held is not None:
            raise lost_session(report.key, report.session, report.ttl, held, tx.deployments.now())
        return report.session
    now = tx.deployments.now()
    begun = now - report.since()
    # Of a stream that waited, perhaps in a server that stood still, while another one began.
    if held is not None and begun < begun_at(held.session) <= now:
        raise _superseded(report.key)
    return session_id(begun, report.session)


def lost_session(
    key: InstanceKey, session: str, ttl: timedelta, held: Instance | None, now: timedelta
) -> RegistryError:
    """Return the error of a session that has its instance no longer.

    held: the instance as another session of the principal has it. If that began earlier, the
    database was restored, and the client reports again: as it does when the instance has expired.
    """
    if held is not None and begun_at(session) <= begun_at(held.session) <= now:
        return _superseded(key)
    return StreamIdle(ttl.total_seconds())


def _superseded(key: InstanceKey) -> RegistryError:
    return InstanceSuperseded(str(NamespaceName(key.namespace)), key.target, key.instance)


def _wanted(
    tx: Transaction, report: Report, before: Mapping[UUID, StoredDeployment]
) -> Mapping[UUID, tuple[Reported, Model]]:
    models: dict[ModelName, Model] = {}
    wanted: dict[UUID, tuple[Reported, Model]] = {}
    for index, one in enumerate(report.deployments):
        parent = one.version.parent
        model = models.get(parent)
        if model is None:
            model = models[parent] = find_model(tx, parent)
        uid = deployment_id(report.key, model.uid, one.follows, one.arm)
        if uid in wanted:
            # By two names of one model: it was renamed.
            field = f"report.deployments[{index}]"
            raise invalid(field, "repeats the model, reference and arm of another deployment")
        known = before.get(uid)
        same = known is not None and known.now.version.number == one.version.number
        if not same and tx.versions.get(model, one.version.number, full=False) is None:
            raise VersionNotFound(str(one.version))
        wanted[uid] = (one, model)
    return wanted


def serving_instances(tx: Transaction, model: Model, number: int) -> list[str]:
    """Return the instances that report a version, for people: the first ones and how many more."""
    query = DeploymentQuery(model.name.namespace, model, number)
    found = tx.deployments.page(query, None, _MOST_NAMED)
    each = (f"instance {one.instance!r} at {one.target!r}" for one in found)
    named = list(dict.fromkeys(each))
    if len(found) < _MOST_NAMED:
        return named
    more = tx.deployments.count(query) - len(found)
    return [*named, f"{more} more deployments"] if more else named


def served_version(tx: Transaction, model: Model) -> VersionName | None:
    """Return a version of the model that an instance reports; None if there is none."""
    found = tx.deployments.page(DeploymentQuery(model.name.namespace, model), None, 1)
    return found[0].version if found else None
