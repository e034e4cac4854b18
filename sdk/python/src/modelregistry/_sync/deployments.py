# Generated from _async/deployments.py by scripts/generate_sync.py: never edit this.
"""Deployments: what instances serve, and rollouts."""

from collections.abc import Iterable
from enum import IntEnum

from modelregistry import names
from modelregistry._convert import deployment as convert
from modelregistry._convert.ordering import by_place
from modelregistry._convert.page import page_of_named
from modelregistry._convert.writing import build, enum_number
from modelregistry._sync.methods import Methods
from modelregistry._sync.pager import Pager
from modelregistry.types import (
    Deployment,
    DeploymentPhase,
    Model,
    Page,
    Rollout,
    Version,
    VersionState,
)
from modelregistry.v1 import deployment_service_pb2 as pb
from modelregistry.v1 import version_pb2


class DeploymentMethods(Methods):
    """Deployments."""

    def list_deployments(  # noqa: PLR0913 - options that people set by name
        self,
        *,
        namespace: str | None = None,
        model: str | Model | None = None,
        version: str | Version | None = None,
        target: str = "",
        phase: DeploymentPhase | None = None,
        version_states: Iterable[VersionState] = (),
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[Deployment]:
        """List what instances report to serve, by target and instance.

        `version` is such as `fraud/7`. `version_states` finds instances that serve versions in
        these states: `[VersionState.REVOKED]` those that still serve what was revoked. Raises
        NamespaceNotFound, ModelNotFound or VersionNotFound.
        """
        full_model = "" if model is None else self._model(model)
        full_version = "" if version is None else self._version_name(version)
        of = full_model or full_version
        parent = self._parent(names.segment(of, "namespaces") if of else namespace)

        def fetch(token: str) -> Page[Deployment]:
            request = build(
                pb.ListDeploymentsRequest,
                parent=parent,
                model=full_model,
                version=full_version,
                target=target,
                phase=convert.phase_number(phase),
                version_states=[_state(state) for state in version_states],
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.deployments.ListDeployments, request)
            found = map(convert.deployment_from_message, reply.deployments)
            return page_of_named(reply, found, f"{parent}/deployments")

        return Pager(fetch, by_place)

    def get_deployment(
        self, name: str, *, min_revision: int = 0, history_id: str = ""
    ) -> Deployment:
        """Read a deployment by its full name; raise DeploymentNotFound after it has ended."""
        request = build(
            pb.GetDeploymentRequest, name=name, min_revision=min_revision, history_id=history_id
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.deployments.GetDeployment, request)
        return convert.named_deployment(reply, request.name)

    def rollout(
        self, ref: str, *, page_size: int = 0, min_revision: int = 0, history_id: str = ""
    ) -> Rollout:
        """Compare what a reference resolves to with what the instances that follow it serve.

        `page_size` is the highest number of `deployments` in the result; its counts are of all.
        Raises as `resolve`.
        """
        request = build(
            pb.GetRolloutRequest,
            ref=self._ref(ref),
            page_size=page_size,
            min_revision=min_revision,
            history_id=history_id,
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.deployments.GetRollout, request)
        return convert.rollout_from_message(reply, request.ref)


def _state(state: IntEnum) -> version_pb2.VersionState.ValueType:
    return version_pb2.VersionState.ValueType(enum_number("version_states", state))
