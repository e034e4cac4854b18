"""Namespaces to and from messages."""

from collections.abc import Mapping

from modelregistry.v1 import namespace_pb2
from registry_grpc.domain.namespace import Namespace, NamespaceDraft
from registry_grpc.transport.convert.time import timestamp


def namespace_message(namespace: Namespace) -> namespace_pb2.Namespace:
    """Return the message."""
    return namespace_pb2.Namespace(
        name=str(namespace.name),
        description=namespace.description,
        create_time=timestamp(namespace.create_time),
        creator=namespace.creator,
        revision=namespace.revision,
        quota_bytes=namespace.quota,
        etag=namespace.etag,
        reuse_purged_names=namespace.reuse_purged_names,
    )


def draft_fields(message: namespace_pb2.Namespace) -> Mapping[str, object]:
    """Return the fields that people write, by name; None for a quota that is absent."""
    quota = message.quota_bytes if message.HasField("quota_bytes") else None
    return {
        "description": message.description,
        "quota_bytes": quota,
        "reuse_purged_names": message.reuse_purged_names,
    }


def draft_changes(fields: Mapping[str, object]) -> Mapping[str, object]:
    """Return fields of the message as what they are in the draft."""
    return {"quota" if name == "quota_bytes" else name: new for name, new in fields.items()}


def namespace_draft(message: namespace_pb2.Namespace) -> NamespaceDraft:
    """Return the parts that people write."""
    return NamespaceDraft(**draft_changes(draft_fields(message)))  # type: ignore[arg-type]
