"""Replies to lookups of references."""

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
    """Read the version that each reference resolves to, or the error why it does not resolve.

    Raises MalformedReply unless there is one result for each reference, in order, and the reply
    reflects the revision `least` or a later one.
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
