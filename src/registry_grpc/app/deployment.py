"""DeploymentService: its use cases, the sessions of this process, and their handlers."""

import time
from dataclasses import dataclass

from registry_grpc.app.core import Core
from registry_grpc.app.sources import session_id
from registry_grpc.services.deployment import Deployments
from registry_grpc.services.deployment_expiry import DeploymentExpiry
from registry_grpc.services.deployment_sessions import DeploymentSessions
from registry_grpc.transport.deployment import DeploymentHandlers
from registry_grpc.transport.report_queue import ReportQueue
from registry_grpc.transport.threads import Threads


@dataclass(frozen=True, slots=True)
class DeploymentParts:
    """The handlers, and the parts that background tasks drive."""

    handlers: tuple[object, ...]
    sessions: DeploymentSessions
    expiry: DeploymentExpiry

    @classmethod
    def open(cls, core: Core, threads: Threads) -> "DeploymentParts":
        """Compose them."""
        deployments = Deployments(core.database, core.mutations)
        sessions = DeploymentSessions(deployments, time.monotonic)
        queue = ReportQueue(deployments, threads)
        handlers = DeploymentHandlers(deployments, sessions, queue, session_id)
        expiry = DeploymentExpiry(core.database, core.mutations, time.monotonic)
        return cls((handlers,), sessions, expiry)
