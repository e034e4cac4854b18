"""Bad requests to GovernanceService: transitions and rollbacks."""
# ruff: noqa: E501 - a table: one row, one line

from typing import Any, cast

from google.protobuf.timestamp_pb2 import Timestamp

from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1.governance_service_pb2 import (
    ApproveTransitionRequest,
    CancelTransitionRequest,
    CheckTransitionRequest,
    GetTransitionRequest,
    ListTransitionsRequest,
    RejectTransitionRequest,
    RequestTransitionRequest,
    RollbackRequest,
)
from tests.support.content import NAMESPACE
from tests.support.refusals.case import World, case, in_future

UNKNOWN = f"{NAMESPACE}/transitions/01890000-0000-7000-8000-000000000000"


def move(version: str, to_stage: str = "staging") -> governance.RequestedMove:
    """Return one move."""
    return governance.RequestedMove(version=version, to_stage=to_stage)


def request(*moves: governance.RequestedMove) -> RequestTransitionRequest:
    """Return a request for these moves."""
    return RequestTransitionRequest(moves=moves)


def back(
    world: World, *targets: str, version: str = "", to_time: Timestamp | None = None
) -> RollbackRequest:
    """Return a rollback of stages and aliases of the first model."""
    wanted = [
        governance.RollbackTarget(target=f"{world.id}@{name}", version=version) for name in targets
    ]
    return RollbackRequest(targets=wanted, reason="worse", to_time=to_time)


# fmt: off
ASKING = [
    case("CheckTransition", lambda _: CheckTransitionRequest(), "INVALID_REQUEST", "moves"),
    case("CheckTransition", lambda w: CheckTransitionRequest(moves=[move(f"{w.id}/2", "heaven")]), "INVALID_REQUEST", "moves[0].to_stage"),
    case("CheckTransition", lambda w: CheckTransitionRequest(moves=[move(f"{w.id}/2", "x" * 100_000)]), "INVALID_REQUEST", "moves[0].to_stage"),
    case("CheckTransition", lambda w: CheckTransitionRequest(moves=[move(f"{w.id}/2"), move("x" * 100_000), move("a/b/c/d")]), "INVALID_REQUEST", "moves[1].version", "moves[2].version"),
    case("CheckTransition", lambda w: CheckTransitionRequest(moves=[move(f"{w.id}/2"), move("risk/fraud/1")]), "INVALID_REQUEST", "moves"),
    case("CheckTransition", lambda w: CheckTransitionRequest(moves=[move(f"{w.id}/2"), move(f"{w.id}@champion")]), "INVALID_REQUEST", "moves[1].version"),
    case("CheckTransition", lambda w: CheckTransitionRequest(moves=[move(f"{w.id}/2")] * 101), "INVALID_REQUEST", "moves"),
    case("CheckTransition", lambda w: CheckTransitionRequest(moves=[move(f"{w.id}/99")]), "VERSION_NOT_FOUND"),
    case("CheckTransition", lambda w: CheckTransitionRequest(moves=[move(f"{w.id}/2", "production")]), "TRANSITION_NOT_ALLOWED"),
    case("CheckTransition", lambda w: CheckTransitionRequest(moves=[move(f"{w.id}/2")], min_revision=2**62), "REVISION_NOT_REACHED"),
    case("RequestTransition", lambda _: RequestTransitionRequest(), "INVALID_REQUEST", "moves"),
    case("RequestTransition", lambda _: request(move("", "")), "INVALID_REQUEST", "moves[0].version"),
    case("RequestTransition", lambda w: request(move(f"{w.id}/2", "")), "INVALID_REQUEST", "moves[0].to_stage"),
    case("RequestTransition", lambda w: request(move(f"{w.id}/2"), move(f"{w.id}/2")), "INVALID_REQUEST", "moves[1].version"),
    case("RequestTransition", lambda w: request(move(f"{w.id}/2"), move("a\0b")), "INVALID_REQUEST", "moves[1].version"),
    case("RequestTransition", lambda w: RequestTransitionRequest(moves=[move(f"{w.id}/2")], reason="x" * 5_000), "INVALID_REQUEST", "reason"),
    case("RequestTransition", lambda w: RequestTransitionRequest(moves=[move(f"{w.id}/2")], reason="a\0b"), "INVALID_REQUEST", "reason"),
    case("RequestTransition", lambda w: RequestTransitionRequest(moves=[move(f"{w.id}/2")], request_id="7"), "INVALID_REQUEST", "request_id"),
    case("RequestTransition", lambda w: request(move(f"{w.id}/3")), "VERSION_DELETED"),
    case("RequestTransition", lambda w: request(move(f"{w.deleted_model}/versions/1")), "MODEL_DELETED"),
    case("RequestTransition", lambda w: request(move(f"{w.id}@nobody")), "ALIAS_NOT_FOUND"),
    case("RequestTransition", lambda _: request(move("nowhere/nothing/1")), "NAMESPACE_NOT_FOUND"),
    case("RequestTransition", lambda w: request(move(f"{w.id}/1")), "TRANSITION_NOT_ALLOWED"),
]

DECIDING = [
    case("ApproveTransition", lambda _: ApproveTransitionRequest(), "INVALID_REQUEST", "name"),
    case("ApproveTransition", lambda w: ApproveTransitionRequest(name=w.open, comment="x" * 5_000), "INVALID_REQUEST", "comment"),
    case("ApproveTransition", lambda w: ApproveTransitionRequest(name=w.open, comment="a\0b"), "INVALID_REQUEST", "comment"),
    case("ApproveTransition", lambda w: ApproveTransitionRequest(name=w.open, request_id="7"), "INVALID_REQUEST", "request_id"),
    case("ApproveTransition", lambda w: ApproveTransitionRequest(name=w.open), "APPROVAL_NOT_ALLOWED"),
    case("ApproveTransition", lambda w: ApproveTransitionRequest(name=w.open, requirement="x" * 100_000), "APPROVAL_NOT_ALLOWED"),
    case("ApproveTransition", lambda w: ApproveTransitionRequest(name=w.open, binding="x" * 100_000), "BINDING_MISMATCH"),
    case("ApproveTransition", lambda w: ApproveTransitionRequest(name=w.applied), "TRANSITION_NOT_OPEN"),
    case("ApproveTransition", lambda _: ApproveTransitionRequest(name=UNKNOWN), "TRANSITION_NOT_FOUND"),
    case("RejectTransition", lambda _: RejectTransitionRequest(), "INVALID_REQUEST", "name"),
    case("RejectTransition", lambda w: RejectTransitionRequest(name=w.open), "INVALID_REQUEST", "comment"),
    case("RejectTransition", lambda w: RejectTransitionRequest(name=w.open, comment="x" * 5_000), "INVALID_REQUEST", "comment"),
    case("RejectTransition", lambda w: RejectTransitionRequest(name=w.open, comment=" \n"), "INVALID_REQUEST", "comment"),
    case("RejectTransition", lambda w: RejectTransitionRequest(name=w.open, comment="no"), "APPROVAL_NOT_ALLOWED"),
    case("RejectTransition", lambda w: RejectTransitionRequest(name=w.applied, comment="no"), "TRANSITION_NOT_OPEN"),
    case("RejectTransition", lambda _: RejectTransitionRequest(name=UNKNOWN, comment="no"), "TRANSITION_NOT_FOUND"),
    case("CancelTransition", lambda w: CancelTransitionRequest(name=w.open + "/"), "INVALID_REQUEST", "name"),
    case("CancelTransition", lambda w: CancelTransitionRequest(name=w.open, reason="x" * 5_000), "INVALID_REQUEST", "reason"),
    case("CancelTransition", lambda w: CancelTransitionRequest(name=w.applied), "TRANSITION_NOT_OPEN"),
    case("CancelTransition", lambda _: CancelTransitionRequest(name=UNKNOWN), "TRANSITION_NOT_FOUND"),
    case("GetTransition", lambda _: GetTransitionRequest(name=UNKNOWN.upper()), "INVALID_REQUEST", "name"),
    case("GetTransition", lambda _: GetTransitionRequest(name=UNKNOWN), "TRANSITION_NOT_FOUND"),
    case("GetTransition", lambda w: GetTransitionRequest(name=w.open, min_revision=2**62), "REVISION_NOT_REACHED"),
    case("ListTransitions", lambda _: ListTransitionsRequest(), "INVALID_REQUEST", "parent"),
    case("ListTransitions", lambda w: ListTransitionsRequest(parent=w.model + "/versions/1"), "INVALID_REQUEST", "parent"),
    case("ListTransitions", lambda _: ListTransitionsRequest(parent=NAMESPACE, states=cast("Any", [1, 0])), "INVALID_REQUEST", "states[1]"),
    case("ListTransitions", lambda _: ListTransitionsRequest(parent=NAMESPACE, states=cast("Any", [99])), "INVALID_REQUEST", "states[0]"),
    case("ListTransitions", lambda _: ListTransitionsRequest(parent=NAMESPACE, page_size=-1), "INVALID_REQUEST", "page_size"),
    case("ListTransitions", lambda _: ListTransitionsRequest(parent=NAMESPACE, page_token="made-up"), "INVALID_REQUEST", "page_token"),
    case("ListTransitions", lambda _: ListTransitionsRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("ListTransitions", lambda _: ListTransitionsRequest(parent=f"{NAMESPACE}/models/nothing"), "MODEL_NOT_FOUND"),
]

ROLLING_BACK = [
    case("Rollback", lambda _: RollbackRequest(reason="worse"), "INVALID_REQUEST", "targets"),
    case("Rollback", lambda w: RollbackRequest(targets=back(w, "production").targets), "INVALID_REQUEST", "reason"),
    case("Rollback", lambda w: RollbackRequest(targets=back(w, "production").targets, reason="x" * 5_000), "INVALID_REQUEST", "reason"),
    case("Rollback", lambda w: RollbackRequest(targets=back(w, "production").targets, reason=" \n"), "INVALID_REQUEST", "reason"),
    case("Rollback", lambda w: RollbackRequest(targets=back(w, "production").targets, reason="x", request_id="7"), "INVALID_REQUEST", "request_id"),
    case("Rollback", lambda w: back(w, "production", "production"), "INVALID_REQUEST", "targets[1].target"),
    case("Rollback", lambda w: back(w, *(f"a{number}" for number in range(101))), "INVALID_REQUEST", "targets"),
    case("Rollback", lambda _: RollbackRequest(targets=[governance.RollbackTarget(target="", version="x")], reason="x"), "INVALID_REQUEST", "targets[0].target", "targets[0].version"),
    case("Rollback", lambda w: back(w, "production", version="other/1"), "INVALID_REQUEST", "targets[0].version"),
    case("Rollback", lambda w: RollbackRequest(targets=[governance.RollbackTarget(target=f"{w.id}/1")], reason="x"), "INVALID_REQUEST", "targets[0].target"),
    case("Rollback", lambda w: RollbackRequest(targets=[governance.RollbackTarget(target=f"{w.id}@production"), governance.RollbackTarget(target="risk/fraud@production")], reason="x"), "INVALID_REQUEST", "targets"),
    case("Rollback", lambda w: back(w, "production", version=f"{w.id}/1", to_time=Timestamp(seconds=1)), "INVALID_REQUEST", "targets[0].version"),
    case("Rollback", lambda w: back(w, "production", to_time=Timestamp(seconds=2**60)), "INVALID_REQUEST", "to_time"),
    case("Rollback", lambda w: back(w, "production", to_time=Timestamp(nanos=-5)), "INVALID_REQUEST", "to_time"),
    case("Rollback", lambda w: back(w, "production", to_time=in_future()), "INVALID_REQUEST", "to_time"),
    case("Rollback", lambda w: back(w, "production", to_time=Timestamp(seconds=1)), "ROLLBACK_NOT_POSSIBLE"),
    case("Rollback", lambda w: back(w, "production"), "ROLLBACK_NOT_POSSIBLE"),
    case("Rollback", lambda w: back(w, "production", version=f"{w.id}/2"), "ROLLBACK_NOT_POSSIBLE"),
    case("Rollback", lambda w: back(w, "production", version=f"{w.id}/99"), "VERSION_NOT_FOUND"),
    case("Rollback", lambda w: back(w, "nobody"), "ALIAS_NOT_FOUND"),
    case("Rollback", lambda w: RollbackRequest(targets=[governance.RollbackTarget(target=f"{w.deleted_model.rpartition('/')[2]}@production")], reason="x"), "MODEL_DELETED"),
]

TRANSITIONS = ASKING + DECIDING + ROLLING_BACK
