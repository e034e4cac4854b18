"""Use cases of stages."""

from collections.abc import Sequence
from dataclasses import replace

from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import ApprovalRequired, GateRefused, TransitionNotAllowed
from registry_grpc.domain.finding import Outcome
from registry_grpc.domain.history import Position, require_etag
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import ModelName, VersionName
from registry_grpc.domain.page import Key, Page, Query
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.stage import ARCHIVED, StageEntry
from registry_grpc.domain.version import Version, VersionAction
from registry_grpc.domain.violations import invalid
from registry_grpc.services.alias import keep_protected
from registry_grpc.services.gate import Gate, check_gate
from registry_grpc.services.listing import Listed, listed
from registry_grpc.services.lookup import find_version
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.expressions import Expressions
from registry_grpc.services.reading import require_live_model, require_model, require_revision
from registry_grpc.services.route_arms import adjust_moved
from registry_grpc.services.transitions.superseding import supersede_moved


class MovedTwiceError(Exception):
    """Leaves a transaction in which a version would move twice, and nothing of it happened.

    A moment has one place for each version: its history could not say otherwise.
    """

    def __init__(self, version: VersionName) -> None:
        super().__init__(str(version))
        self.version = version


class Stages:
    """Move versions between stages and read how they moved."""

    def __init__(self, database: Database, mutations: Mutations, expressions: Expressions) -> None:
        self._database = database
        self._mutations = mutations
        self._expressions = expressions

    def set(
        self, call: Mutation[Version], target: Reference, stage: str, etag: str, reason: str
    ) -> Done[Version]:
        """Move a version at once along the graph of its namespace, as `move_stage` does.

        Raises InvalidRequest, VersionNotFound, VersionDeleted, VersionYanked, VersionRevoked,
        EtagMismatch, TransitionNotAllowed, GateRefused, and ApprovalRequired where people have a
        say: `Requests` ask them.
        """
        check_reason(reason)

        def act(tx: Transaction) -> Version:
            model = require_live_model(tx, target.model)
            graph = tx.graphs.get(model.name.namespace, None)
            if stage not in graph:
                raise invalid("stage", f"must be one of {', '.join(graph.names)}")
            version = find_version(tx, target)
            version.require_followed()
            require_etag(version.name, etag, version.etag, tx.head)
            if version.stage == stage:
                return version
            allowed = graph.targets(version.stage)
            if stage not in allowed:
                raise TransitionNotAllowed(str(version.name), version.stage, stage, allowed)
            gate = check_gate(tx, model, version, stage, tx.time, self._expressions)
            _require_open(gate)
            return move_stage(tx, call.actor.name, model, version, stage, reason)

        return self._mutations.change(call, act)

    def history(
        self,
        query: Query,
        page: Page,
        parent: ModelName,
        seen: Position,
    ) -> Listed[StageEntry]:
        """Return a page of the moves of a model's versions, newest first; raises ModelNotFound."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            model = require_model(tx, parent)
            return listed(
                query,
                page,
                tx.head,
                lambda after, limit: tx.stages.history(model, _place(after), limit),
                lambda row: (row.revision, row.version.number),
            )


def _place(key: Key | None) -> tuple[int, int] | None:
    return None if key is None else (int(key[0]), int(key[1]))


def _require_open(gate: Gate) -> None:
    version = gate.version.name
    if gate.blocks:
        failed = [item for item in gate.findings if item.outcome is not Outcome.PASSED]
        raise GateRefused("", str(version), failed)
    needs = [f"approvals for {policy}/{wanted.id}" for policy, wanted in gate.approvals]
    if gate.wait:
        needs.append(f"a waiting time of {gate.wait}")
    if needs:
        raise ApprovalRequired(str(version), gate.from_stage, gate.to_stage, needs)


def move_stage(
    tx: Transaction,
    actor: str,
    model: Model,
    version: Version,
    stage: str,
    reason: str,
    leaving: Sequence[Version] = (),
    *,
    deleted: bool = False,
) -> Version:
    """Move a version to a stage, with all consequences; return the version after the move.

    Every move between stages uses this function. The versions in `leaving`, and those beyond the
    capacity of the stage, are archived; open transitions from the previous stage of a moved version
    are superseded; protected aliases that may no longer reference a moved version move to the
    version that replaced it, or are removed; routes take weight from arms that may no longer have
    it. The caller checks whether the graph allows the move. deleted: whether the version is deleted
    next, which takes it out of routes. Raises MovedTwiceError.
    """
    if version.stage == stage:
        return version
    graph = tx.graphs.get(model.name.namespace, None)
    left = [_enter(tx, actor, model, one, ARCHIVED, reason) for one in leaving]
    left += _make_room(tx, actor, model, graph.capacity(stage), stage, reason)
    moved = _enter(tx, actor, model, version, stage, reason)
    if not deleted:
        # Together: up to 30 routes with 100 arms change, and all of that must fit into the log.
        adjust_moved(tx, actor, [*left, moved], f"moved to {stage}", reason)
    if not graph.alias_rules:
        return moved
    for version_left in left:
        keep_protected(tx, actor, graph, version_left, moved, reason)
    keep_protected(tx, actor, graph, moved, None, reason)
    return tx.versions.get(model, version.name.number) or moved


def _make_room(
    tx: Transaction, actor: str, model: Model, capacity: int, stage: str, reason: str
) -> list[Version]:
    """Archive those that entered a stage of this capacity (0: any) first; return them."""
    if not capacity:
        return []
    numbers = tx.stages.holders(model, stage, None)[capacity - 1 :]
    leaving = filter(None, [tx.versions.get(model, number) for number in numbers])
    return [_enter(tx, actor, model, version, ARCHIVED, reason) for version in leaving]


def _enter(
    tx: Transaction, actor: str, model: Model, version: Version, stage: str, reason: str
) -> Version:
    """Store and record that a version is in a stage from now on; raise MovedTwiceError."""
    if version.revision == tx.revision:
        raise MovedTwiceError(version.name)
    after = replace(version, stage=stage, update_time=tx.time, revision=tx.revision)
    tx.versions.update(after)
    tx.stages.append(
        model,
        StageEntry(version.name, stage, version.stage, tx.time, actor, reason, tx.revision),
    )
    tx.record([Change(VersionAction.STAGE, str(version.name), actor, version, after, reason)])
    supersede_moved(tx, actor, model, after)
    return after
