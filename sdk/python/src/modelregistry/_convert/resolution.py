"""The answers for references."""

from modelregistry._convert.version import version_from_message
from modelregistry._wire import failure
from modelregistry.errors import RegistryError, UnknownError
from modelregistry.types import Version
from modelregistry.v1 import lookup_service_pb2 as pb


def answer_from_message(resolution: pb.Resolution) -> Version | RegistryError:
    """Read what a reference names, or the error that says why it names nothing."""
    match resolution.WhichOneof("result"):
        case "version":
            return version_from_message(resolution.version)
        case "error":
            return failure.from_status(resolution.error, "")
        case _:
            return UnknownError(f"{resolution.ref}: the registry gave no answer")
