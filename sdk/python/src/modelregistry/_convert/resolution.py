"""Replies to lookups of references."""

from collections.abc import Sequence

from modelregistry import names
from modelregistry._convert import checked
from modelregistry._convert.version import found_version
from modelregistry._wire import failure
from modelregistry.errors import MalformedReply, RegistryError
from modelregistry.types import Version
from modelregistry.v1 import lookup_service_pb2 as pb
from modelregistry.v1 import version_pb2


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


def redirects_from_message(reply: pb.BatchResolveVersionsResponse) -> list[str]:
    """Read for each reference the model that a former name led to; empty for a present name."""
    return [_redirect(each) for each in reply.resolutions]


def redirected(
    version: version_pb2.Version,
    reply: pb.ResolveVersionResponse | pb.ResolveClosureResponse | pb.Resolution,
) -> version_pb2.Version:
    """Return the version of a reply, which states the redirect beside it."""
    found = version_pb2.Version()
    found.CopyFrom(version)
    found.redirected_from = reply.redirected_from
    return found


def _redirect(resolution: pb.Resolution) -> str:
    if not resolution.redirected_from:
        return ""
    model = checked.model_name(resolution.redirected_to, "redirected_to")
    checked.redirected(resolution.redirected_from, names.model_of(resolution.ref), model)
    return model


def _answer(resolution: pb.Resolution) -> Version | RegistryError:
    match resolution.WhichOneof("result"):
        case "version":
            return found_version(redirected(resolution.version, resolution), resolution.ref)
        case "error":
            return failure.from_status(resolution.error, "")
        case _:
            return MalformedReply(f"{resolution.ref}: the registry gave no answer")
