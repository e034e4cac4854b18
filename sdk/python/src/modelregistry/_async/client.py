"""The client."""

from pathlib import Path
from types import TracebackType
from typing import Self

import grpc.aio

from modelregistry._async.changes import ChangeMethods
from modelregistry._async.connection import Connection, Stubs
from modelregistry._async.copies import CopyMethods
from modelregistry._async.deployments import DeploymentMethods
from modelregistry._async.evaluations import EvaluationMethods
from modelregistry._async.framework_models import FrameworkMethods
from modelregistry._async.lineage import LineageMethods
from modelregistry._async.models import ModelMethods
from modelregistry._async.monitoring import MonitoringMethods
from modelregistry._async.namespaces import NamespaceMethods
from modelregistry._async.open_uploads import OpenUploadMethods
from modelregistry._async.policies import PolicyMethods
from modelregistry._async.profiles import ProfileMethods
from modelregistry._async.registration_schemas import RegistrationSchemaMethods
from modelregistry._async.reports import ReportMethods
from modelregistry._async.resolver import ResolverMethods
from modelregistry._async.routes import RouteMethods
from modelregistry._async.stage_graphs import StageGraphMethods
from modelregistry._async.stages import StageMethods
from modelregistry._async.transitions import TransitionMethods
from modelregistry._async.version_states import VersionStateMethods
from modelregistry._wire.address import check_address
from modelregistry._wire.settings import DEFAULT_TIMEOUT_S, Tls, Token, complete
from modelregistry.cache import Cache
from modelregistry.names import DEFAULT_NAMESPACE


class AsyncClient(
    ReportMethods,
    NamespaceMethods,
    ModelMethods,
    CopyMethods,
    StageMethods,
    RouteMethods,
    DeploymentMethods,
    MonitoringMethods,
    RegistrationSchemaMethods,
    LineageMethods,
    TransitionMethods,
    EvaluationMethods,
    PolicyMethods,
    StageGraphMethods,
    VersionStateMethods,
    FrameworkMethods,
    ProfileMethods,
    OpenUploadMethods,
    ChangeMethods,
    ResolverMethods,
):
    """A client of a model registry.

    The client connects at the first call. After a restart of the server it reconnects by itself,
    and calls wait for the server within their deadline. It repeats reads that fail with UNAVAILABLE
    up to five times, and changes until their outcome is known, with one request id, so that each is
    made once.

    `target` is `host:port` or any gRPC target; by default `MODELREG_SERVER` or `localhost:50051`.
    `token` is an access token or a function that returns the present one, called before each call
    (perhaps from another thread); by default `MODELREG_TOKEN`, if set, and none for an empty one.
    `namespace` is the default namespace of names. `ca`, `cert` and `key` are PEM files: the
    certificates to trust instead of the system's, and the client's own. `timeout` is the deadline
    of a call in seconds; transfers of bytes take as long as they make progress. Calls to this
    machine are in plain text unless TLS files are given, calls to other machines use TLS unless
    `plaintext=True`; a token is sent to another machine in plain text only with
    `token_in_plaintext=True`. `cache` keeps pulled files for later pulls: a folder, a `Cache` with
    more options, or False for none. `connect_timeout` is how long to try to connect for the first
    time, in seconds; by default as long as the call may take. `channel` replaces the connection (in
    tests); the client does not close it.

    Raises ConfigurationError for options that contradict each other or are unsafe.
    """

    def __init__(  # noqa: PLR0913 - options that people set by name
        self,
        target: str | None = None,
        *,
        token: Token | None = None,
        namespace: str = DEFAULT_NAMESPACE,
        ca: str | Path | None = None,
        cert: str | Path | None = None,
        key: str | Path | None = None,
        timeout: float = DEFAULT_TIMEOUT_S,
        plaintext: bool | None = None,
        token_in_plaintext: bool = False,
        cache: Cache | str | Path | bool | None = None,
        connect_timeout: float | None = None,
        channel: grpc.aio.Channel | None = None,
    ) -> None:
        settings = complete(
            target,
            token=token,
            namespace=namespace,
            tls=Tls(ca=ca, cert=cert, key=key),
            timeout=timeout,
            plaintext=plaintext,
            token_in_plaintext=token_in_plaintext,
            cache=cache,
            connect_timeout=connect_timeout,
        )
        if channel is None:
            check_address(settings.target)
        super().__init__(Connection(settings, channel))

    @property
    def target(self) -> str:
        """The address of the registry."""
        return self._connection.settings.target

    @property
    def namespace(self) -> str:
        """The default namespace of names."""
        return self._connection.settings.namespace

    @property
    def raw(self) -> Stubs:
        """The generated stubs on this client's channel, for methods that it does not wrap."""
        return self._connection.raw

    async def close(self) -> None:
        """Close the connection, and end running calls, watches, resolvers and reporters.

        Closing twice is harmless.
        """
        await self._resolvers.stop()
        await self._reporters.stop()
        await self._long_lived.close()
        await self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
