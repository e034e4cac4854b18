"""Use cases of deployments: apply reports, let instances live on, list and compare."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from registry_grpc.domain.deployment import (
    Deployment,
    Rollout,
    RolloutArm,
    rollout_of,
)
from registry_grpc.domain.errors import (
    Conflict,
    DeploymentNotFound,
    InvalidRequest,
    NotFound,
    RegistryError,
    StreamIdle,
    TooManyDeployments,
    VersionNotFound,
    WrongState,
)
from registry_grpc.domain.history import Position
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import DeploymentName, ModelName
from registry_grpc.domain.page import Key, Page, Query
from registry_grpc.domain.reference import ByName, Reference
from registry_grpc.domain.route_slots import SLOTS
from registry_grpc.domain.violations import invalid
from registry_grpc.services.deployment_report import (
    Report,
    Session,
    Uses,
    lost_session,
    plan_report,
)
from registry_grpc.services.listing import Listed, listed
from registry_grpc.services.lookup import look_up
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.deployment import DeploymentQuery, Place
from registry_grpc.services.reading import find_model, require_namespace, require_revision

_TYPED: Final = (
    *(InvalidRequest, NotFound, WrongState, Conflict),
    *(TooManyDeployments, StreamIdle),
)
"""The errors of one report, which other reports of the same transaction do not have."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A report that has taken effect. position: that includes it. session: of its stream."""

    position: Position
    session: str


class Deployments:
    """Apply reports, and read deployments."""

    def __init__(self, database: Database, mutations: Mutations) -> None:
        self._database = database
        self._mutations = mutations

    def apply(self, reports: Sequence[Report]) -> Sequence[Applied | RegistryError]:
        """Apply reports in one transaction; return the outcome of each.

        A report with an error changes nothing. The log grows only if one has a change of weight.
        """

        def act(tx: Transaction) -> Sequence[Applied | RegistryError]:
            uses, outcomes, recorded = Uses(), list[str | RegistryError](), False
            for report in reports:
                try:
                    plan = plan_report(tx, report, uses)
                except _TYPED as error:
                    outcomes.append(error)
                else:
                    # Now, so that a later report of the same instance sees it.
                    recorded |= plan.make(tx)
                    outcomes.append(plan.session)
            here = replace(tx.head, revision=tx.revision) if recorded else tx.head
            return [Applied(here, one) if isinstance(one, str) else one for one in outcomes]

        return self._mutations.perform(act)

    def extend(self, sessions: Sequence[str], age: Callable[[], timedelta]) -> Collection[str]:
        """Let the instances of sessions live longer; return the sessions that still have one.

        age: the time since the oldest heartbeat, asked once the database can be written.
        """
        with self._database.write() as tx:
            return tx.deployments.extend(sessions, age())

    def lost(self, sessions: Collection[Session]) -> Mapping[str, RegistryError]:
        """Return the errors of sessions that have no instance any more, by session."""
        if not sessions:
            return {}
        lost = dict[str, RegistryError]()
        with self._database.read() as tx:
            now = tx.deployments.now()
            for one in sessions:
                held = tx.deployments.instance(one.key)
                own = held if held is not None and held.principal == one.principal else None
                lost[one.id] = lost_session(one.key, one.id, one.ttl, own, now)
        return lost

    def get(self, name: DeploymentName, seen: Position) -> Deployment:
        """Return a deployment; raise DeploymentNotFound or NamespaceNotFound."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_namespace(tx, name.namespace)
            found = tx.deployments.get(name.namespace, name.uuid)
        if found is None:
            raise DeploymentNotFound(str(name))
        return found

    def list(
        self,
        query: Query,
        page: Page,
        wanted: DeploymentQuery,
        model: ModelName | None,
        seen: Position,
    ) -> Listed[Deployment]:
        """Return a page, by target, instance and id; model: that of the query, by name.

        Raises NamespaceNotFound, ModelNotFound or VersionNotFound.
        """
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_namespace(tx, wanted.namespace)
            return _page(tx, query, page, _of_model(tx, wanted, model))

    def rollout(
        self, query: Query, page: Page, reference: Reference, seen: Position
    ) -> tuple[Rollout, Listed[Deployment]]:
        """Compare what a reference resolves to with what follows it; raises as `look_up`."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            model = find_model(tx, reference.model)
            arms, follows = _arms(tx, model, reference), reference.suffix
            found = rollout_of(
                str(reference),
                arms,
                tx.deployments.counts(
                    model, follows, [(arm.arm, arm.version.number) for arm in arms]
                ),
                tx.deployments.phases(model, follows),
                tx.deployments.instances(model, follows),
            )
            wanted = DeploymentQuery(model.name.namespace, model, follows=follows)
            return found, _page(tx, query, page, wanted)


def _of_model(tx: Transaction, wanted: DeploymentQuery, model: ModelName | None) -> DeploymentQuery:
    if model is None:
        return wanted
    found = find_model(tx, model)
    number = wanted.number
    if number is not None and tx.versions.get(found, number, full=False) is None:
        raise VersionNotFound(str(model.version(number)))
    return replace(wanted, model=found)


def _arms(tx: Transaction, model: Model, reference: Reference) -> Sequence[RolloutArm]:
    match reference.selector:
        case ByName(name):
            route = tx.routes.get(model.name.route(name))
            if route is not None:
                model.require_live()
                return [
                    RolloutArm(arm.id, arm.version, arm.weight)
                    for arm in route.plan.arms
                    if arm.usable
                ]
    return [RolloutArm("", look_up(tx, reference).name, SLOTS)]


def _place(key: Key | None) -> Place | None:
    if key is None:
        return None
    try:
        return str(key[0]), str(key[1]), UUID(str(key[2]))
    except ValueError:
        raise invalid(
            "page_token", "is not a token of this query; start from the first page"
        ) from None


def _page(tx: Transaction, query: Query, page: Page, wanted: DeploymentQuery) -> Listed[Deployment]:
    return listed(
        query,
        page,
        tx.head,
        lambda after, limit: tx.deployments.page(wanted, _place(after), limit),
        lambda row: (row.target, row.instance, row.name.uuid.hex),
    )
