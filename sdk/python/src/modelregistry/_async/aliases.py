"""Aliases: names that move from version to version."""

from modelregistry._async.methods import Methods
from modelregistry._async.pager import Pager
from modelregistry._convert import catalog as convert
from modelregistry._convert import checked
from modelregistry._convert.ordering import by_name, newest_revision_first
from modelregistry._convert.page import page_of_named, page_of_one
from modelregistry._convert.version import named_by_ref
from modelregistry._convert.writing import build
from modelregistry._wire.call import new_id
from modelregistry.types import Alias, AliasEntry, Model, Page, Version
from modelregistry.v1 import catalog_service_pb2 as pb


class AliasMethods(Methods):
    """Aliases."""

    async def set_alias(
        self,
        model: str | Model,
        alias: str,
        version: int | str | Version,
        *,
        etag: str = "",
        reason: str = "",
        request_id: str = "",
    ) -> Alias:
        """Point an alias at a version of its model: a number, a reference or a Version.

        With `etag` the call succeeds only if the alias has not changed since it was read, with
        `etag="none"` only if it does not exist: otherwise it raises EtagMismatch and changes
        nothing. Raises ModelNotFound, ModelDeleted, VersionNotFound or VersionDeleted.
        """
        name = self._alias(model, alias)
        numbered = f"{self._model(model)}/versions/{version}"
        request = build(
            pb.SetAliasRequest,
            name=name,
            version=numbered if isinstance(version, int) else self._ref(version),
            etag=etag,
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.catalog.SetAlias, request)
        moved = checked.named(convert.alias_from_message(reply), request.name)
        named_by_ref(moved.version, request.version, "version")
        return moved

    async def get_alias(
        self, model: str | Model, alias: str, *, min_revision: int = 0, history_id: str = ""
    ) -> Alias:
        """Read an alias; raise ModelNotFound or AliasNotFound."""
        request = build(
            pb.GetAliasRequest,
            name=self._alias(model, alias),
            min_revision=min_revision,
            history_id=history_id,
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.catalog.GetAlias, request)
        return checked.named(convert.alias_from_message(reply), request.name)

    def list_aliases(
        self, model: str | Model, *, page_size: int = 0, min_revision: int = 0, history_id: str = ""
    ) -> Pager[Alias]:
        """List the aliases of a model by id."""

        async def fetch(token: str) -> Page[Alias]:
            request = build(
                pb.ListAliasesRequest,
                parent=self._model(model),
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = await self._connection.unary(stubs.catalog.ListAliases, request)
            return page_of_named(
                reply, map(convert.alias_from_message, reply.aliases), f"{request.parent}/aliases"
            )

        return Pager(fetch, by_name)

    async def delete_alias(
        self,
        model: str | Model,
        alias: str,
        *,
        etag: str = "",
        reason: str = "",
        request_id: str = "",
    ) -> int:
        """Delete an alias and return the revision of the deletion; its history stays.

        Raises ModelNotFound, ModelDeleted, AliasNotFound or EtagMismatch.
        """
        request = build(
            pb.DeleteAliasRequest,
            name=self._alias(model, alias),
            etag=etag,
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.catalog.DeleteAlias, request)
        return checked.revision(reply.revision)

    def alias_history(
        self,
        model: str | Model,
        alias: str,
        *,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[AliasEntry]:
        """List the moves of an alias, newest first, also of a deleted one."""

        async def fetch(token: str) -> Page[AliasEntry]:
            request = build(
                pb.ListAliasHistoryRequest,
                parent=self._alias(model, alias),
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = await self._connection.unary(stubs.catalog.ListAliasHistory, request)
            entries = map(convert.alias_entry_from_message, reply.entries)
            return page_of_one(reply, entries, request.parent)

        return Pager(fetch, newest_revision_first)
