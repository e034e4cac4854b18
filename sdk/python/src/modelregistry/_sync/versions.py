# Generated from _async/versions.py by scripts/generate_sync.py: never edit this.
"""Versions: immutable records of trained models."""

from collections.abc import Mapping

from google.protobuf.field_mask_pb2 import FieldMask

from modelregistry._convert import checked, facts
from modelregistry._convert import version as convert
from modelregistry._convert.arguments import given_texts
from modelregistry._convert.ordering import by_model_newest_first, by_path, newest_number_first
from modelregistry._convert.page import page_of_named
from modelregistry._convert.writing import build, invalid
from modelregistry._sync.methods import Methods, nothing_to_change
from modelregistry._sync.pager import Pager
from modelregistry._wire.call import new_id
from modelregistry.types import FileEntry, Model, Page, Version, VersionState
from modelregistry.types.version import Scalar
from modelregistry.v1 import catalog_service_pb2 as pb
from modelregistry.v1 import version_pb2

_FILES_PAGE = 5_000  # the most that the contract allows
_BASIC = version_pb2.VersionView.VERSION_VIEW_BASIC
_FULL = version_pb2.VersionView.VERSION_VIEW_FULL


class VersionMethods(Methods):
    """Versions. `version` is a reference such as `fraud/7`, a full name, or a Version."""

    def get_version(
        self,
        version: str | Version,
        *,
        full: bool = True,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Version:
        """Read the full record of a version; by its number in every state.

        A former name of the model leads to it too; the version then has `redirected_from`.
        Raises ModelNotFound, ModelDeleted, VersionNotFound, AliasNotFound or StageEmpty; by a name
        or digest also VersionRevoked, by a name VersionYanked.
        """
        request = build(
            pb.GetVersionRequest,
            name=self._ref(version),
            view=_FULL if full else _BASIC,
            min_revision=min_revision,
            history_id=history_id,
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.catalog.GetVersion, request)
        return convert.found_version(reply, request.name)

    def list_versions(
        self,
        model: str | Model,
        *,
        filter: str = "",  # noqa: A002 - what the contract calls it
        order_by: str = "",
        show_deleted: bool = False,
        full: bool = False,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[Version]:
        """List the versions of a model, newest first; of `-` those of all models, by model.

        `filter` is an expression such as `metrics.auc > 0.9 AND labels:reviewed` over number,
        size_bytes, file_count, description, creator, stage, state, root_digest, create_time,
        update_time, source.uri, run_id, by_reference, labels, tags, params, annotations and
        metrics, of `-` also model; an unquoted number compares as a number also with params, labels
        and tags. `order_by` is one such as `metrics.auc desc` of number, size_bytes, file_count,
        create_time, update_time and metrics, of `-` also model; versions without the metric come
        last. `risk/-` are the models of another namespace. A page of 3 MiB ends before `page_size`.
        Raises ModelNotFound, NamespaceNotFound, or InvalidRequest, also for a filter that cannot
        match, such as one with an unknown stage.
        """
        request = build(
            pb.ListVersionsRequest,
            parent=self._model(model),
            page_size=page_size,
            filter=filter,
            order_by=order_by,
            show_deleted=show_deleted,
            view=_FULL if full else _BASIC,
            min_revision=min_revision,
            history_id=history_id,
        )
        return self._list(request)

    def newest_in_stages(self, model: str | Model, *, full: bool = False) -> Pager[Version]:
        """List the version with the highest number of each stage, the highest number first.

        Of versions that are active or deprecated. Raises ModelNotFound or NamespaceNotFound.
        """
        request = build(
            pb.ListVersionsRequest,
            parent=self._model(model),
            newest_in_stages=True,
            view=_FULL if full else _BASIC,
        )
        return self._list(request)

    def _list(self, request: pb.ListVersionsRequest) -> Pager[Version]:
        parent = request.parent
        models, _, last = parent.rpartition("/")
        below = models if last == "-" else f"{parent}/versions"
        order = by_model_newest_first if last == "-" else newest_number_first
        full = request.view == _FULL

        def fetch(token: str) -> Page[Version]:
            wanted = pb.ListVersionsRequest()
            wanted.CopyFrom(request)
            wanted.page_token = token
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.catalog.ListVersions, wanted)
            versions = [self._listed_version(message, full=full) for message in reply.versions]
            return page_of_named(reply, versions, below)

        return Pager(fetch, None if request.order_by else order)

    def _listed_version(self, message: version_pb2.Version, *, full: bool) -> Version:
        """Return a version of a list; read a version that was too large for its page separately."""
        if full and message.detail_omitted:
            return self.get_version(convert.version_from_message(message))
        return convert.version_from_message(message)

    def list_files(
        self, version: str | Version, *, min_revision: int = 0, history_id: str = ""
    ) -> Pager[FileEntry]:
        """List the files of a version by path.

        Raises the errors of `get_version`, VersionRevoked, or BytesNotStored.
        """

        def fetch(token: str) -> Page[FileEntry]:
            request = build(
                pb.ListVersionFilesRequest,
                parent=self._ref(version),
                page_size=_FILES_PAGE,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.catalog.ListVersionFiles, request)
            files = tuple(map(facts.file_from_message, reply.files))
            checked.unique((file.path for file in files), "files.path")
            return Page(items=files, next_page_token=checked.token(reply.next_page_token))

        return Pager(fetch, by_path)

    def label_version(
        self,
        version: str | Version,
        labels: Mapping[str, Scalar | None],
        *,
        replace: bool = False,
        etag: str = "",
        request_id: str = "",
    ) -> Version:
        """Set labels, and remove those given as None; `replace` removes all others too.

        Bools and numbers are written as in JSON.

        With `etag` the call succeeds only if the version has not changed since it was read:
        otherwise it raises EtagMismatch. Raises the errors of `get_version`, or VersionDeleted.
        """
        if not isinstance(labels, Mapping):
            raise invalid("labels", f"must be a mapping, not {type(labels).__name__}")
        if not labels and not replace:
            raise nothing_to_change("labels")
        paths = ["labels"] if replace else [f"labels.{key}" for key in labels]
        kept = given_texts("labels", labels)
        request = build(
            pb.UpdateVersionRequest,
            version=build(version_pb2.Version, name=self._ref(version), labels=kept, etag=etag),
            update_mask=build(FieldMask, paths=paths),
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.catalog.UpdateVersion, request)
        return convert.version_of_ref(reply, request.version.name)

    def update_version(
        self,
        version: str | Version,
        *,
        description: str | None = None,
        annotations: Mapping[str, Scalar | None] | None = None,
        etag: str = "",
        request_id: str = "",
    ) -> Version:
        """Change the description, and set annotations or remove those given as None.

        The others are kept; `label_version` changes labels. With `etag` the call succeeds only if
        the version has not changed since it was read: otherwise it raises EtagMismatch. Raises the
        errors of `get_version`, VersionDeleted, or LimitExceeded for too large a record.
        """
        noted = annotations or {}
        kept = given_texts("annotations", noted)
        paths = [] if description is None else ["description"]
        paths += [f"annotations.{key}" for key in noted]
        if not paths:
            raise nothing_to_change("description or annotations")
        request = build(
            pb.UpdateVersionRequest,
            version=build(
                version_pb2.Version,
                name=self._ref(version),
                description=description or "",
                annotations=kept,
                etag=etag,
            ),
            update_mask=build(FieldMask, paths=paths),
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.catalog.UpdateVersion, request)
        return convert.version_of_ref(reply, request.version.name)

    def delete_version(
        self,
        version: str | Version,
        *,
        etag: str = "",
        force: bool = False,
        reason: str = "",
        request_id: str = "",
    ) -> Version:
        """Delete a version permanently; its record stays for the audit, its bytes may be freed.

        So may one of a soft-deleted model. `version` must be a number (`fraud/7`): a reference
        that can move raises InvalidRequest. Raises VersionInUse while aliases point at it or it is
        in production, unless `force`; VersionDeleted, EtagMismatch, ModelNotFound or
        VersionNotFound.
        """
        request = build(
            pb.DeleteVersionRequest,
            name=self._ref(version),
            etag=etag,
            force=force,
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.catalog.DeleteVersion, request)
        return convert.version_now(reply, request.name, "state", VersionState.DELETED)

    def purge_version(
        self, version: str | Version, *, etag: str = "", reason: str = "", request_id: str = ""
    ) -> Version:
        """Free the bytes of a deleted version at the next garbage collection, without a delay.

        Bytes that another version references stay, and so do the record, its lineage and its audit
        trail. `version` must be a number (`fraud/7`). Needs the role admin. Raises
        VersionNotDeleted, EtagMismatch, ModelNotFound or VersionNotFound.
        """
        request = build(
            pb.PurgeVersionRequest,
            name=self._ref(version),
            etag=etag,
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.catalog.PurgeVersion, request)
        return convert.purged_from_message(reply, request.name)
