"""The state of versions: whether they may be used, and which references resolve to them."""

from modelregistry._async.methods import Methods
from modelregistry._convert import version as convert
from modelregistry._convert.writing import build, enum_number
from modelregistry._wire.call import new_id
from modelregistry.types import Version, VersionState
from modelregistry.v1 import governance_service_pb2 as pb
from modelregistry.v1 import version_pb2


class VersionStateMethods(Methods):
    """Deprecate, yank, revoke and restore versions: numbers such as `fraud/7`, or a Version.

    A reference that can move raises InvalidRequest. All methods raise VersionDeleted,
    VersionRevoked (a revocation is permanent), EtagMismatch when the version has changed since it
    was read, ModelNotFound, ModelDeleted and VersionNotFound. They do not change a version that is
    in the state already.
    """

    async def deprecate_version(
        self, version: str | Version, *, etag: str = "", reason: str = "", request_id: str = ""
    ) -> Version:
        """Mark a version as deprecated: it stays usable, and `pull` logs a warning."""
        return await self._set_state(version, VersionState.DEPRECATED, etag, reason, request_id)

    async def yank_version(
        self, version: str | Version, *, reason: str, etag: str = "", request_id: str = ""
    ) -> Version:
        """Yank a version: only its number and its digest still resolve to it.

        Its aliases and stages stay and raise VersionYanked; `latest` skips it.
        """
        return await self._set_state(version, VersionState.YANKED, etag, reason, request_id)

    async def revoke_version(
        self, version: str | Version, *, reason: str, etag: str = "", request_id: str = ""
    ) -> Version:
        """Revoke a version permanently; every lookup raises VersionRevoked.

        Its record can be read by its number; alias, stage and bytes stay until it is deleted.
        """
        return await self._set_state(version, VersionState.REVOKED, etag, reason, request_id)

    async def restore_version(
        self, version: str | Version, *, etag: str = "", reason: str = "", request_id: str = ""
    ) -> Version:
        """Make a deprecated or yanked version active again."""
        return await self._set_state(version, VersionState.ACTIVE, etag, reason, request_id)

    async def _set_state(
        self, version: str | Version, state: VersionState, etag: str, reason: str, request_id: str
    ) -> Version:
        request = build(
            pb.SetVersionStateRequest,
            name=self._ref(version),
            state=version_pb2.VersionState.ValueType(enum_number("state", state)),
            etag=etag,
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.governance.SetVersionState, request)
        return convert.version_now(reply, request.name, "state", state)
