"""Answers of resolvers and routers as documents, which a later run of a program reads."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format

from modelregistry import names
from modelregistry._convert.route import route_to_message, whole_route_from_message
from modelregistry._convert.version import version_from_document, version_to_document
from modelregistry.errors import MalformedReply
from modelregistry.names import FOLLOWED_ROUTE
from modelregistry.types import Route, Version
from modelregistry.v1 import route_pb2


def answer_to_document(answer: Version | Route) -> dict[str, Any]:
    """Return a version or a route in the JSON form of the contract."""
    if isinstance(answer, Version):
        return version_to_document(answer)
    return json_format.MessageToDict(route_to_message(answer))


def answer_from_document(document: Mapping[str, Any], ref: str) -> Version | Route | None:
    """Read the answer for a reference, or for `FOLLOWED_ROUTE` and the full name of a route.

    Returns None when the document is none, or one that this reference cannot resolve to.
    """
    name = ref.removeprefix(FOLLOWED_ROUTE)
    if name == ref:
        return version_from_document(document, ref)
    namespace, route = names.segment(name, "namespaces"), names.segment(name, "routes")
    message = route_pb2.Route()
    try:
        json_format.ParseDict(dict(document), message, ignore_unknown_fields=True)
        found = whole_route_from_message(message)
    except (json_format.ParseError, ValueError, TypeError, MalformedReply):
        return None
    # A former name of the model led to it: only namespace and id are those of the reference.
    same = (names.segment(found.name, "namespaces"), found.id) == (namespace, route)
    return found if same else None
