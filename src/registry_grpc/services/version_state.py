"""The use case of version states: deprecate, yank, revoke and restore."""

from dataclasses import replace

from registry_grpc.domain.change import Change
from registry_grpc.domain.history import require_etag
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.domain.version_state import ACTIONS, CUT_OFF, check_explained
from registry_grpc.services.ensemble_blocking import update_ensembles
from registry_grpc.services.lookup import find_version
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.route_arms import adjust_arms
from registry_grpc.services.transitions.superseding import supersede_unusable

_DONE = {state: str(state) for state in VersionState} | {VersionState.ACTIVE: "restored"}


class VersionStates:
    """Deprecate, yank, revoke and restore versions."""

    def __init__(self, mutations: Mutations) -> None:
        self._mutations = mutations

    def set(
        self,
        call: Mutation[Version],
        reference: Reference,
        state: VersionState,
        etag: str,
        reason: str,
    ) -> Done[Version]:
        """Set the state of a version, except deleted; setting its present state changes nothing.

        Aliases and stage stay unchanged. In both cases routes take arms out that are cut off, and
        ensembles that contain the version are blocked or unblocked. Raises InvalidRequest,
        VersionDeleted, VersionRevoked, EtagMismatch, and what `find_version` raises.
        """
        check_explained(state, reason)

        def act(tx: Transaction) -> Version:
            version = find_version(tx, reference)
            version.require_live()
            require_etag(version.name, etag, version.etag, tx.head)
            if version.state is state:
                # A server of an earlier release may have set it, without all that follows.
                _follow(tx, call.actor.name, version, reason)
                return version
            version.require_unrevoked()
            after = replace(version, state=state, update_time=tx.time, revision=tx.revision)
            tx.versions.update(after)
            name, actor = str(version.name), call.actor.name
            tx.record([Change(ACTIONS[state], name, actor, version, after, reason)])
            _follow(tx, actor, after, reason)
            if state in CUT_OFF:
                supersede_unusable(tx, actor, after)
            return after

        return self._mutations.change(call, act)


def _follow(tx: Transaction, actor: str, version: Version, reason: str) -> None:
    """Bring routes and ensembles up to date with the state of a version."""
    cause = f"was {_DONE[version.state]}"
    adjust_arms(tx, actor, version, cause, reason)
    update_ensembles(tx, actor, version, cause)
