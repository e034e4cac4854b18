"""Use cases of purges: what was deleted becomes final, and its bytes are given up."""

from dataclasses import replace

from registry_grpc.domain.change import Change
from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.errors import ModelNotDeleted, ModelNotEmpty, VersionNotDeleted
from registry_grpc.domain.history import require_etag
from registry_grpc.domain.limits import TRANSACTION_BYTES
from registry_grpc.domain.model import Model, ModelAction
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.version import Version, VersionAction, VersionState
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.reading import require_whole_model
from registry_grpc.services.version import delete_version, require_version

_MOST_VERSIONS = 50
_CHANGES = 3
_EVENT_BYTES = 500


class Purges:
    """Purges deleted versions and models. Records, history and lineage stay."""

    def __init__(self, mutations: Mutations) -> None:
        self._mutations = mutations

    def model(
        self, call: Mutation[Model], name: ModelName, etag: str, reason: str, *, versions: bool
    ) -> Done[Model]:
        """Make the deletion of a model final; of a purged one nothing changes.

        versions: delete and purge its versions first, some in each call: the model of the last one
        is purged. Raises ModelNotFound, ModelNotDeleted, EtagMismatch, or else ModelNotEmpty while
        a version is not purged.
        """
        check_reason(reason)

        def act(tx: Transaction) -> Model:
            model = require_whole_model(tx, name)
            require_etag(name, etag, model.etag, tx.head)
            if model.purge_time is not None:
                return model
            if model.delete_time is None:
                raise ModelNotDeleted(str(name))
            actor = call.actor.name
            if versions:
                _purge_some(tx, actor, model, reason)
            if left := tx.models.unpurged(model.uid):
                if versions:
                    return model
                raise ModelNotEmpty(str(name), left)
            after = replace(
                model,
                purge_time=tx.time,
                update_time=tx.time,
                activity_time=tx.time,
                revision=tx.revision,
            )
            tx.models.update(after)
            tx.record([Change(ModelAction.PURGE, str(name), actor, model, after, reason)])
            return after

        return self._mutations.change(call, act, frees=True)

    def version(
        self, call: Mutation[Version], reference: Reference, etag: str, reason: str
    ) -> Done[Version]:
        """Give up the bytes of a deleted version; of a purged one nothing changes.

        The next collection deletes those that no live version references, whatever their leases.
        Raises ModelNotFound, VersionNotFound, VersionNotDeleted or EtagMismatch.
        """
        check_reason(reason)

        def act(tx: Transaction) -> Version:
            version = require_version(tx, reference)
            require_etag(version.name, etag, version.etag, tx.head)
            if version.purge_time is not None:
                return version
            if version.state is not VersionState.DELETED:
                raise VersionNotDeleted(str(version.name))
            return _purge(tx, call.actor.name, version, reason)

        return self._mutations.change(call, act, frees=True)


def _purge(tx: Transaction, actor: str, version: Version, reason: str) -> Version:
    after = replace(version, purge_time=tx.time, update_time=tx.time, revision=tx.revision)
    tx.versions.update(after)
    change = Change(VersionAction.PURGE, str(version.name), actor, version, after, reason)
    tx.record([change])
    return after


def _of_routes(tx: Transaction, model: Model, version: Version) -> int:
    """Return the most bytes of the changes of the routes that a version is taken out of."""
    return sum(
        2 * most_encoded(route.brief()) + _EVENT_BYTES
        for route in tx.routes.naming(model, version.name.number)
    )


def _purge_some(tx: Transaction, actor: str, model: Model, reason: str) -> None:
    """Purge versions of a deleted model, as many as the changes of one transaction have room."""
    room = TRANSACTION_BYTES // 2
    for place, version in enumerate(tx.versions.unpurged(model, _MOST_VERSIONS)):
        # Its stage, its deletion and its purge are changes, and so is each alias.
        changes = _CHANGES + len(version.aliases)
        room -= changes * 2 * (most_encoded(version) + len(reason.encode()) + _EVENT_BYTES)
        if version.state is not VersionState.DELETED:
            room -= _of_routes(tx, model, version)
        if place and room < 0:
            return
        gone = version
        if version.state is not VersionState.DELETED:
            gone = delete_version(tx, actor, version, reason)
        _purge(tx, actor, gone, reason)
