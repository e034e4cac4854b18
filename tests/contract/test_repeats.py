"""Requests that are made again, by the same or another person, undo and duplicate nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from registry_grpc.domain.attestation import AttestationDraft
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.limits import MIB
from registry_grpc.domain.names import RegistrationSchemaName
from registry_grpc.domain.principal import Principal
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.registration_schema import SchemaDraft
from registry_grpc.domain.stage_graph import DEFAULT_GRAPH, AliasRule
from registry_grpc.domain.transition import LIFETIME, Transition, TransitionState
from registry_grpc.domain.version import VersionState
from registry_grpc.engines.json_schema.rules import JsonSchemaRules
from registry_grpc.services.attestation import Attestations
from registry_grpc.services.mutation import Mutations
from registry_grpc.services.registration_schema import RegistrationSchemas
from registry_grpc.services.reply_memory import ReplyMemory
from tests.support.governance import ANN, BOB, EVE, ROOT, Governed
from tests.support.staged import GOOD, GUARDED, REVIEW, events, only, stored

TWICE = replace(GUARDED, approvals=(replace(REVIEW, count=2),))


def half_approved(registry: Governed) -> Transition:
    registry.put("quality", TWICE)
    made = registry.request(("fraud/2", "production"))
    registry.approve(made.name, EVE)
    return made


@pytest.mark.parametrize("again", [ANN, BOB])
def test_a_promotion_that_is_requested_again_keeps_its_approvals(
    staged: Governed, again: Principal
) -> None:
    made = half_approved(staged)
    before = events(staged)
    repeated = staged.request(("fraud/2", "production"), actor=again)
    assert (repeated.name, repeated.requester, len(repeated.approvals)) == (made.name, ANN.name, 1)
    assert (made.existing, repeated.existing, repeated.supersedes) == (False, True, ())
    assert events(staged) == before
    assert staged.approve(made.name, ROOT).state is TransitionState.APPLIED


def test_a_waiting_promotion_that_is_requested_again_waits_no_longer(staged: Governed) -> None:
    staged.put("quality", replace(GUARDED, approvals=(), wait=timedelta(hours=1)))
    made = staged.request(("fraud/2", "production"))
    staged.clock.forward(timedelta(minutes=30))
    repeated = staged.request(("fraud/2", "production"))
    assert (repeated.name, repeated.apply_time) == (made.name, made.apply_time)
    assert only(staged).state is TransitionState.WAITING


def test_the_same_evaluation_again_voids_no_approval_and_is_as_new_as_it_is(
    staged: Governed,
) -> None:
    staged.evaluate("fraud/2", auc=0.95)
    made = half_approved(staged)
    staged.evaluate("fraud/2", auc=0.95)
    assert stored(staged, made.name).given(made.needs[0]) == 1
    assert staged.request(("fraud/2", "production")).name == made.name
    staged.evaluate("fraud/2", auc=0.97)
    staged.evaluate("fraud/2", auc=0.95)
    assert stored(staged, made.name).given(made.needs[0]) == 0


def test_the_same_attestation_again_is_the_one_there_is(staged: Governed) -> None:
    attestations = Attestations(staged.database, Mutations(staged.database, staged.clock), uuid4)
    payload = Digest.parse(f"sha256:{'0' * 64}")
    draft = AttestationDraft("https://slsa.dev/provenance/v1", payload, "ci")

    def attest(actor: Principal) -> str:
        done = attestations.record(staged.call(actor), Reference.parse("fraud/2"), draft)
        assert done.result is not None
        return str(done.result.name)

    first = attest(BOB)
    made = half_approved(staged)
    before = events(staged)
    assert attest(BOB) == first
    assert events(staged) == before
    assert attest(ROOT) != first
    assert stored(staged, made.name).given(made.needs[0]) == 1


def test_a_changed_policy_makes_another_request_that_names_the_one_it_ends(
    staged: Governed,
) -> None:
    made = half_approved(staged)
    staged.put("quality", replace(TWICE, rules=(GOOD, replace(GOOD, id="again"))))
    newer = staged.request(("fraud/2", "production"))
    assert (newer.supersedes, newer.approvals) == ((made.name,), ())
    assert stored(staged, made.name).state is TransitionState.SUPERSEDED


def test_a_request_after_the_last_one_expired_is_a_new_one(staged: Governed) -> None:
    made = half_approved(staged)
    staged.clock.forward(2 * LIFETIME)
    newer = staged.request(("fraud/2", "production"))
    assert newer.name != made.name
    assert not stored(staged, made.name).is_open


def put_policy(registry: Governed) -> None:
    registry.put("quality", TWICE)


def set_alias(registry: Governed) -> None:
    registry.set_alias("champion", "fraud/1")


def yank(registry: Governed) -> None:
    registry.live("fraud/2", VersionState.YANKED)


def set_graph(registry: Governed) -> None:
    registry.set_graph(replace(DEFAULT_GRAPH, alias_rules=(AliasRule("top*", ("production",)),)))


def set_schema(registry: Governed) -> None:
    schemas = RegistrationSchemas(
        *(registry.database, Mutations(registry.database, registry.clock), JsonSchemaRules()),
        ReplyMemory(MIB),
    )
    name, draft = RegistrationSchemaName("default"), SchemaDraft('{"type": "object"}')
    schemas.set(registry.call(ROOT), name, draft, "", "")


@pytest.mark.parametrize("act", [put_policy, set_alias, yank, set_graph, set_schema])
def test_what_is_so_already_is_not_recorded_again(
    staged: Governed, act: Callable[[Governed], None]
) -> None:
    act(staged)
    before = events(staged)
    act(staged)
    assert events(staged) == before
