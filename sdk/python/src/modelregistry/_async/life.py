"""The life of versions: what may be used, and how it may be named."""

from modelregistry._async.methods import Methods
from modelregistry._convert import version as convert
from modelregistry._wire.call import new_id
from modelregistry.types import Version, VersionState
from modelregistry.v1 import governance_service_pb2 as pb
from modelregistry.v1 import version_pb2


class LifeMethods(Methods):
    """Deprecate, yank, revoke and restore versions: numbers such as `fraud/7`, or a Version.

    A name that moves is InvalidRequest. All of them raise VersionDeleted, VersionRevoked (nothing
    leads back from that), EtagMismatch when the version is not as it was read, ModelNotFound,
    ModelDeleted and VersionNotFound. What is in that state already stays as it is.
    """

    async def deprecate_version(
        self, version: str | Version, *, etag: str = "", reason: str = "", request_id: str = ""
    ) -> Version:
        """Say that there is something better: all goes on working, `pull` logs a warning."""
        return await self._set_state(version, VersionState.DEPRECATED, etag, reason, request_id)

    async def yank_version(
        self, version: str | Version, *, reason: str, etag: str = "", request_id: str = ""
    ) -> Version:
        """Let only its number and its digest resolve to a version.

        Aliases and stages stay where they are and raise VersionYanked, `latest` passes over it.
        """
        return await self._set_state(version, VersionState.YANKED, etag, reason, request_id)

    async def revoke_version(
        self, version: str | Version, *, reason: str, etag: str = "", request_id: str = ""
    ) -> Version:
        """Let nothing resolve to a version any more, for good: VersionRevoked is raised.

        Its record can be read by its number; alias, stage and bytes stay until it is deleted.
        """
        return await self._set_state(version, VersionState.REVOKED, etag, reason, request_id)

    async def restore_version(
        self, version: str | Version, *, etag: str = "", reason: str = "", request_id: str = ""
    ) -> Version:
        """Make a version active again that was deprecated or yanked."""
        return await self._set_state(version, VersionState.ACTIVE, etag, reason, request_id)

    async def _set_state(
        self, version: str | Version, state: VersionState, etag: str, reason: str, request_id: str
    ) -> Version:
        request = pb.SetVersionStateRequest(
            name=self._ref(version),
            state=version_pb2.VersionState.ValueType(int(state)),
            etag=etag,
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = await self._connection.unary(stubs.governance.SetVersionState, request)
        return convert.version_now(reply, request.name, "state", state)
