"""Use cases of purges: what was deleted becomes final, and its bytes are given up."""

from dataclasses import replace

from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import ModelNotDeleted, ModelNotEmpty, VersionNotDeleted
from registry_grpc.domain.history import require_etag
from registry_grpc.domain.model import Model, ModelAction
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.version import Version, VersionAction, VersionState
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.reading import require_whole_model
from registry_grpc.services.version import require_version


class Purges:
    """Purges deleted versions and models. Records, history and lineage stay, names stay taken."""

    def __init__(self, mutations: Mutations) -> None:
        self._mutations = mutations

    def model(self, call: Mutation[Model], name: ModelName, etag: str, reason: str) -> Done[Model]:
        """Make the deletion of a model final; of a purged one nothing changes.

        Raises ModelNotFound, ModelNotDeleted, ModelNotEmpty while a version is not purged, or
        EtagMismatch.
        """
        check_reason(reason)

        def act(tx: Transaction) -> Model:
            model = require_whole_model(tx, name)
            require_etag(name, etag, model.etag, tx.head)
            if model.purge_time is not None:
                return model
            if model.delete_time is None:
                raise ModelNotDeleted(str(name))
            if left := tx.models.unpurged(model.uid):
                raise ModelNotEmpty(str(name), left)
            after = replace(
                model,
                purge_time=tx.time,
                update_time=tx.time,
                activity_time=tx.time,
                revision=tx.revision,
            )
            tx.models.update(after)
            actor = call.actor.name
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
            after = replace(version, purge_time=tx.time, update_time=tx.time, revision=tx.revision)
            tx.versions.update(after)
            name, actor = str(version.name), call.actor.name
            tx.record([Change(VersionAction.PURGE, name, actor, version, after, reason)])
            return after

        return self._mutations.change(call, act, frees=True)
