"""The canonical form of records: what the digests in the change log are of."""

import hashlib

from google.protobuf.json_format import MessageToDict

from modelregistry.v1 import version_pb2
from registry_grpc.domain.canonical import canonical_json
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.version import Version
from registry_grpc.transport.convert.change import resource_message
from registry_grpc.transport.convert.facts import write_detail

_DERIVED = ("etag", "historyId", "aliases", "latestVersion")
"""What a resource is shown with, and is no part of its record: it changes by other changes."""


def record_digest(record: Resource | VersionDetail) -> Digest:
    """Return the SHA-256 of a whole record, in the form that the contract gives at `ChangeEvent`.

    Of a version with the digest of its detail; ValueError when it has none.
    """
    if isinstance(record, VersionDetail):
        message = version_pb2.Version()
        write_detail(record, message)
        return _sha256(MessageToDict(message))
    ((kind, fields),) = MessageToDict(resource_message(record)).items()
    for name in _DERIVED:
        fields.pop(name, None)
    if isinstance(record, Version):
        if record.detail_digest is None:
            missing = f"the digest of the detail of {record.name} is not known"
            raise ValueError(missing)
        fields["detail"] = str(record.detail_digest)
    return _sha256({kind: fields})


def _sha256(document: object) -> Digest:
    return Digest(hashlib.sha256(canonical_json(document)).hexdigest())
