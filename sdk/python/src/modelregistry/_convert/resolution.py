"""The answers for references."""

from collections.abc import Sequence

from modelregistry._convert import checked
from modelregistry._convert.version import version_of_ref
from modelregistry._wire import failure
from modelregistry.errors import MalformedReply, RegistryError
from modelregistry.types import Version
from modelregistry.v1 import lookup_service_pb2 as pb


def answers_from_message(
    reply: pb.BatchResolveVersionsResponse, asked: Sequence[str], least: int = 0
) -> list[Version | RegistryError]:
    """Read what each reference names, or the error that says why it names nothing.

    Raises MalformedReply unless each reference has its answer, in order, and nothing else has, and
    unless they reflect the revision `least`.
    """
    checked.at_least(reply.revision, least)
    checked.in_order([each.ref for each in reply.resolutions], asked, "resolutions.ref")
    return [_answer(each) for each in reply.resolutions]


def _answer(resolution: pb.Resolution) -> Version | RegistryError:
    match resolution.WhichOneof("result"):
        case "version":
            return version_of_ref(resolution.version, resolution.ref)
        case "error":
            return failure.from_status(resolution.error, "")
        case _:
            return MalformedReply(f"{resolution.ref}: the registry gave no answer")
