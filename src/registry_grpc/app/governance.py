"""GovernanceService: its use cases and their handlers."""

from registry_grpc.app.core import Core
from registry_grpc.app.sources import clock, uuid7
from registry_grpc.services.attestation import Attestations
from registry_grpc.services.evaluation import Evaluations
from registry_grpc.services.policy import Policies
from registry_grpc.services.registration_schema import RegistrationSchemas
from registry_grpc.services.stage_graph import StageGraphs
from registry_grpc.services.transitions.deciding import Decisions
from registry_grpc.services.transitions.reading import Transitions
from registry_grpc.services.transitions.requesting import Requests
from registry_grpc.services.transitions.rolling_back import Rollbacks
from registry_grpc.services.version_state import VersionStates
from registry_grpc.transport.evaluation import EvaluationHandlers
from registry_grpc.transport.policy import PolicyHandlers
from registry_grpc.transport.registration_schema import RegistrationSchemaHandlers
from registry_grpc.transport.stage_graph import StageGraphHandlers
from registry_grpc.transport.transition import TransitionHandlers
from registry_grpc.transport.version_state import VersionStateHandlers


def governance_handlers(core: Core) -> tuple[object, ...]:
    """Return the handlers of GovernanceService."""
    database, mutations, expressions = core.database, core.mutations, core.expressions
    return (
        TransitionHandlers(
            Requests(database, mutations, clock, uuid7, expressions, core.authorizer),
            Decisions(mutations, expressions),
            Rollbacks(mutations, clock, uuid7),
            Transitions(database, clock, expressions),
        ),
        RegistrationSchemaHandlers(
            RegistrationSchemas(database, mutations, core.schemas, core.replies)
        ),
        EvaluationHandlers(
            Evaluations(database, mutations, uuid7), Attestations(database, mutations, uuid7)
        ),
        PolicyHandlers(Policies(database, mutations, expressions)),
        StageGraphHandlers(StageGraphs(database, mutations)),
        VersionStateHandlers(VersionStates(mutations)),
    )
