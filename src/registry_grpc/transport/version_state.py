"""The handler of the life of versions."""

from modelregistry.v1 import governance_service_pb2 as pb
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.violations import Violations
from registry_grpc.services.version_state import VersionStates
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.version import state_from
from registry_grpc.transport.version import full_message, require_number


class VersionStateHandlers:
    """GovernanceService, as far as the life of versions goes."""

    def __init__(self, lives: VersionStates) -> None:
        self._lives = lives

    def SetVersionState(self, call: Call, request: pb.SetVersionStateRequest) -> bytes:
        found = Violations()
        named = found.argument("name", Reference.parse, request.name)
        state = state_from(request.state, found)
        found.raise_if_any()
        require_number(named.value)
        mutation = call.mutation(request, full_message)
        return self._lives.set(mutation, named.value, state, request.etag, request.reason).reply
