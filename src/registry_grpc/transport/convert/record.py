"""The canonical form of records: what the digests in the change log are of."""

import hashlib
from dataclasses import replace

from modelregistry.v1 import version_pb2
from modelregistry.v1.lookup_service_pb2 import ResourceState
from registry_grpc.domain.canonical import canonical_text
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.model import Model
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.resources import kind_of
from registry_grpc.domain.version import Version
from registry_grpc.transport.convert.canonical_message import canonical_fields, canonical_object
from registry_grpc.transport.convert.change import MESSAGES
from registry_grpc.transport.convert.facts import write_detail

_DERIVED = ("etag", "historyId", "aliases", "ensembleStatus", "latestVersion", "activityTime")
"""Fields of a resource that are no part of its record, because other changes modify them."""


def record_digest(record: Resource | VersionDetail) -> Digest:
    """Return the SHA-256 of a whole record, in the form that the contract gives at `ChangeEvent`.

    Of a version with the digest of its detail; ValueError when it has none.
    """
    if isinstance(record, VersionDetail):
        message = version_pb2.Version()
        write_detail(record, message)
        return _sha256(canonical_object(canonical_fields(message)))
    kind = kind_of(record)
    fields = canonical_fields(MESSAGES[kind](_measured(record)))
    for name in _DERIVED:
        fields.pop(name, None)
    if isinstance(record, (Model, Version)) and record.annotations.digest is not None:
        fields["annotations"] = canonical_text(str(record.annotations.digest))
    if isinstance(record, Version):
        if record.detail_digest is None:
            missing = f"the digest of the detail of {record.name} is not known"
            raise ValueError(missing)
        fields["detail"] = canonical_text(str(record.detail_digest))
    name = ResourceState.DESCRIPTOR.fields_by_name[kind].json_name
    return _sha256(canonical_object({name: canonical_object(fields)}))


def _measured(record: Resource) -> Resource:
    # The digest of annotations stands for their texts.
    if isinstance(record, Model):
        return replace(record, annotations=record.annotations.brief())
    return record


def _sha256(text: str) -> Digest:
    return Digest(hashlib.sha256(text.encode()).hexdigest())
