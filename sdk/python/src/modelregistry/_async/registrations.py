"""Registrations of versions, and the checks before them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

import grpc.aio
from google.protobuf.message import Message

from modelregistry._async.versions import VersionMethods
from modelregistry._convert import ensemble as ensembles
from modelregistry._convert import facts
from modelregistry._convert import registration as convert
from modelregistry._convert import version as versions
from modelregistry._convert.arguments import Violations
from modelregistry._local import manifest
from modelregistry._wire.call import new_id
from modelregistry.errors import InvalidRequest, RegistryError
from modelregistry.types import FileEntry, Model, RegistrationCheck, Version, VersionRecord
from modelregistry.v1 import catalog_service_pb2 as pb

Request = TypeVar("Request", pb.RegisterVersionRequest, pb.CheckRegistrationRequest)
Reply = TypeVar("Reply", bound=Message)


class RegistrationMethods(VersionMethods):
    """Registrations."""

    async def register(
        self,
        model: str | Model,
        files: Iterable[FileEntry],
        record: VersionRecord | None = None,
        *,
        alias: str = "",
        alias_etag: str = "",
        create_model: bool = True,
        request_id: str = "",
    ) -> Version:
        """Register a version of blobs that the registry has already; `push` does all steps.

        The record, its files and the alias appear together or not at all. `alias_etag` is the etag
        that the alias must have, or `none` when it must not exist yet. Raises BlobsMissing when the
        registry lacks bytes, ModelNotFound without `create_model`, ModelDeleted, SchemaViolated,
        EtagMismatch or AliasProtected for the alias, VersionNotFound and similar errors for parents
        and members, MemberSignatureMismatch, InvalidRequest or LimitExceeded: the first of all
        problems, with all in `problems` and `violations`.

        The result for a record of more than 3 MiB lacks its larger facts: `get_version` has them.
        """
        listed = list(files)
        request = self._registration(
            model,
            listed,
            record or VersionRecord(),
            alias=alias,
            alias_etag=alias_etag,
            create_model=create_model,
            request_id=request_id,
        )
        return await self._register(request, listed)

    async def check_registration(
        self,
        model: str | Model,
        files: Iterable[FileEntry],
        record: VersionRecord | None = None,
        *,
        alias: str = "",
        alias_etag: str = "",
        create_model: bool = True,
    ) -> RegistrationCheck:
        """Check a registration without registering anything.

        Raises what `register` would raise now, except BlobsMissing: the result lists the missing
        bytes. The digest of a file may be empty.
        """
        request = self._registration(
            model,
            files,
            record or VersionRecord(),
            alias=alias,
            alias_etag=alias_etag,
            create_model=create_model,
        )
        return convert.check_from_message(await self._check(request))

    def _registration(
        self,
        model: str | Model,
        files: Iterable[FileEntry],
        record: VersionRecord,
        *,
        alias: str = "",
        alias_etag: str = "",
        create_model: bool = True,
        request_id: str = "",
    ) -> pb.RegisterVersionRequest:
        """Return the request; raise InvalidRequest with all violations that need no registry."""
        found = Violations()
        request = self._written(
            found,
            model,
            files,
            record,
            alias=alias,
            alias_etag=alias_etag,
            create_model=create_model,
            request_id=request_id,
        )
        found.raise_if_any()
        convert.require_size(request)
        return request

    def _written(
        self,
        found: Violations,
        model: str | Model,
        files: Iterable[FileEntry],
        record: VersionRecord,
        *,
        alias: str,
        create_model: bool,
        alias_etag: str = "",
        request_id: str = "",
    ) -> pb.RegisterVersionRequest:
        """Return the request without its wrong arguments, which are noted in `found`."""
        parents = found.each("parents", _names(record.parents), str, self._parent_version)
        version = versions.written(found, replace(record, parents=tuple(parents)))
        if version.HasField("ensemble"):
            ensembles.qualify(version.ensemble, self._parent_version, found)
        return found.build(
            pb.RegisterVersionRequest,
            parent=found.merged(lambda: self._model(model)) or "",
            version=version,
            files=found.each("files", files, FileEntry, facts.file_to_message),
            alias=alias,
            alias_etag=alias_etag,
            create_model=create_model,
            request_id=found.merged(lambda: convert.request_id(request_id)) or new_id(),
        )

    def _parent_version(self, ref: str) -> str:
        return convert.parent(ref, self._ref)

    async def _all_violations(
        self, request: pb.RegisterVersionRequest, local: InvalidRequest
    ) -> InvalidRequest:
        """Return the error for wrong arguments with what the registry finds wrong in the others.

        local: the error for the arguments that `request` lacks.
        """
        try:
            convert.require_size(request)
            await self._check(request)
        except RegistryError as error:
            return convert.joined(local, error, request)
        return local

    async def _check(self, request: pb.RegisterVersionRequest) -> pb.CheckRegistrationResponse:
        """Return the reply to the check of a registration; raise what it would raise."""
        stubs = self._connection.stubs
        return await self._answer(stubs.catalog.CheckRegistration, convert.check_request(request))

    async def _register(
        self, request: pb.RegisterVersionRequest, files: Sequence[FileEntry]
    ) -> Version:
        stubs = self._connection.stubs
        reply = await self._answer(stubs.catalog.RegisterVersion, request)
        registered = versions.version_of_model(reply, request.parent)
        manifest.verify(registered, files)
        return registered

    async def _answer(
        self, method: grpc.aio.UnaryUnaryMultiCallable[Request, Reply], request: Request
    ) -> Reply:
        try:
            return await self._connection.unary(method, request)
        except RegistryError as error:
            paths = [file.path for file in request.files]
            raise convert.in_callers_terms(error, paths) from error.__cause__


def _names(parents: object) -> object:
    """Return parents with versions by their names; other values are checked later."""
    if isinstance(parents, str) or not isinstance(parents, Iterable):
        return parents
    return [parent.name if isinstance(parent, Version) else parent for parent in parents]
