# Generated from _async/stages.py by scripts/generate_sync.py: never edit this.
"""Stages: the purposes that versions may be used for."""

from datetime import datetime

from modelregistry._convert import catalog as convert
from modelregistry._convert import checked, times
from modelregistry._convert import version as convert_version
from modelregistry._convert.ordering import by_model_and_number, newest_move_first
from modelregistry._convert.page import page_of
from modelregistry._convert.writing import build
from modelregistry._sync.methods import Methods
from modelregistry._sync.pager import Pager
from modelregistry._wire.call import new_id
from modelregistry.types import Model, Page, StageEntry, Version
from modelregistry.v1 import catalog_service_pb2 as pb


class StageMethods(Methods):
    """Stages of the namespace's graph, such as `production`."""

    def set_stage(
        self,
        version: str | Version,
        stage: str,
        *,
        etag: str = "",
        reason: str = "",
        request_id: str = "",
    ) -> Version:
        """Move a version to another stage; archive the versions that the stage has no room for.

        A protected alias that may not point at the moved version any more moves to the version that
        replaced it, or is deleted.

        With `etag` the call succeeds only if the version has not changed since it was read:
        otherwise it raises EtagMismatch. Raises TransitionNotAllowed, VersionDeleted,
        VersionYanked, VersionRevoked, and the errors of `get_version`.
        """
        request = build(
            pb.SetStageRequest,
            name=self._ref(version),
            stage=stage,
            etag=etag,
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.catalog.SetStage, request)
        return convert_version.version_now(reply, request.name, "stage", stage)

    def staged_versions(
        self,
        stage: str = "",
        *,
        as_of: datetime | None = None,
        namespace: str | None = None,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[StageEntry]:
        """List the versions of all models that are in a stage, or were at the moment `as_of`.

        As the moves by which they entered it, by model and number; without `stage` those of every
        stage but `none`. `as_of` needs a time zone. Raises NamespaceNotFound, or InvalidRequest for
        a stage that never existed or a time in the future.
        """

        def fetch(token: str) -> Page[StageEntry]:
            request = build(
                pb.ListStagedVersionsRequest,
                parent=self._parent(namespace),
                stage=stage,
                as_of=times.to_message(as_of, "as_of"),
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.catalog.ListStagedVersions, request)
            entries = tuple(map(convert.stage_entry_from_message, reply.entries))
            for entry in entries:
                checked.below(entry.version, f"{request.parent}/models", "version")
                if stage and entry.stage != stage:
                    raise checked.malformed("stage", entry.stage, f"of another stage than {stage}")
            return page_of(reply, entries)

        return Pager(fetch, by_model_and_number)

    def stage_history(
        self, model: str | Model, *, page_size: int = 0, min_revision: int = 0, history_id: str = ""
    ) -> Pager[StageEntry]:
        """List the stage moves of a model's versions, newest first."""

        def fetch(token: str) -> Page[StageEntry]:
            request = build(
                pb.ListStageHistoryRequest,
                parent=self._model(model),
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.catalog.ListStageHistory, request)
            entries = tuple(map(convert.stage_entry_from_message, reply.entries))
            for entry in entries:
                checked.below(entry.version, request.parent, "version")
            return page_of(reply, entries)

        return Pager(fetch, newest_move_first)
