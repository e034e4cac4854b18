"""Versions as they are kept on disk: in the JSON of the contract, which later releases can read."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format

from modelregistry._convert.version import (
    version_from_message,
    version_of_ref,
    version_to_message,
)
from modelregistry.errors import MalformedReply
from modelregistry.types import Version
from modelregistry.v1 import version_pb2


def version_to_document(version: Version) -> dict[str, Any]:
    """Return a version as JSON has it."""
    return json_format.MessageToDict(version_to_message(version))


def version_from_document(document: Mapping[str, Any], ref: str = "") -> Version | None:
    """Read a version; None when it is none, or not one that the reference `ref` can name.

    Fields of later releases are left out.
    """
    message = version_pb2.Version()
    try:
        json_format.ParseDict(dict(document), message, ignore_unknown_fields=True)
    except (json_format.ParseError, ValueError, TypeError):
        return None
    try:
        return version_of_ref(message, ref) if ref else version_from_message(message)
    except MalformedReply:
        return None
